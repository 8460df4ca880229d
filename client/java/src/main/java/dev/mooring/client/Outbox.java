package dev.mooring.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What many threads want written to one session's channel, in the order of coming. However much is
 * added before the event loop comes to it, it is asked once, and writes all with one flush.
 *
 * <p>Bounded by the {@link CallWindow} and by {@link Session#MAX_PINGS}: whoever adds has room.
 */
final class Outbox {
  /** A write is about so large at most; a larger frame goes alone. */
  private static final int BATCH_BYTES = 64 << 10;

  private static final int FIRST_BATCH_BYTES = 1 << 10;

  /** Turns what is written into frames; on the event loop. */
  interface Encoder {
    void encode(Outgoing outgoing, ByteBuf out);
  }

  private final Loop loop;
  private final Runnable drain;
  private final Queue<Outgoing> queue = new ConcurrentLinkedQueue<>();

  /** What goes before all of that, since it went before: the event loop's. */
  private final Deque<Outgoing> putBack = new ArrayDeque<>(0);

  private final AtomicBoolean drainScheduled = new AtomicBoolean();

  /**
   * @param drain is run on the event loop when there may be something to write
   */
  Outbox(Loop loop, Runnable drain) {
    this.loop = loop;
    this.drain =
        () -> {
          // First, so that what is added from here on asks again.
          drainScheduled.set(false);
          drain.run();
        };
  }

  /** Any thread. */
  void add(Outgoing outgoing) {
    queue.add(outgoing);
    scheduleDrain();
  }

  /** Any thread: there may be something to write, or room for it. */
  void scheduleDrain() {
    if (drainScheduled.compareAndSet(false, true)) {
      loop.execute(drain);
    }
  }

  /** What was written once is to be written again, before everything else. */
  void putBack(Outgoing outgoing) {
    assert loop.isHere();
    putBack.addFirst(outgoing);
  }

  boolean hasPutBack() {
    return !putBack.isEmpty();
  }

  /** Whether this is what would be written next. */
  boolean isNext(Outgoing outgoing) {
    return outgoing.equals(putBack.isEmpty() ? queue.peek() : putBack.peek());
  }

  @Nullable Outgoing poll() {
    Outgoing first = putBack.poll();
    return first == null ? queue.poll() : first;
  }

  /** Writes for as long as the channel takes it, and flushes once. */
  void drainTo(Channel channel, Encoder encoder) {
    assert loop.isHere();
    ByteBuf batch = null;
    try {
      Outgoing next;
      while (channel.isWritable() && (next = poll()) != null) {
        if (batch == null) {
          batch = channel.alloc().buffer(FIRST_BATCH_BYTES);
        }
        encoder.encode(next, batch);
        if (batch.readableBytes() >= BATCH_BYTES) {
          ByteBuf full = batch;
          batch = null;
          write(channel, full);
        }
      }
      if (batch != null && batch.isReadable()) {
        ByteBuf last = batch;
        batch = null;
        write(channel, last);
      }
    } finally {
      if (batch != null) {
        batch.release();
      }
    }
    channel.flush();
  }

  /** A write that fails is heard of by {@code exceptionCaught}. */
  private static void write(Channel channel, ByteBuf bytes) {
    var _ = channel.write(bytes, channel.voidPromise());
  }
}
