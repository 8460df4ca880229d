package dev.mooring.transport.wire.grpc;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** A client's connection, by Netty's codec. */
final class Http2Client implements AutoCloseable {
  private static final EventLoopGroup CLIENTS =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory(Http2Client.class, true), NioIoHandler.newFactory());

  private static final int WINDOW_BYTES = 1 << 28;

  private final Channel channel;
  private final List<Http2StreamChannel> streams = new ArrayList<>();
  private volatile @Nullable Long goneAwayWith;

  /**
   * Connects.
   *
   * @param windowBytes how much may come on a stream that isn't read; 0: as much as is usual
   * @param tls null for a plain connection
   */
  Http2Client(SocketAddress server, int windowBytes, @Nullable SSLContext tls) {
    var settings = Http2Settings.defaultSettings().maxConcurrentStreams(0).pushEnabled(false);
    if (windowBytes > 0) {
      settings.initialWindowSize(windowBytes);
    }
    channel =
        new Bootstrap()
            .group(CLIENTS)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (tls != null) {
                      channel.pipeline().addLast(new SslHandler(engine(tls, channel)));
                    }
                    channel
                        .pipeline()
                        .addLast(
                            Http2FrameCodecBuilder.forClient()
                                .initialSettings(settings)
                                .decoupleCloseAndGoAway(true)
                                .build())
                        .addLast(new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()))
                        .addLast(new Last());
                  }
                })
            .connect(server)
            .syncUninterruptibly()
            .channel();
    if (tls != null) {
      channel.pipeline().get(SslHandler.class).handshakeFuture().syncUninterruptibly();
    }
    // Streams that aren't read are to hold up no others.
    channel.writeAndFlush(new DefaultHttp2WindowUpdateFrame(WINDOW_BYTES));
  }

  private static SSLEngine engine(SSLContext tls, Channel channel) {
    var alpn =
        new ApplicationProtocolConfig(
            ApplicationProtocolConfig.Protocol.ALPN,
            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
            "h2");
    return new JdkSslContext(
            tls, true, null, IdentityCipherSuiteFilter.INSTANCE, alpn, ClientAuth.NONE, null, false)
        .newEngine(channel.alloc());
  }

  private final class Last extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
      if (frame instanceof Http2GoAwayFrame away) {
        goneAwayWith = away.errorCode();
      }
      ReferenceCountUtil.release(frame);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  /** A stream that nothing was said on. */
  Http2StreamChannel newStream(StreamBytes bytes) {
    Http2StreamChannel stream =
        new Http2StreamChannelBootstrap(channel)
            .option(ChannelOption.AUTO_READ, false)
            // Who writes on a stream that has ended may still read what was said on it.
            .option(ChannelOption.AUTO_CLOSE, false)
            .handler(bytes.receiver())
            .open()
            .syncUninterruptibly()
            .getNow();
    streams.add(stream);
    return stream;
  }

  /** HTTP/2's number of why the server goes away; null while it doesn't. */
  @Nullable Long goneAwayWith() {
    return goneAwayWith;
  }

  /** Ends the connection; what wasn't read of its streams goes, too. */
  @Override
  public void close() {
    channel.close().syncUninterruptibly();
    streams.forEach(stream -> stream.close().syncUninterruptibly());
  }

  /** Ends the connection as a process that is killed might. */
  void reset() {
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    close();
  }
}
