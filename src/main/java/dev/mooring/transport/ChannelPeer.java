package dev.mooring.transport;

import dev.mooring.guest.ValueType;
import dev.mooring.proto.FrameDecoder;
import dev.mooring.proto.Frames;
import dev.mooring.proto.ResultWriter;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.session.Ending;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.GoAwayReason;
import dev.mooring.session.Opening;
import dev.mooring.session.PauseReason;
import dev.mooring.session.Peer;
import dev.mooring.session.Problem;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * A session's client at the other end of a channel. Messages gather in one buffer until they are
 * flushed.
 *
 * <p>Event loop only.
 */
final class ChannelPeer implements Peer {
  private static final int FIRST_BUFFER_BYTES = 256;

  /** What gathers may become more, and then its buffer grows. */
  private static final int MOST_EXPECTED_BYTES = 64 * 1024;

  private static final byte[] NO_TYPES = {};

  private final Channel channel;
  private final Visitor visitor;
  private final FrameDecoder decoder;
  private final ReadGate gate;
  private final TransportConfig config;
  private final OutboundTotal.Share outbound;
  private @Nullable ByteBuf out;
  private byte[] types = NO_TYPES;
  private boolean ended;
  private long bytesIn;
  private long bytesOut;
  private long measuredBytes;

  /** How much the next flush will have, if it is like the last. */
  private int expectedBytes = FIRST_BUFFER_BYTES;

  ChannelPeer(
      Channel channel,
      Visitor visitor,
      FrameDecoder decoder,
      TransportConfig config,
      OutboundTotal.Share outbound) {
    this.channel = channel;
    this.visitor = visitor;
    this.outbound = outbound;
    this.decoder = decoder;
    this.gate = new ReadGate(channel, decoder);
    this.config = config;
  }

  @Override
  public void opened(Opening opening) {
    write(Messages.opened(opening, config.frameBytes()));
  }

  @Override
  public void result(long id, List<ValueType> resultTypes, long[] values, ByteBuf output) {
    int count = resultTypes.size();
    if (types.length < count) {
      types = new byte[count];
    }
    for (int i = 0; i < count; i++) {
      types[i] = Messages.number(resultTypes.get(i));
    }
    ResultWriter.writeResult(out(), id, values, types, count, output);
  }

  @Override
  public void error(long id, Problem problem) {
    write(Messages.error(id, problem));
  }

  @Override
  public void event(ByteBuf bytes, int index, int length) {
    ResultWriter.writeEvent(out(), bytes, index, length);
  }

  @Override
  public void pong(long token) {
    ResultWriter.writePong(out(), token);
    flushIfMuch();
  }

  /** What isn't a call's answer isn't held back by turns: let the channel say when it is enough. */
  private void flushIfMuch() {
    if (out != null && out.readableBytes() >= config.writeHighBytes()) {
      flush();
    }
  }

  @Override
  public void goAway(long lastId, GoAwayReason reason, String message) {
    write(Messages.goAway(lastId, reason, message));
  }

  private void write(ServerMessage message) {
    Frames.write(out(), message);
  }

  private ByteBuf out() {
    if (out == null) {
      out = channel.alloc().buffer(expectedBytes);
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
      measureOutbound();
    }
  }

  /** Brings up to date what the server's total says of this connection. */
  void measureOutbound() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    long bytes = buffer == null ? 0 : buffer.totalPendingWriteBytes();
    if (bytes != measuredBytes) {
      outbound.add(bytes - measuredBytes);
      measuredBytes = bytes;
    }
  }

  /** What waits to be written, as last measured, and what gathers for the next flush. */
  long outboundBytes() {
    return measuredBytes + (out == null ? 0 : out.readableBytes());
  }

  /**
   * A number that changes when the client takes something of what waits for it: 0 if nothing waits.
   */
  long writeMark() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    if (buffer == null || buffer.totalPendingWriteBytes() == 0) {
      return 0;
    }
    return buffer.totalPendingWriteBytes() << Integer.SIZE ^ ~buffer.currentProgress();
  }

  @Override
  public boolean isServerOverloaded() {
    return outbound.isTotalExceeded();
  }

  /** Who it is. */
  Visitor visitor() {
    return visitor;
  }

  boolean wasPausedSinceLastAsked() {
    return gate.wasPausedSinceLastAsked();
  }

  /** Gives the connection up, with whatever waits for its client. */
  void abandon() {
    channel.close();
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
      case Ending.ClientClosed c -> endWith(Messages.closed(ending));
      case Ending.GoneAway g -> endWith(Messages.closed(ending));
      case Ending.Failed(Problem problem) when problem.code() == ErrorCode.WRITE_STALLED -> {
        // Who doesn't read won't read this either, most likely; nobody waits for it.
        write(Messages.error(0, problem));
        flush();
        channel.close();
      }
      case Ending.Failed(Problem problem) -> endWith(Messages.error(0, problem));
    }
  }

  /** Sends the {@link LastWord}. */
  private void endWith(ServerMessage last) {
    write(last);
    ByteBuf written = out();
    out = null;
    bytesOut += written.readableBytes();
    channel
        .writeAndFlush(written)
        .addListener(
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
    LastWord.endOutput(duplex).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    if (decoder.isPaused()) {
      duplex.pipeline().remove(decoder);
    }
    duplex.config().setAutoRead(true);
    var timeUp =
        duplex
            .eventLoop()
            .schedule(() -> duplex.close(), config.lingerMillis(), TimeUnit.MILLISECONDS);
    duplex.closeFuture().addListener(closed -> timeUp.cancel(false));
  }

  /** Whether the session is over, and what still comes is of no interest. */
  boolean hasEnded() {
    return ended;
  }

  /** Gives up what was not flushed. */
  void release() {
    if (out != null) {
      out.release();
      out = null;
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
