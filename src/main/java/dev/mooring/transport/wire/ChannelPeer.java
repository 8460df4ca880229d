package dev.mooring.transport.wire;

import dev.mooring.session.Conversation;
import dev.mooring.session.EndReason;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.MessageEncoder;
import dev.mooring.session.OutboundBuffer;
import dev.mooring.session.PauseReason;
import dev.mooring.session.Peer;
import dev.mooring.session.Problem;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.ByteTotal;
import dev.mooring.transport.loop.HeldTotals;
import dev.mooring.transport.loop.SpareBuffer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.TimeUnit;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * The client at the other end of a channel, whatever its wire: it is read or paused, written to,
 * and ended; and what is held for it is counted.
 *
 * <p>Event loop only.
 */
public final class ChannelPeer implements Peer {
  /** A client has the time for a stall for each so many bytes that wait when its session ends. */
  private static final int LAST_BYTES = 1 << 20;

  /** A client may have so much here whatever the total is: what is read at a time. */
  static final int FREE_INBOUND_BYTES = 64 * 1024;

  private final Channel channel;
  private final ConnectionAdmission admission;
  private final InboundMessages input;
  private final MessageEncoder encoder;
  private final ChannelOutbound out;
  private final ReadThrottle gate;
  private final TransportConfig config;
  private final ByteTotal.Share inboundOfAll;
  private final ByteTotal.Share outboundOfAll;
  private final ByteTotal.Holding inbound;
  private @Nullable Conversation conversation;
  private boolean ended;
  private long bytesIn;

  /**
   * A client that has just come.
   *
   * @param input what its wire makes of what comes in
   * @param encoder its wire's
   */
  public ChannelPeer(
      Channel channel,
      ConnectionAdmission admission,
      InboundMessages input,
      MessageEncoder encoder,
      TransportConfig config,
      HeldTotals.Shares held,
      SpareBuffer spare) {
    this.channel = channel;
    this.admission = admission;
    this.input = input;
    this.encoder = encoder;
    this.config = config;
    this.inboundOfAll = held.inbound();
    this.outboundOfAll = held.outbound();
    this.inbound = new ByteTotal.Holding(held.inbound());
    this.gate = new ReadThrottle(channel, input);
    this.out =
        new ChannelOutbound(
            channel, spare, config.writeHighBytes(), new ByteTotal.Holding(held.outbound()));
  }

  /** What is said here. */
  void serves(Conversation conversation) {
    this.conversation = conversation;
  }

  @Override
  public MessageEncoder encoder() {
    return encoder;
  }

  @Override
  public OutboundBuffer outbound() {
    return out;
  }

  /** What its wire makes of what comes in. */
  InboundMessages input() {
    return input;
  }

  @Override
  public void opened() {
    input.raiseMaximum(config.frameBytes());
    admission.opened();
  }

  /** Brings up to date what the server's total says of what waits to be written here. */
  void measureOutbound() {
    out.measure();
  }

  /**
   * Brings up to date what the server's total says of what came from here, and returns it. While
   * the total is exceeded, nothing more is read from whoever is much of it.
   */
  long measureInbound() {
    inbound.set(input.bufferedBytes() + (conversation == null ? 0 : conversation.queuedBytes()));
    if (isTooMuchInbound() && !ended) {
      gate.pause(PauseReason.INBOUND);
    }
    return inbound.bytes();
  }

  @Override
  public void queueChanged() {
    measureInbound();
  }

  private boolean isTooMuchInbound() {
    return inbound.bytes() > FREE_INBOUND_BYTES && inboundOfAll.isTotalExceeded();
  }

  /** Reads on, if it was held back for the total of what came, and needn't be any more. */
  void readOnIfThereIsRoom() {
    measureInbound();
    if (!isTooMuchInbound()) {
      gate.resume(PauseReason.INBOUND);
    }
  }

  /** What waits to be written, as last measured, and what gathers for the next flush. */
  long outboundBytes() {
    return out.heldBytes();
  }

  /** What was written and the operating system hasn't taken for the client. */
  long unreadBytes() {
    return out.unsentBytes();
  }

  @Override
  public boolean isServerOverloaded() {
    return outboundOfAll.isTotalExceeded() && outboundBytes() > config.writeHighBytes();
  }

  /** Who it is. */
  ConnectionAdmission admission() {
    return admission;
  }

  boolean wasPausedSinceLastAsked() {
    return gate.wasPausedSinceLastAsked();
  }

  /**
   * Gives the connection up, with whatever waits for its client. Not through TLS: it would first
   * wait for its goodbye to be taken, by a client that takes nothing.
   */
  void abandon() {
    channel.unsafe().close(channel.voidPromise());
  }

  @Override
  public void pause(PauseReason reason) {
    gate.pause(reason);
  }

  @Override
  public void resume(PauseReason reason) {
    gate.resume(reason);
  }

  @Override
  public void end(EndReason ending) {
    if (ended) {
      return;
    }
    ended = true;
    admission.ended(ending);
    switch (ending) {
      case EndReason.Disconnected d -> {
        out.release();
        channel.close();
      }
      case EndReason.ClientClosed c -> endWith(ending);
      case EndReason.GoneAway g -> endWith(ending);
      case EndReason.Detached d -> endWith(ending);
      case EndReason.Failed(Problem problem) when problem.code() == ErrorCode.WRITE_STALLED -> {
        // Who doesn't read won't read this either, most likely; nobody waits for it.
        encoder.lastWord(out.buffer(), ending);
        out.flush();
        abandon();
      }
      case EndReason.Failed failed -> endWith(ending);
    }
  }

  /**
   * Sends the {@link GracefulClose}. What waits before it has its time, too, and not for ever: a
   * client that takes a little now and then would keep its connection after its session.
   */
  private void endWith(EndReason ending) {
    encoder.lastWord(out.buffer(), ending);
    // Nothing that came or will come is of interest: none of it is held while the last word goes.
    input.drop();
    measureInbound();
    ChannelFuture said = out.flushAll();
    if (!said.isDone()) {
      long pieces = 1 + unreadBytes() / LAST_BYTES;
      closeIn(config.limits().writeStallMillis() * pieces);
    }
    said.addListener(
        future -> {
          if (future.isSuccess() && channel instanceof DuplexChannel duplex) {
            linger(duplex);
          } else {
            channel.close();
          }
        });
  }

  private void linger(DuplexChannel duplex) {
    if (duplex.isInputShutdown()) {
      duplex.close();
      return;
    }
    GracefulClose.endOutput(duplex).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    duplex.config().setAutoRead(true);
    closeIn(config.lingerMillis());
  }

  private void closeIn(long millis) {
    var timeUp = channel.eventLoop().schedule(() -> channel.close(), millis, TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(closed -> timeUp.cancel(false));
  }

  /** Whether the session is over, and what still comes is of no interest. */
  boolean hasEnded() {
    return ended;
  }

  /** Gives up what was not flushed. */
  void release() {
    out.release();
  }

  @Override
  public @Nullable X500Principal certificate() {
    return admission.certificate();
  }

  /** Counts a message that came. */
  void received(int bytes) {
    bytesIn += bytes;
  }

  @Override
  public long bytesIn() {
    return bytesIn;
  }

  @Override
  public long bytesOut() {
    return out.bytesOut();
  }

  @Override
  public String address() {
    return String.valueOf(admission.address());
  }
}
