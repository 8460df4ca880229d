package dev.mooring.transport.wire.websocket;

import dev.mooring.proto.frame.EndOfInput;
import dev.mooring.proto.frame.FrameSink;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.OutboundBuffer;
import dev.mooring.session.Problem;
import dev.mooring.transport.wire.InboundMessages;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes messages of frames: gathers fragments, within what a message may have; answers pings; takes
 * the client's close for the end of what it sends.
 *
 * <p>Event loop only.
 */
final class MessageAssembler implements InboundMessages, FrameReader.Frames {
  /**
   * What a message may come in at most: each fragment costs something, however few bytes it has.
   */
  static final int MOST_FRAGMENTS = 16_384;

  private final ChannelPipeline pipeline;
  private final int frameBytes;
  private final FrameReader reader;
  private int maxBytes;
  private FrameSink messages = (ctx, bytes, index, length) -> {};
  private BooleanSupplier mayPing = () -> false;
  private @Nullable OutboundBuffer out;

  /** A message whose last fragment hasn't come. */
  private @Nullable ByteBuf gathered;

  private int fragments;
  private long delivered;
  private boolean hasPongs;

  /**
   * @param pipeline what its handlers are in
   * @param firstBytes how long a stranger's message may be
   * @param frameBytes how long a message may be once there is a session
   */
  MessageAssembler(ChannelPipeline pipeline, int firstBytes, int frameBytes) {
    this.pipeline = pipeline;
    this.maxBytes = firstBytes;
    this.frameBytes = frameBytes;
    this.reader = new FrameReader(this, frameBytes);
  }

  /**
   * Says what is done with what comes. Before the first frame.
   *
   * @param messages gets each message
   * @param mayPing counts a ping or a pong, and says whether the client may go on so
   * @param out where pings are answered
   */
  void deliverTo(FrameSink messages, BooleanSupplier mayPing, OutboundBuffer out) {
    this.messages = messages;
    this.mayPing = mayPing;
    this.out = out;
  }

  /** The handler that reads frames. */
  ChannelHandler reader() {
    return reader;
  }

  @Override
  public int roomBytes() {
    return maxBytes - gatheredBytes();
  }

  private int gatheredBytes() {
    return gathered == null ? 0 : gathered.readableBytes();
  }

  @Override
  public FrameProblem tooLarge(long bytes) {
    return new FrameProblem(
        ErrorCode.FRAME_TOO_LARGE,
        "a message of "
            + (bytes + gatheredBytes())
            + " bytes or more came; a message here is at most "
            + maxBytes
            + (maxBytes < frameBytes ? " until the session is open" : ""));
  }

  @Override
  public void frame(ChannelHandlerContext ctx, WebSocketFrame frame) {
    switch (frame) {
      case PingWebSocketFrame ping -> pinged(ping.content());
      case PongWebSocketFrame pong -> {
        if (mayPing.getAsBoolean() && gathered == null) {
          delivered++;
        }
      }
      case CloseWebSocketFrame close -> {
        reader.end();
        ended(ctx);
      }
      default -> data(ctx, frame.content(), frame.isFinalFragment());
    }
  }

  private void data(ChannelHandlerContext ctx, ByteBuf payload, boolean isLast) {
    if (gathered == null && isLast) {
      deliver(ctx, payload);
      return;
    }
    if (gathered == null) {
      fragments = 0;
      gathered = ctx.alloc().buffer(payload.readableBytes());
    }
    if (++fragments > MOST_FRAGMENTS) {
      throw new FrameProblem(
          ErrorCode.FRAME_TOO_LARGE,
          "a message came in more than " + MOST_FRAGMENTS + " fragments, which is the most");
    }
    gathered.writeBytes(payload);
    if (isLast) {
      ByteBuf whole = gathered;
      gathered = null;
      try {
        deliver(ctx, whole);
      } finally {
        whole.release();
      }
    }
  }

  private void deliver(ChannelHandlerContext ctx, ByteBuf message) {
    delivered++;
    messages.frame(ctx, message, message.readerIndex(), message.readableBytes());
  }

  private void pinged(ByteBuf held) {
    if (mayPing.getAsBoolean() && out != null) {
      ServerFrames.writePong(out.buffer(), held);
      hasPongs = true;
      if (gathered == null) {
        delivered++;
      }
    }
  }

  @Override
  public void ended(ChannelHandlerContext ctx) {
    ctx.fireUserEventTriggered(hasPartial() ? EndOfInput.WITHIN_FRAME : EndOfInput.BETWEEN_FRAMES);
  }

  /** A session flushes what it says; but there may be none yet. */
  @Override
  public void rest() {
    if (hasPongs && out != null) {
      hasPongs = false;
      out.flush();
    }
  }

  @Override
  public void pause() {
    reader.pause();
  }

  @Override
  public void resume() {
    reader.resume();
  }

  @Override
  public void raiseMaximum(int bytes) {
    maxBytes = bytes;
  }

  @Override
  public long bufferedBytes() {
    return reader.bufferedBytes() + (long) gatheredBytes();
  }

  /** Pings count, too, as a client says something with them; but not within a message. */
  @Override
  public long delivered() {
    return delivered;
  }

  @Override
  public boolean hasPartial() {
    return gathered != null || reader.hasPartialFrame();
  }

  @Override
  public boolean isEnd(Object event) {
    return event instanceof EndOfInput;
  }

  @Override
  public @Nullable Problem problemOf(Throwable failure) {
    return switch (failure) {
      case FrameProblem e -> e.problem();
      case HandshakeRefusal e ->
          new Problem(ErrorCode.MALFORMED_MESSAGE, String.valueOf(e.getMessage()));
      case CorruptedWebSocketFrameException e ->
          new Problem(ErrorCode.MALFORMED_FRAME, "not a frame of WebSocket: " + e.getMessage());
      default -> null;
    };
  }

  @Override
  public void drop() {
    HandshakeHandler.removeFrom(pipeline);
    if (pipeline.context(reader) != null) {
      pipeline.remove(reader);
    }
  }

  /** Gives up a message that will never be whole. */
  @Override
  public void gone() {
    if (gathered != null) {
      gathered.release();
      gathered = null;
    }
  }
}
