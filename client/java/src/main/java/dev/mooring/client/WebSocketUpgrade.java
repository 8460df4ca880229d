package dev.mooring.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Makes a WebSocket of an HTTP connection, then leaves it to {@link WebSocketMessages}. On the
 * channel's event loop.
 */
final class WebSocketUpgrade extends SimpleChannelInboundHandler<FullHttpResponse> {
  private static final String PATH = "/mooring/v1";
  private static final String PROTOCOL = "mooring.v1";

  /** What a server may say of why it doesn't. */
  private static final int MAX_ANSWER_BYTES = 16 << 10;

  private static final int SHOWN_CHARS = 300;

  private final WebSocketClientHandshaker handshaker;
  private final int maxFrameBytes;
  private @Nullable Promise<Channel> done;

  private WebSocketUpgrade(WebSocketClientHandshaker handshaker, int maxFrameBytes) {
    this.handshaker = handshaker;
    this.maxFrameBytes = maxFrameBytes;
  }

  /** Adds it, with what reads and writes HTTP for it. */
  static void addTo(ChannelPipeline pipeline, Wire.Peer peer) {
    WebSocketClientHandshaker handshaker =
        WebSocketClientHandshakerFactory.newHandshaker(
            URI.create((peer.isSecure() ? "wss://" : "ws://") + peer.host() + PATH),
            WebSocketVersion.V13,
            PROTOCOL,
            false,
            new DefaultHttpHeaders(),
            peer.maxFrameBytes());
    pipeline
        .addLast(new HttpClientCodec())
        .addLast(new HttpObjectAggregator(MAX_ANSWER_BYTES))
        .addLast(new WebSocketUpgrade(handshaker, peer.maxFrameBytes()));
  }

  /** Asks the server for it. */
  Future<Channel> begin(Channel channel) {
    Promise<Channel> promise = channel.eventLoop().newPromise();
    done = promise;
    handshaker
        .handshake(channel)
        .addListener(
            sent -> {
              if (!sent.isSuccess()) {
                var _ = promise.tryFailure(sent.cause());
              }
            });
    return promise;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
    if (!response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      fail(new IOException("the server made no WebSocket of it: " + shown(response)));
      return;
    }
    try {
      handshaker.finishHandshake(ctx.channel(), response);
    } catch (WebSocketHandshakeException e) {
      fail(e);
      return;
    }
    ctx.pipeline()
        .addLast(new WebSocketFrameAggregator(maxFrameBytes))
        .addLast(new WebSocketMessages());
    ctx.pipeline().remove(this);
    if (done != null) {
      var _ = done.trySuccess(ctx.channel());
    }
  }

  private static String shown(FullHttpResponse response) {
    String text = response.content().toString(UTF_8).strip();
    String cut = text.length() > SHOWN_CHARS ? text.substring(0, SHOWN_CHARS) + "…" : text;
    return "HTTP " + response.status() + (cut.isEmpty() ? "" : ": " + cut);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(new IOException("the server closed the connection"));
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(cause);
  }

  private void fail(Throwable cause) {
    if (done != null) {
      var _ = done.tryFailure(cause);
    }
  }
}
