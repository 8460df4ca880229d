package dev.mooring.client;

import dev.mooring.proto.frame.FrameDecoder;
import dev.mooring.proto.frame.GrpcPrefix;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;

/**
 * Messages over a stream of gRPC, the only one of its connection: what is written comes with
 * lengths in front, as Mooring's own protocol has it, and leaves as gRPC has it. On the channel's
 * event loop.
 */
final class GrpcMessages extends ChannelDuplexHandler {
  private static final String METHOD = "/mooring.v1.Mooring/Session";
  private static final String CONTENT_TYPE = "application/grpc";

  /** So much a server may send before it is told that it was read. */
  private static final int WINDOW_BYTES = 1 << 20;

  /** How long the names and values are that a server may send. */
  private static final int MAX_HEADER_BYTES = 16 << 10;

  private GrpcMessages() {}

  /** Adds what speaks HTTP/2 to a channel that is to be connected. */
  static void addTo(ChannelPipeline pipeline) {
    pipeline
        .addLast(
            Http2FrameCodecBuilder.forClient()
                .initialSettings(
                    Http2Settings.defaultSettings()
                        .pushEnabled(false)
                        .initialWindowSize(WINDOW_BYTES)
                        .maxHeaderListSize(MAX_HEADER_BYTES))
                .build())
        .addLast(
            new Http2MultiplexHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel pushed) {
                    pushed.close(); // Nobody asked for it.
                  }
                }))
        .addLast(new Rest());
  }

  /** What is left of the connection beside its stream, which hears of all that ends both. */
  private static final class Rest extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
      ReferenceCountUtil.release(frame); // Settings, pings and the like.
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  /** Opens the stream. */
  static Future<Channel> begin(Channel connection, Wire.Peer peer) {
    Promise<Channel> begun = connection.eventLoop().newPromise();
    new Http2StreamChannelBootstrap(connection)
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel stream) {
                stream
                    .pipeline()
                    .addLast(new GrpcMessages())
                    .addLast(new FrameDecoder(GrpcPrefix.INSTANCE, peer.maxFrameBytes()));
              }
            })
        .open()
        .addListener(
            (Future<Http2StreamChannel> opened) -> {
              if (!opened.isSuccess()) {
                begun.setFailure(opened.cause());
                return;
              }
              Http2StreamChannel stream = opened.getNow();
              stream.closeFuture().addListener(closed -> connection.close());
              stream
                  .writeAndFlush(new DefaultHttp2HeadersFrame(head(peer)))
                  .addListener(
                      sent -> {
                        if (sent.isSuccess()) {
                          begun.setSuccess(stream);
                        } else {
                          begun.setFailure(sent.cause());
                        }
                      });
            });
    return begun;
  }

  private static Http2Headers head(Wire.Peer peer) {
    return new DefaultHttp2Headers()
        .method("POST")
        .path(METHOD)
        .scheme(peer.isSecure() ? "https" : "http")
        .authority(peer.host())
        .set("content-type", CONTENT_TYPE)
        .set("te", "trailers")
        .set("user-agent", "mooring-java");
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object written, ChannelPromise promise) {
    if (!(written instanceof ByteBuf messages)) {
      ctx.write(written, promise);
      return;
    }
    try {
      ByteBuf data = ctx.alloc().buffer(2 * messages.readableBytes());
      while (messages.isReadable()) {
        ByteBuf message = Batch.next(messages);
        GrpcPrefix.INSTANCE.writeHead(data, message.readableBytes());
        data.writeBytes(message);
      }
      ctx.write(new DefaultHttp2DataFrame(data), promise);
    } finally {
      messages.release();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    switch (read) {
      case Http2DataFrame data -> {
        boolean isLast = data.isEndStream();
        ctx.fireChannelRead(data.content());
        if (isLast) {
          ctx.close();
        }
      }
      case Http2HeadersFrame head -> heard(ctx, head);
      case Http2ResetFrame reset -> {
        Http2Error error = Http2Error.valueOf(reset.errorCode());
        fail(ctx, "the server reset the stream: " + error);
      }
      default -> ReferenceCountUtil.release(read);
    }
  }

  /** Its answer's head, or what comes behind the last message. */
  private void heard(ChannelHandlerContext ctx, Http2HeadersFrame frame) {
    Http2Headers head = frame.headers();
    CharSequence http = head.status();
    CharSequence status = head.get("grpc-status");
    if (http != null && !"200".contentEquals(http)) {
      fail(ctx, "the server's answer is HTTP " + http + ", expected 200");
    } else if (http != null && status != null) {
      CharSequence message = head.get("grpc-message");
      fail(ctx, "gRPC status " + status + (message == null ? "" : ": " + message));
    } else if (frame.isEndStream()) {
      ctx.close(); // What it says of the end, the last message has said.
    }
  }

  private static void fail(ChannelHandlerContext ctx, String why) {
    ctx.fireExceptionCaught(new IOException(why));
    ctx.close();
  }
}
