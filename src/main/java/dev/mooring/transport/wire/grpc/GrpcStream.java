package dev.mooring.transport.wire.grpc;

import dev.mooring.proto.frame.GrpcPrefix;
import dev.mooring.session.EndReason;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.wire.FramedConnection;
import dev.mooring.transport.wire.mooring.ProtobufEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelOption;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One stream, the first handler of its channel: towards the connection frames of HTTP/2, towards
 * those behind it bytes, as of any channel. The first headers say what the stream is for; its last
 * are our trailers.
 *
 * <p>What comes is always passed on, also when nobody wants to read: whoever is behind keeps it
 * more densely than in frames. What it was that came is given back to the client's window only when
 * it is to be read on.
 *
 * <p>Event loop only.
 */
final class GrpcStream extends ChannelDuplexHandler {
  /** Those that are no sessions, on one connection. */
  private static final int MOST_SMALL_CALLS = 100;

  private static final AsciiString STATUS = AsciiString.cached("grpc-status");
  private static final AsciiString MESSAGE = AsciiString.cached("grpc-message");
  private static final AsciiString RESPONSE_TYPE = AsciiString.cached("application/grpc");
  private static final Http2Headers BEGINNING =
      ReadOnlyHttp2Headers.serverHeaders(
          false,
          HttpResponseStatus.OK.codeAsText(),
          GrpcRequest.CONTENT_TYPE,
          RESPONSE_TYPE,
          GrpcRequest.ACCEPT_ENCODING,
          GrpcRequest.IDENTITY);

  private final GrpcConnection connection;
  private @Nullable ConnectionAdmission admission;
  private @Nullable Future<?> deadline;
  private boolean hasBegun;
  private boolean saidBeginning;
  private boolean saidEnd;
  private boolean inputEnded;

  /** What came and is not given back to the client's window. */
  private int takenBytes;

  GrpcStream(GrpcConnection connection) {
    this.connection = connection;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.channel().config().setOption(Http2StreamChannelOption.AUTO_STREAM_FLOW_CONTROL, false);
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    connection.began();
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    switch (message) {
      case Http2DataFrame data -> {
        takenBytes += data.initialFlowControlledBytes();
        boolean isLast = data.isEndStream();
        inputEnded |= isLast;
        ctx.fireChannelRead(data.content());
        if (isLast) {
          tellInputEnds(ctx);
        }
      }
      case Http2HeadersFrame headers -> {
        inputEnded |= headers.isEndStream();
        if (!hasBegun) {
          hasBegun = true;
          begin(ctx, headers.headers());
        }
        if (headers.isEndStream()) {
          tellInputEnds(ctx);
        }
      }
      default -> ReferenceCountUtil.release(message);
    }
  }

  private static void tellInputEnds(ChannelHandlerContext ctx) {
    ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
  }

  private void begin(ChannelHandlerContext ctx, Http2Headers headers) {
    switch (GrpcRequest.of(headers)) {
      case GrpcRequest.NotGrpc(HttpResponseStatus status) -> {
        Http2Headers answer = ReadOnlyHttp2Headers.serverHeaders(false, status.codeAsText());
        endWith(ctx, answer);
      }
      case GrpcRequest.Refused(GrpcStatus status, String message) -> end(ctx, status, message);
      case GrpcRequest.Call(String path, long timeoutNanos) -> {
        if (timeoutNanos != GrpcTimeout.NONE) {
          deadline =
              ctx.executor().schedule(() -> timeOut(ctx), timeoutNanos, TimeUnit.NANOSECONDS);
        }
        call(ctx, path);
      }
    }
  }

  private void call(ChannelHandlerContext ctx, String path) {
    if (path.equals(GrpcMethods.SESSION)) {
      beginSession(ctx);
      return;
    }
    GrpcMethods.Method small = GrpcMethods.small(path);
    if (small == null) {
      end(ctx, GrpcStatus.UNIMPLEMENTED, "there is no method " + path);
    } else if (connection.smallCalls().size() >= MOST_SMALL_CALLS) {
      end(ctx, GrpcStatus.RESOURCE_EXHAUSTED, "this connection has many such calls");
    } else {
      SmallCall.addTo(
          ctx.channel(), connection, small, (status, message) -> end(ctx, status, message));
    }
  }

