package dev.mooring.session;

import dev.mooring.guest.intake.ValueType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
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

  private Peer peer = DetachedPeer.INSTANCE;
  private OutboundBuffer outbound = DetachedPeer.INSTANCE;

  /** Null while nobody is there to be spoken to. */
  private @Nullable MessageEncoder encoder;

  /** What was said since it was held; null if it is open, or nothing was. */
  private @Nullable ByteBuf held;

  private boolean isHeld;

  /** Why the session ended, if that waits here, too. */
  private @Nullable EndReason lastWord;

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
    encoder().result(out(), id, types, values, output);
  }

  void error(long id, Problem problem) {
    encoder().error(out(), id, problem);
  }

  void event(ByteBuf bytes, int index, int length) {
    encoder().event(out(), bytes, index, length);
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
    return outbound.isWritable() && (held == null || held.readableBytes() < MAX_HELD_BYTES);
  }

  /** Sends what has been let go. */
  void flush() {
    outbound.flush();
  }

  /** From now on what is said waits. */
  void hold() {
    isHeld = true;
  }

  /** Lets go of what waits, and of what is said from now on. */
  void release() {
    isHeld = false;
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
    if (held != null && !ending.isUnheard()) {
      lastWord = ending;
      return;
    }
    dropHeld();
    peer.end(ending);
  }

  private void dropHeld() {
    if (held != null) {
      held.release();
      held = null;
    }
  }
}
