package dev.mooring.transport.wire.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.mooring.proto.Frames;
import dev.mooring.proto.frame.EndOfInput;
import dev.mooring.proto.frame.FrameDecoder;
import dev.mooring.proto.frame.FrameException;
import dev.mooring.proto.frame.GrpcPrefix;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A stream that is no session: a call of a method with few and small messages.
 *
 * <p>Event loop only.
 */
final class SmallCall extends ChannelInboundHandlerAdapter {
  /** How long a request may be. */
  private static final int REQUEST_BYTES = 16 * 1024;

  /** Longer than any tool takes that asks who we are. */
  private static final int CALL_SECONDS = 60;

  private final GrpcConnection connection;
  private final GrpcMethods.Method method;
  private final Ending ending;
  private final FrameDecoder decoder = new FrameDecoder(GrpcPrefix.INSTANCE, REQUEST_BYTES);

  /** What was asked last; null if nothing was. */
  private byte @Nullable [] request;

  private @Nullable ChannelHandlerContext context;
  private @Nullable Future<?> tooLong;

  /** When the last answer has left; null if there was none. */
  private @Nullable ChannelFuture said;

  /** Ends the stream. */
  @FunctionalInterface
  interface Ending {
    void end(GrpcStatus status, String message);
  }

  private SmallCall(GrpcConnection connection, GrpcMethods.Method method, Ending ending) {
    this.connection = connection;
    this.method = method;
    this.ending = ending;
  }

  /** Adds to the end of a stream's pipeline what makes it a call of the method. */
  static void addTo(
      Channel stream, GrpcConnection connection, GrpcMethods.Method method, Ending ending) {
    var call = new SmallCall(connection, method, ending);
    call.decoder.deliverTo(call::receive);
    stream.pipeline().addLast("frames", call.decoder).addLast("call", call);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    connection.smallCalls().add(this);
    if (method.shape() != GrpcMethods.Shape.WATCH) {
      tooLong =
          ctx.executor()
              .schedule(
                  () -> ending.end(GrpcStatus.DEADLINE_EXCEEDED, "the call took too long"),
                  CALL_SECONDS,
                  TimeUnit.SECONDS);
    }
  }

  private void receive(ChannelHandlerContext ctx, ByteBuf bytes, int index, int length) {
    connection.countSmall();
    if (request != null && method.shape() != GrpcMethods.Shape.ANSWER_EACH) {
      ending.end(GrpcStatus.INVALID_ARGUMENT, "a second request came");
      return;
    }
    request = ByteBufUtil.getBytes(bytes, index, length);
    answer();
  }

  /** Answers what was asked last; again, if it is watched. */
  void answer() {
    ChannelHandlerContext ctx = context;
    if (request == null || ctx == null) {
      return;
    }
    MessageLite answer;
    try {
      answer = method.answers().to(request, !connection.isDraining());
    } catch (InvalidProtocolBufferException e) {
      ending.end(GrpcStatus.INVALID_ARGUMENT, "the request is malformed");
      return;
    }
    if (answer == null) {
      ending.end(GrpcStatus.NOT_FOUND, "there is no such service");
      return;
    }
    ByteBuf out = ctx.alloc().buffer();
    Frames.write(out, GrpcPrefix.INSTANCE, answer);
    said = ctx.writeAndFlush(out);
    if (method.shape() == GrpcMethods.Shape.ONE_ANSWER) {
      endWell();
    } else {
      throttle(ctx);
    }
  }

  /** All was said; the end doesn't overtake it. */
  private void endWell() {
    if (said == null) {
      ending.end(GrpcStatus.OK, "");
    } else {
      said.addListener(left -> ending.end(GrpcStatus.OK, ""));
    }
  }

  /** Who doesn't read isn't answered. */
  private void throttle(ChannelHandlerContext ctx) {
    boolean isWritable = ctx.channel().isWritable();
    if (isWritable == decoder.isPaused()) {
      ctx.channel().config().setAutoRead(isWritable);
      if (isWritable) {
        decoder.resume();
      } else {
        decoder.pause();
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    throttle(ctx);
    ctx.fireChannelWritabilityChanged();
  }

  /** Whether it is to hear of what changes. */
  boolean isWatch() {
    return method.shape() == GrpcMethods.Shape.WATCH;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof EndOfInput end) {
      if (end == EndOfInput.WITHIN_FRAME) {
        ending.end(GrpcStatus.INTERNAL, "the request ended within a message");
      } else if (request == null) {
        ending.end(GrpcStatus.INVALID_ARGUMENT, "no request came");
      } else if (method.shape() == GrpcMethods.Shape.ANSWER_EACH) {
        endWell();
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof FrameException broken) {
      boolean isLong = broken.kind() == FrameException.Kind.FRAME_TOO_LARGE;
      ending.end(
          isLong ? GrpcStatus.RESOURCE_EXHAUSTED : GrpcStatus.INTERNAL,
          String.valueOf(broken.getMessage()));
    } else if (cause instanceof IOException) {
      ctx.close();
    } else {
      connection.failed(cause);
      ending.end(GrpcStatus.INTERNAL, "the server failed");
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    connection.smallCalls().remove(this);
    if (tooLong != null) {
      tooLong.cancel(false);
    }
    ctx.fireChannelInactive();
  }
}
