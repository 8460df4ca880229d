package dev.mooring.transport;

import dev.mooring.proto.FrameDecoder;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import dev.mooring.session.Session;
import java.util.concurrent.ThreadLocalRandom;
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
  private static final double ALL_PERCENT = 100;

  /**
   * A client that takes less than this of what waits for it, within the time for a stall, is
   * stalled, unless nothing more waits: a byte now and then isn't reading. The kernel takes more
   * when half of what it holds for a client is sent; this is half of that half, 32 KiB.
   */
  static final int STALL_BYTES = Transport.KERNEL_UNSENT_BYTES / 4;

  private final ChannelPeer peer;
  private final FrameDecoder decoder;
  private final @Nullable Session session;
  private final ConnectionLimits limits;
  private final DoorLimits door;

  /** When the session is asked to end. */
  private final long lifetimeNanos;

  private final long cameAtNanos;

  /** Where the upkeep has it. */
  int place;

  private long lookedAtNanos;

  /** How far the client has to have read until its time for that begins anew. */
  private long readTargetBytes = Long.MIN_VALUE;

  private long unreadNanos;
  private long framesSeen;
  private boolean sawPartialFrame;
  private long partialNanos;
  private long silentNanos;
  private long unopenedNanos;
  private boolean asked;
  private long askedAtNanos;

  /**
   * Patience with a connection that has just come.
   *
   * @param session null if the connection was turned away
   */
  Patience(
      ChannelPeer peer,
      FrameDecoder decoder,
      @Nullable Session session,
      TransportConfig config,
      long nowNanos) {
    this.peer = peer;
    this.decoder = decoder;
    this.session = session;
    this.limits = config.limits();
    this.door = config.door().limits();
    this.lookedAtNanos = nowNanos;
    this.cameAtNanos = nowNanos;
    this.lifetimeNanos = lifetimeNanos(door);
  }

  private static long lifetimeNanos(DoorLimits door) {
    if (door.lifetimeMillis() == 0) {
      return Long.MAX_VALUE;
    }
    double earlier =
        ThreadLocalRandom.current().nextDouble() * door.lifetimeJitterPercent() / ALL_PERCENT;
    return (long) (door.lifetimeMillis() * (1 - earlier) * NANOS_PER_MILLI);
  }

  /** What is held for the client. */
  HeldBytes held() {
    return new HeldBytes(
        session == null ? 0 : session.queuedBytes(), decoder.bufferedBytes(), outboundBytes());
  }

  /** What came from the client and isn't done. */
  long inboundBytes() {
    return peer.measureInbound();
  }

  /** What waits for the client to read it. */
  long outboundBytes() {
    peer.measureOutbound();
    return peer.outboundBytes();
  }

  /** Ends the connection, as too much is held of all that clients sent, and much of it here. */
  void endForInbound() {
    if (session == null || peer.hasEnded()) {
      peer.abandon();
      return;
    }
    peer.visitor().turnedAway(DoorReason.INBOUND_BYTES);
    session.stalled(
        new Problem(
            ErrorCode.RATE_EXCEEDED,
            "the server holds as many bytes of its clients as it may, and many of them are of this"
                + " one; open again later, and send less at a time"));
  }

  /** Ends the connection, as too much waits for all clients, and much of it here. */
  void endForOutbound() {
    endUnread(
        "the server holds as many bytes for its clients as it may, and this client leaves many"
            + " unread");
  }

  private void endUnread(String message) {
    if (session == null || peer.hasEnded()) {
      peer.abandon();
    } else {
      session.stalled(new Problem(ErrorCode.WRITE_STALLED, message));
    }
  }

  long lookedAtNanos() {
    return lookedAtNanos;
  }

  /** Looks how things are, and ends what has taken too long. */
  void look(long nowNanos) {
    long passedNanos = nowNanos - lookedAtNanos;
    lookedAtNanos = nowNanos;
    peer.readOnIfThereIsRoom();
    lookAtWriting(passedNanos);
    boolean wasPaused = peer.wasPausedSinceLastAsked();
    if (session != null && !peer.hasEnded() && !wasPaused) {
      lookAtReading(session, passedNanos);
    }
    if (session != null && !peer.hasEnded() && nowNanos - cameAtNanos >= lifetimeNanos) {
      lookAtAge(session, nowNanos);
    }
  }

  private void lookAtAge(Session session, long nowNanos) {
    if (!asked) {
      asked = session.expire("the session has lived as long as it may; open another");
      askedAtNanos = nowNanos;
      if (asked) {
        peer.visitor().turnedAway(DoorReason.LIFETIME);
      }
    } else if (isOver(nowNanos - askedAtNanos, door.lifetimeGraceMillis())) {
      session.expireNow(
          new Problem(
              ErrorCode.SESSION_EXPIRED,
              "the session has lived as long as it may, and wasn't done after another "
                  + door.lifetimeGraceMillis()
                  + " ms"));
    }
  }

  private void lookAtWriting(long passedNanos) {
    peer.measureOutbound();
    long unreadBytes = peer.unreadBytes();
    long readBytes = peer.bytesOut() - unreadBytes;
    long targetBytes = readBytes + Math.min(unreadBytes, STALL_BYTES);
    if (unreadBytes == 0 || readBytes >= readTargetBytes) {
      readTargetBytes = targetBytes;
      unreadNanos = 0;
      return;
    }
    // What waits counts for more than was written, for its place in a queue and under TLS.
    readTargetBytes = Math.min(readTargetBytes, targetBytes);
    unreadNanos += passedNanos;
    if (isOver(unreadNanos, limits.writeStallMillis())) {
      endUnread("the client read next to nothing for " + limits.writeStallMillis() + " ms");
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
    unopenedNanos = session.awaitsOpen() ? unopenedNanos + passedNanos : 0;
    if (isOver(unopenedNanos, session.firstMessageMillis())) {
      session.fail(
          new Problem(
              ErrorCode.FIRST_MESSAGE_TIMEOUT,
              "no Open came within " + session.firstMessageMillis() + " ms"));
    } else if (isOver(partialNanos, limits.frameAgeMillis())) {
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
