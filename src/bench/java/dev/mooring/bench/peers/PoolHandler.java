package dev.mooring.bench.peers;

import dev.mooring.proto.frame.FrameDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A fixed pool runs all guests, each under its own lock. What came for one connection is run in
 * order: it is in the pool's queue at most once, and whoever takes it runs some of what waits.
 */
final class PoolHandler extends PeerHandler implements Runnable {
  /** Messages of one connection that may wait. */
  private static final int QUEUED_MESSAGES = 1_024;

  /** As many messages are run before another connection gets the thread. */
  private static final int BATCH_MESSAGES = 64;

  private static final int FIRST_BUFFER_BYTES = 256;

  private final Channel channel;
  private final PeerSession session;
  private final Executor pool;
  private final ReentrantLock lock = new ReentrantLock();
  private final ConcurrentLinkedQueue<ByteBuf> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();

  /** Whether the event loop waits for room; set by it, and unset by it. */
  private volatile boolean waitsForRoom;

  PoolHandler(Channel channel, FrameDecoder decoder, PeerSession session, Executor pool) {
    super(decoder);
    this.channel = channel;
    this.session = session;
    this.pool = pool;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    queue.add((ByteBuf) message);
    int before = waiting.getAndIncrement();
    if (before == 0) {
      pool.execute(this);
    } else if (before + 1 >= QUEUED_MESSAGES && !waitsForRoom) {
      waitsForRoom = true;
      full(channel);
      roomIfAny(); // The pool may have made some before it could know that we wait.
    }
  }

  private void roomIfAny() {
    if (waitsForRoom && waiting.get() <= QUEUED_MESSAGES / 2) {
      waitsForRoom = false;
      roomy(channel);
    }
  }

  /** Runs what waits. A thread of the pool. */
  @Override
  public void run() {
    ByteBuf out = channel.alloc().buffer(FIRST_BUFFER_BYTES);
    int done = answerSome(out);
    send(out);
    int left = waiting.addAndGet(-done);
    if (waitsForRoom && left <= QUEUED_MESSAGES / 2) {
      channel.eventLoop().execute(this::roomIfAny);
    }
    if (left > 0) {
      pool.execute(this);
    }
  }

  private int answerSome(ByteBuf out) {
    int done = 0;
    lock.lock();
    try {
      ByteBuf frame;
      while (done < BATCH_MESSAGES && (frame = queue.poll()) != null) {
        done++;
        try {
          session.answer(frame, out);
        } finally {
          frame.release();
        }
      }
      return done;
    } catch (RuntimeException | Error e) {
      out.release();
      channel.close();
      throw e;
    } finally {
      lock.unlock();
    }
  }

  private void send(ByteBuf out) {
    if (session.hasEnded()) {
      sendLast(channel, out);
    } else {
      channel.writeAndFlush(out, channel.voidPromise());
    }
  }
}
