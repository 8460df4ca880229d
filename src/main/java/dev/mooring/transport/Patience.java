package dev.mooring.transport;

import dev.mooring.proto.FrameDecoder;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import dev.mooring.session.Session;
import org.jspecify.annotations.Nullable;

/**
 * How long one connection's client has kept us waiting: for it to read, to finish a frame, to say
 * anything at all. The {@link LoopUpkeep} has it look now and then.
 *
 * <p>Time between two looks counts against the client only if it could have done something about it
 * all the while: if its connection was paused for a moment, it doesn't.
 *
 * <p>Event loop only.
 */
final class Patience {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final ChannelPeer peer;
  private final FrameDecoder decoder;
  private final @Nullable Session session;
  private final ConnectionLimits limits;

  /** Where the upkeep has it. */
  int place;

  private long lookedAtNanos;
  private long writeMark;
  private long unreadNanos;
  private long framesSeen;
  private boolean sawPartialFrame;
  private long partialNanos;
  private long silentNanos;

  /**
   * Patience with a connection that has just come.
   *
   * @param session null if the connection was turned away
   */
  Patience(
      ChannelPeer peer,
      FrameDecoder decoder,
      @Nullable Session session,
      ConnectionLimits limits,
      long nowNanos) {
    this.peer = peer;
    this.decoder = decoder;
    this.session = session;
    this.limits = limits;
    this.lookedAtNanos = nowNanos;
  }

  /** What is held for the client. */
  HeldBytes held() {
    peer.measureOutbound();
    return new HeldBytes(
        session == null ? 0 : session.queuedBytes(), decoder.bufferedBytes(), peer.outboundBytes());
  }

  long lookedAtNanos() {
    return lookedAtNanos;
  }

  /** Looks how things are, and ends what has taken too long. */
  void look(long nowNanos) {
    long passedNanos = nowNanos - lookedAtNanos;
    lookedAtNanos = nowNanos;
    lookAtWriting(passedNanos);
    boolean wasPaused = peer.wasPausedSinceLastAsked();
    if (session != null && !peer.hasEnded() && !wasPaused) {
      lookAtReading(session, passedNanos);
    }
  }

  private void lookAtWriting(long passedNanos) {
    peer.measureOutbound();
    long mark = peer.writeMark();
    boolean stalled = mark != 0 && mark == writeMark;
    writeMark = mark;
    unreadNanos = stalled ? unreadNanos + passedNanos : 0;
    if (!isOver(unreadNanos, limits.writeStallMillis())) {
      return;
    }
    if (session == null || peer.hasEnded()) {
      peer.abandon();
    } else {
      session.stalled(
          new Problem(
              ErrorCode.WRITE_STALLED,
              "the client read nothing for " + limits.writeStallMillis() + " ms"));
    }
  }

  private void lookAtReading(Session session, long passedNanos) {
    long frames = decoder.framesDelivered();
    boolean partial = decoder.hasPartialFrame();
    boolean delivered = frames != framesSeen;
    framesSeen = frames;
    partialNanos = partial && sawPartialFrame && !delivered ? partialNanos + passedNanos : 0;
    sawPartialFrame = partial;
    silentNanos = delivered || session.isBusy() ? 0 : silentNanos + passedNanos;
    if (isOver(partialNanos, limits.frameAgeMillis())) {
      session.fail(
          new Problem(
              ErrorCode.FRAME_TIMEOUT,
              "a frame was not whole after " + limits.frameAgeMillis() + " ms"));
    } else if (limits.idleMillis() > 0 && isOver(silentNanos, limits.idleMillis())) {
      session.fail(
          new Problem(
              ErrorCode.IDLE_TIMEOUT,
              "the client said nothing for " + limits.idleMillis() + " ms"));
    }
  }

  private static boolean isOver(long nanos, int limitMillis) {
    return nanos >= limitMillis * NANOS_PER_MILLI;
  }
}