  private void beginSession(ChannelHandlerContext ctx) {
    ConnectionAdmission stream = connection.admission().newStream();
    admission = stream;
    stream.knock();
    FramedConnection.addTo(
        ctx.channel(),
        stream,
        connection.config(),
        connection.loop(),
        GrpcPrefix.INSTANCE,
        new ProtobufEncoder(GrpcPrefix.INSTANCE, connection.config().frameBytes()),
        connection.readers());
    // For those who have come.
    ctx.fireChannelActive();
  }

  private void timeOut(ChannelHandlerContext ctx) {
    end(ctx, GrpcStatus.DEADLINE_EXCEEDED, "the deadline is over");
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.fireChannelReadComplete();
    if (!ctx.channel().config().isAutoRead()) {
      // Past ourselves, and so without giving anything back.
      ctx.read();
    }
  }

  /** More is wanted. */
  @Override
  public void read(ChannelHandlerContext ctx) {
    if (takenBytes > 0) {
      var givenBack = new DefaultHttp2WindowUpdateFrame(takenBytes);
      takenBytes = 0;
      ctx.writeAndFlush(givenBack);
    }
    ctx.read();
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (!(message instanceof ByteBuf bytes)) {
      ctx.write(message, promise);
      return;
    }
    if (!saidBeginning) {
      saidBeginning = true;
      ctx.write(new DefaultHttp2HeadersFrame(BEGINNING), ctx.voidPromise());
    }
    ctx.write(new DefaultHttp2DataFrame(bytes), promise);
  }

  /** Whoever ends the channel ends the stream, as its conversation ended. */
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    EndReason ending = admission == null ? null : admission.ending();
    if (ending == null) {
      sayEnd(ctx, GrpcStatus.UNAVAILABLE, "");
    } else {
      sayEnd(ctx, GrpcStatus.of(ending), GrpcStatus.message(ending));
    }
    ctx.close(promise);
  }

  /** Ends the stream so, whatever its conversation comes to. */
  void end(ChannelHandlerContext ctx, GrpcStatus status, String message) {
    sayEnd(ctx, status, message);
    ctx.close();
  }

  private void endWith(ChannelHandlerContext ctx, Http2Headers headers) {
    if (saidEnd || !ctx.channel().isActive()) {
      return;
    }
    saidEnd = true;
    int id = ((Http2StreamChannel) ctx.channel()).stream().id();
    boolean isHeldBack = connection.isHeldBack(id);
    if (!isHeldBack) {
      ctx.write(new DefaultHttp2HeadersFrame(headers, true), ctx.voidPromise());
    }
    if (isHeldBack || !inputEnded) {
      // What waits for its client's window would wait on; and what its client says is for nobody.
      Http2Error error = isHeldBack ? Http2Error.CANCEL : Http2Error.NO_ERROR;
      ctx.write(new DefaultHttp2ResetFrame(error), ctx.voidPromise());
    }
    ctx.flush();
  }

  private void sayEnd(ChannelHandlerContext ctx, GrpcStatus status, String message) {
    endWith(ctx, trailers(status, message));
  }

  /** Alone they are headers as well. */
  private Http2Headers trailers(GrpcStatus status, String message) {
    AsciiString text = AsciiString.of(GrpcStatus.encoded(message));
    if (saidBeginning) {
      return message.isEmpty()
          ? ReadOnlyHttp2Headers.trailers(false, STATUS, status.text())
          : ReadOnlyHttp2Headers.trailers(false, STATUS, status.text(), MESSAGE, text);
    }
    return ReadOnlyHttp2Headers.serverHeaders(
        false,
        HttpResponseStatus.OK.codeAsText(),
        GrpcRequest.CONTENT_TYPE,
        RESPONSE_TYPE,
        GrpcRequest.ACCEPT_ENCODING,
        GrpcRequest.IDENTITY,
        STATUS,
        status.text(),
        MESSAGE,
        text);
  }

  /** What one stream did wrong ends it, and is no failure of ours. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof Http2Exception) {
      saidEnd = true;
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (deadline != null) {
      deadline.cancel(false);
    }
    connection.ended();
    ctx.fireChannelInactive();
  }
}
