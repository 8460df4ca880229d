package dev.mooring.transport.wire.json;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import dev.mooring.transport.wire.InboundMessages;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.TooLongFrameException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Cuts what comes on one connection into messages. */
final class JsonInput extends ChannelInboundHandlerAdapter implements InboundMessages {
  private static final Object END = new Object();

  private final ChannelPipeline pipeline;
  private final ByteBuf kept;
  private int maximum;
  private Consumer<byte[]> sink = json -> {};
  private long delivered;
  private boolean paused;
  private boolean delivering;
  private boolean ended;

  JsonInput(ChannelPipeline pipeline, int maximum) {
    this.pipeline = pipeline;
    this.kept = pipeline.channel().alloc().buffer();
    this.maximum = maximum;
  }

  void deliverTo(Consumer<byte[]> messages) {
    sink = messages;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    var bytes = (ByteBuf) message;
    kept.discardSomeReadBytes().writeBytes(bytes);
    bytes.release();
    deliver(ctx);
  }

  /** Delivers what is whole, unless somebody does already, and says whether it was any. */
  private boolean deliver(ChannelHandlerContext ctx) {
    long before = delivered;
    if (!delivering) {
      delivering = true;
      try {
        for (int bytes; !paused && (bytes = wholeBytes()) > 0 && bytes <= bufferedBytes(); ) {
          var json = new byte[bytes - JsonWire.HEAD_BYTES];
          kept.skipBytes(JsonWire.HEAD_BYTES).readBytes(json);
          delivered++;
          sink.accept(json);
        }
      } catch (RuntimeException e) {
        ctx.fireExceptionCaught(e);
      }
      delivering = false;
      if (ended && !paused) {
        ended = false;
        ctx.fireUserEventTriggered(END);
      }
    }
    return delivered != before;
  }

  /** How long the next message is with its head; 0 while that isn't whole. */
  private int wholeBytes() {
    if (kept.readableBytes() < JsonWire.HEAD_BYTES) {
      return 0;
    }
    String head = kept.toString(kept.readerIndex(), JsonWire.HEAD_BYTES, US_ASCII);
    int body = Integer.parseUnsignedInt(head, 16);
    if (body < 0 || body > maximum) {
      throw new TooLongFrameException("a message is at most " + maximum + " bytes here");
    }
    return JsonWire.HEAD_BYTES + body;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    ctx.fireUserEventTriggered(event);
    ended |= event instanceof ChannelInputShutdownEvent;
    deliver(ctx);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    kept.clear().release();
  }

  @Override
  public void pause() {
    paused = true;
  }

  @Override
  public void resume() {
    paused = false;
    ChannelHandlerContext ctx = pipeline.context(this);
    while (ctx != null && deliver(ctx)) {
      ctx.fireChannelReadComplete();
    }
  }

  @Override
  public void raiseMaximum(int bytes) {
    maximum = bytes;
  }

  @Override
  public long bufferedBytes() {
    return kept.readableBytes();
  }

  @Override
  public long delivered() {
    return delivered;
  }

  @Override
  public boolean hasPartial() {
    return !paused && kept.isReadable();
  }

  @Override
  public boolean isEnd(Object event) {
    return event == END;
  }

  @Override
  public @Nullable Problem problemOf(Throwable failure) {
    return switch (failure) {
      case TooLongFrameException e -> new Problem(ErrorCode.FRAME_TOO_LARGE, "" + e.getMessage());
      case NumberFormatException e -> new Problem(ErrorCode.MALFORMED_FRAME, "" + e.getMessage());
      default -> null;
    };
  }

  @Override
  public void drop() {
    if (pipeline.context(this) != null) {
      pipeline.remove(this);
    }
  }
}
