package dev.mooring.transport;

import dev.mooring.proto.FrameDecoder;
import dev.mooring.session.Conversation;
import dev.mooring.session.Ending;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.MessageEncoder;
import dev.mooring.session.OutboundBuffer;
import dev.mooring.session.PauseReason;
import dev.mooring.session.Peer;
import dev.mooring.session.Problem;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.TimeUnit;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * A session's client at the other end of a channel. Messages gather in one buffer until they are
 * flushed.
 *
 * <p>Event loop only.
 */
final class ChannelPeer implements Peer, OutboundBuffer {
  private static final int FIRST_BUFFER_BYTES = 256;

  /** What gathers may become more, and then its buffer grows. */
  private static final int MOST_EXPECTED_BYTES = 64 * 1024;

  /** A client has the time for a stall for each so many bytes that wait when its session ends. */
  private static final int LAST_BYTES = 1 << 20;

  /** A client may have so much here whatever the total is: what is read at a time. */
  static final int FREE_INBOUND_BYTES = 64 * 1024;

  private final Channel channel;
  private final Visitor visitor;
  private final FrameDecoder decoder;
  private final ReadGate gate;
  private final TransportConfig config;
  private final MessageEncoder encoder;
  private final SpareBuffer spare;
  private final ByteTotal.Share inboundOfAll;
  private final ByteTotal.Share outboundOfAll;
  private final ByteTotal.Holding inbound;
  private final ByteTotal.Holding outbound;
  private @Nullable Conversation conversation;
  private @Nullable ByteBuf out;
  private boolean ended;
  private long bytesIn;
  private long bytesOut;

  /** How much the next flush will have, if it is like the last. */
  private int expectedBytes = FIRST_BUFFER_BYTES;

  ChannelPeer(
      Channel channel,
      Visitor visitor,
      FrameDecoder decoder,
      TransportConfig config,
      Totals.Shares held,
      SpareBuffer spare) {
    this.channel = channel;
    this.visitor = visitor;
    this.inboundOfAll = held.inbound();
    this.outboundOfAll = held.outbound();
    this.inbound = new ByteTotal.Holding(held.inbound());
    this.outbound = new ByteTotal.Holding(held.outbound());
    this.decoder = decoder;
    this.gate = new ReadGate(channel, decoder);
    this.config = config;
    this.encoder = new ProtobufEncoder(config.frameBytes());
    this.spare = spare;
  }

  /** Whose client it is. */
  void serves(Conversation conversation) {
    this.conversation = conversation;
  }

  @Override
  public MessageEncoder encoder() {
    return encoder;
  }

  @Override
  public OutboundBuffer outbound() {
    return this;
  }

  @Override
  public void opened() {
    decoder.raiseMaximum(config.frameBytes());
    visitor.opened();
  }

  @Override
  public boolean isFull() {
    return out != null && out.readableBytes() >= config.writeHighBytes();
  }

  /**
   * What messages gather in. While the last ones still wait to be written, a buffer no larger than
   * what it is for: the spare one would stay here, too, for each few bytes that are flushed.
   */
  @Override
  public ByteBuf buffer() {
    if (out == null) {
      boolean waits = outbound.bytes() > 0;
      out =
          waits || expectedBytes > SpareBuffer.BYTES
              ? channel.alloc().buffer(expectedBytes)
              : spare.take(expectedBytes);
    }
    return out;
  }

  @Override
  public void flush() {
    if (out != null) {
      ByteBuf written = out;
      out = null;
      bytesOut += written.readableBytes();
      expectedBytes = Math.clamp(written.readableBytes(), FIRST_BUFFER_BYTES, MOST_EXPECTED_BYTES);
      channel.writeAndFlush(written, channel.voidPromise());
      spare.giveBack(written);
      measureOutbound();
    }
    measureInbound();
  }

  /** Brings up to date what the server's total says of what waits to be written here. */
  void measureOutbound() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    outbound.set(buffer == null ? 0 : buffer.totalPendingWriteBytes());
  }

  /**
   * Brings up to date what the server's total says of what came from here, and returns it. While
   * the total is exceeded, nothing more is read from whoever is much of it.
   */
  long measureInbound() {
    inbound.set(decoder.bufferedBytes() + (conversation == null ? 0 : conversation.queuedBytes()));
    if (isTooMuchInbound() && !ended) {
      gate.pause(PauseReason.INBOUND);
    }
    return inbound.bytes();
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
    return outbound.bytes() + (out == null ? 0 : out.readableBytes());
  }

  /** What was written and the operating system hasn't taken for the client. */
  long unreadBytes() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes() - buffer.currentProgress();
  }

  @Override
  public boolean isServerOverloaded() {
    return outboundOfAll.isTotalExceeded() && outboundBytes() > config.writeHighBytes();
  }

  /** Who it is. */
  Visitor visitor() {
    return visitor;
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
  public boolean isWritable() {
    return channel.isWritable() && (out == null || out.readableBytes() < config.writeHighBytes());
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
  public void end(Ending ending) {
    if (ended) {
      return;
    }
    ended = true;
    visitor.ended(ending);
    switch (ending) {
      case Ending.Disconnected d -> {
        release();
        channel.close();
      }
      case Ending.ClientClosed c -> endWith(ending);
      case Ending.GoneAway g -> endWith(ending);
      case Ending.Failed(Problem problem) when problem.code() == ErrorCode.WRITE_STALLED -> {
        // Who doesn't read won't read this either, most likely; nobody waits for it.
        encoder.lastWord(buffer(), ending);
        flush();
        abandon();
      }
      case Ending.Failed failed -> endWith(ending);
    }
  }

  /**
   * Sends the {@link LastWord}. What waits before it has its time, too, and not for ever: a client
   * that takes a little now and then would keep its connection after its session.
   */
  private void endWith(Ending ending) {
    encoder.lastWord(buffer(), ending);
    ByteBuf written = buffer();
    out = null;
    bytesOut += written.readableBytes();
    dropInput();
    ChannelFuture said = channel.writeAndFlush(written);
    spare.giveBack(written);
    measureOutbound();
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

  /** Nothing that came or will come is of interest: none of it is held while the last word goes. */
  private void dropInput() {
    if (channel.pipeline().context(decoder) != null) {
      channel.pipeline().remove(decoder);
    }
    measureInbound();
  }

  private void linger(DuplexChannel duplex) {
    if (duplex.isInputShutdown()) {
      duplex.close();
      return;
    }
    LastWord.endOutput(duplex).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
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
    if (out != null) {
      ByteBuf unsent = out;
      out = null;
      unsent.release();
      spare.giveBack(unsent);
    }
  }

  @Override
  public @Nullable X500Principal certificate() {
    return visitor.certificate();
  }

  /** Counts a frame that came. */
  void received(int bytes) {
    bytesIn += bytes;
  }

  @Override
  public long bytesIn() {
    return bytesIn;
  }

  @Override
  public long bytesOut() {
    return bytesOut;
  }

  @Override
  public String address() {
    return String.valueOf(visitor.address());
  }
}
