package dev.mooring.transport.wire;

import dev.mooring.session.Conversation;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.ConnectionSweep;
import dev.mooring.transport.loop.HeldBytes;
import dev.mooring.transport.loop.SweptConnection;
import org.jspecify.annotations.Nullable;

/**
 * How long one connection's client has kept us waiting: for it to read, to finish a frame, to say
 * anything at all. The {@link ConnectionSweep} has it look now and then.
 *
 * <p>Time between two looks counts against the client only if it could have done something about it
 * all the while: if its connection was paused for a moment, it doesn't.
 *
 * <p>Event loop only.
 */
public final class ConnectionTimeouts extends SweptConnection {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final ChannelPeer peer;
  private final @Nullable Conversation conversation;
  private final ConnectionLimits limits;
  private final StallDetector stall;

  private long lookedAtNanos;

  private long framesSeen;
  private boolean sawPartialFrame;
  private long partialNanos;
  private long silentNanos;
  private long unopenedNanos;

  /**
   * Of a connection that has just come.
   *
   * @param conversation null if the connection was turned away
   */
  public ConnectionTimeouts(
      ChannelPeer peer,
      @Nullable Conversation conversation,
      TransportConfig config,
      long nowNanos) {
    this.peer = peer;
    this.conversation = conversation;
    this.limits = config.limits();
    this.stall = new StallDetector(limits.writeStallMillis());
    this.lookedAtNanos = nowNanos;
    this.unopenedNanos = peer.admission().silentNanos();
    this.silentNanos = unopenedNanos;
  }

  @Override
  public HeldBytes held() {
    return new HeldBytes(
        conversation == null ? 0 : conversation.queuedBytes(),
        peer.input().bufferedBytes(),
        outboundBytes());
  }

  @Override
  public long inboundBytes() {
    return peer.measureInbound();
  }

  @Override
  public long outboundBytes() {
    peer.measureOutbound();
    return peer.outboundBytes();
  }

  @Override
  public void endForInbound() {
    if (conversation == null || peer.hasEnded()) {
      peer.abandon();
      return;
    }
    peer.admission().turnedAway(RejectReason.INBOUND_BYTES);
    conversation.stalled(
        new Problem(
            ErrorCode.RATE_EXCEEDED,
            "the server holds as many bytes of its clients as it may, and many of them are of this"
                + " one; open again later, and send less at a time"));
  }

  @Override
  public void endForOutbound() {
    endUnread(
        "the server holds as many bytes for its clients as it may, and this client leaves many"
            + " unread");
  }

  private void endUnread(String message) {
    if (conversation == null || peer.hasEnded()) {
      peer.abandon();
    } else {
      conversation.stalled(new Problem(ErrorCode.WRITE_STALLED, message));
    }
  }

  long lookedAtNanos() {
    return lookedAtNanos;
  }

  @Override
  public void look(long nowNanos) {
    long passedNanos = nowNanos - lookedAtNanos;
    lookedAtNanos = nowNanos;
    peer.readOnIfThereIsRoom();
    lookAtWriting(passedNanos);
    boolean wasPaused = peer.wasPausedSinceLastAsked();
    if (conversation != null && !peer.hasEnded() && !wasPaused) {
      lookAtReading(conversation, passedNanos);
    }
    if (conversation != null && !peer.hasEnded() && conversation.endOfLife()) {
      peer.admission().turnedAway(RejectReason.LIFETIME);
    }
  }

  private void lookAtWriting(long passedNanos) {
    peer.measureOutbound();
    if (stall.look(peer.bytesOut(), peer.unreadBytes(), passedNanos)) {
      endUnread("the client read next to nothing for " + limits.writeStallMillis() + " ms");
    }
  }

  private void lookAtReading(Conversation conversation, long passedNanos) {
    long frames = peer.input().delivered();
    boolean partial = peer.input().hasPartial();
    boolean delivered = frames != framesSeen;
    framesSeen = frames;
    partialNanos = partial && sawPartialFrame && !delivered ? partialNanos + passedNanos : 0;
    sawPartialFrame = partial;
    silentNanos = delivered || conversation.isBusy() ? 0 : silentNanos + passedNanos;
    unopenedNanos = conversation.awaitsOpen() ? unopenedNanos + passedNanos : 0;
    if (isOver(unopenedNanos, conversation.firstMessageMillis())) {
      conversation.fail(
          new Problem(
              ErrorCode.FIRST_MESSAGE_TIMEOUT,
              "no Open came within " + conversation.firstMessageMillis() + " ms"));
    } else if (isOver(partialNanos, limits.frameAgeMillis())) {
      conversation.fail(
          new Problem(
              ErrorCode.FRAME_TIMEOUT,
              "a frame was not whole after " + limits.frameAgeMillis() + " ms"));
    } else if (limits.idleMillis() > 0 && isOver(silentNanos, limits.idleMillis())) {
      conversation.fail(
          new Problem(
              ErrorCode.IDLE_TIMEOUT,
              "the client said nothing for " + limits.idleMillis() + " ms"));
    }
  }

  private static boolean isOver(long nanos, int limitMillis) {
    return nanos >= limitMillis * NANOS_PER_MILLI;
  }
}
