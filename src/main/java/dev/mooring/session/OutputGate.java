package dev.mooring.session;

import dev.mooring.guest.intake.ValueType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one way out of a session: answers, events, pongs and the last word leave through it, in the
 * order in which they were said, and nothing leaves past it.
 *
 * <p>It is open, and what is said goes straight to where the client's messages gather. While it is
 * {@link #hold held}, all of it waits here, encoded, until it is {@link #release let go}; and a
 * session whose gate holds as much as {@link #MAX_HELD_BYTES} runs nothing more.
 *
 * <p>Event loop only. The gate owns what it holds.
 */
final class OutputGate {
  /** So much may wait here until the session waits, too; one turn may go beyond it. */
  static final int MAX_HELD_BYTES = 64 * 1024;

  /** What is kept until it is acknowledged; null if the session ends with its connection. */
  private final @Nullable UnacknowledgedMessages kept;

  private Peer peer = DetachedPeer.INSTANCE;
  private OutboundBuffer outbound = DetachedPeer.INSTANCE;

  /** Null while nobody is there to be spoken to. */
  private @Nullable MessageEncoder encoder;

  /** What was said since it was held; null if it is open, or nothing was. */
  private @Nullable ByteBuf held;

  private boolean isHeld;

  /** What of the held leaves when a write of the store is safe, in order. */
  private final ArrayDeque<Mark> marks = new ArrayDeque<>(2);

  /** How many bytes have been let go since the gate was open last. */
  private long releasedBytes;

  /** Why the session ended, if that waits here, too. */
  private @Nullable EndReason lastWord;

  /**
   * To nobody yet.
   *
   * @param kept what a kept session has said; null of any other
   */
  OutputGate(@Nullable UnacknowledgedMessages kept) {
    this.kept = kept;
  }

  /**
   * All that was said so far leaves when a write is safe.
   *
   * @param bytes how many were said since the gate was open last
   */
  private record Mark(long write, long bytes) {}

  /** From now on everything leaves to this client, or to {@link DetachedPeer}. */
  void leadTo(Peer next) {
    if (held != null) {
      throw new IllegalStateException("what was said to one client waits here still");
    }
    peer = next;
    outbound = next.outbound();
    encoder = next == DetachedPeer.INSTANCE ? null : next.encoder();
  }

  private MessageEncoder encoder() {
    MessageEncoder ofPeer = encoder;
    if (ofPeer == null) {
      throw new IllegalStateException("the session is on no connection");
    }
    return ofPeer;
  }

  void opened(OpenedSession opened) {
    encoder().opened(out(), opened);
  }

  void result(long id, List<ValueType> types, long[] values, ByteBuf output) {
    long sequence = kept == null ? 0 : kept.result(id, types, values, output);
    if (isHeard()) {
      encoder().result(out(), sequence, id, types, values, output);
    }
  }

  void error(long id, Problem problem) {
    long sequence = kept == null ? 0 : kept.error(id, problem);
    if (isHeard()) {
      encoder().error(out(), sequence, id, problem);
    }
  }

  void event(ByteBuf bytes, int index, int length) {
    long sequence = kept == null ? 0 : kept.event(bytes, index, length);
    if (isHeard()) {
      encoder().event(out(), sequence, bytes, index, length);
    }
  }

  /** Whether what is said now is for somebody; what is kept needs nobody. */
  private boolean isHeard() {
    return kept == null || encoder != null;
  }

  /** The session is ending: what is said now is said once, and needn't be acknowledged. */
  void keepNoMore() {
    if (kept != null) {
      kept.over();
    }
  }

  /** Says again what wasn't acknowledged. */
  void sayAgain() {
    if (kept != null) {
      kept.encodeAll(encoder(), this::out);
    }
  }

  /**
   * Says the answer of a call again.
   *
   * @return false if it isn't kept any more
   */
  boolean answerAgain(long callId) {
    if (kept == null || !kept.encodeAnswer(callId, encoder(), this::out)) {
      return false;
    }
    if (outbound.isFull()) {
      flush();
    }
    return true;
  }

  /** A pong comes of no turn, at whose end what gathers is sent. */
  void pong(long token) {
    encoder().pong(out(), token);
    if (outbound.isFull()) {
      flush();
    }
  }

  void goAway(long lastId, GoAwayReason reason, String message) {
    encoder().goAway(out(), lastId, reason, message);
  }

  private ByteBuf out() {
    if (!isHeld) {
      return outbound.buffer();
    }
    if (held == null) {
      held = ByteBufAllocator.DEFAULT.buffer();
    }
    return held;
  }

  /** Whether what is said now would leave soon, or wait within bounds. */
  boolean isWritable() {
    if (isFull()) {
      return false;
    }
    return !isHeard()
        || (outbound.isWritable() && (held == null || held.readableBytes() < MAX_HELD_BYTES));
  }

  /** Whether something of what was said waits here. */
  boolean isWaiting() {
    return held != null || !marks.isEmpty();
  }

  /** Whether so much waits to be acknowledged that nothing more may be said. */
  boolean isFull() {
    return kept != null && !kept.hasRoom();
  }

  /** Sends what has been let go. */
  void flush() {
    outbound.flush();
  }

  /** From now on what is said waits. */
  void hold() {
    isHeld = true;
  }

  /** What was said so far leaves when this write is safe; what is said from now on waits, too. */
  void waitFor(long write) {
    isHeld = true;
    long bytes = releasedBytes + (held == null ? 0 : held.readableBytes());
    Mark newest = marks.peekLast();
    if (newest != null && newest.write == write) {
      marks.removeLast();
    }
    marks.add(new Mark(write, bytes));
  }

  /** A write is safe, and all before it: what waited for it leaves. */
  void safe(long write) {
    long upTo = 0;
    for (Mark first = marks.peek(); first != null && first.write <= write; first = marks.peek()) {
      upTo = first.bytes;
      marks.remove();
    }
    if (marks.isEmpty()) {
      if (isHeld) {
        release();
      }
    } else if (held != null && upTo > releasedBytes) {
      outbound.buffer().writeBytes(held, (int) (upTo - releasedBytes));
      held.discardSomeReadBytes();
      releasedBytes = upTo;
      outbound.flush();
    }
  }

  /** Nobody is there any more to whom what waits was said. */
  void drop() {
    dropHeld();
    marks.clear();
    isHeld = false;
    releasedBytes = 0;
  }

  /** Lets go of what waits, and of what is said from now on. */
  void release() {
    isHeld = false;
    releasedBytes = 0;
    marks.clear();
    if (held != null) {
      outbound.buffer().writeBytes(held);
      dropHeld();
    }
    outbound.flush();
    if (lastWord != null) {
      peer.end(lastWord);
    }
  }

  /**
   * The last word, after all that waits. There is no waiting for a client that is gone, or that
   * wouldn't read it.
   */
  void end(EndReason ending) {
    if (isWaiting() && !ending.isUnheard()) {
      lastWord = ending;
      return;
    }
    drop();
    peer.end(ending);
  }

  private void dropHeld() {
    if (held != null) {
      held.release();
      held = null;
    }
  }
}
