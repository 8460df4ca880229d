package dev.mooring.loadtest;

import dev.mooring.client.ClientTls;
import dev.mooring.client.Wire;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The event loops, and how connections are made on them. Any thread. */
final class Network implements AutoCloseable {
  /** The longest message that is taken from a server. */
  private static final int MAX_FRAME_BYTES = 128 << 20;

  /** Enough for any batch; a connection that holds more waits until the server has read some. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(256 << 10, 512 << 10);

  /** Netty's default makes an object for each slice that is taken of a buffer; this reuses them. */
  private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

  private final MultiThreadIoEventLoopGroup group;
  private final Class<? extends SocketChannel> channelType;
  private final int connectTimeoutMillis;
  private final Wire wire;
  private final Target.@Nullable Tls tls;
  private final @Nullable SslContext context;

  Network(LoadPlan plan) {
    tls = plan.target().tls();
    wire = plan.target().wire();
    context = tls == null ? null : context(tls);
    connectTimeoutMillis = (int) Math.min(Integer.MAX_VALUE, plan.schedule().connect().toMillis());
    boolean epoll = Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    channelType = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    group =
        new MultiThreadIoEventLoopGroup(
            plan.eventLoops(), new DefaultThreadFactory("mooring-loadtest", true), io);
  }

  /** Each of the loops once, in turn. */
  EventLoop nextLoop() {
    return group.next();
  }

  /** Connects; whoever asked adds what handles the bytes when that is done. */
  ChannelFuture connect(EventLoop loop, SocketAddress server, @Nullable SocketAddress source) {
    var bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(channelType)
            .option(ChannelOption.ALLOCATOR, ALLOCATOR)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectTimeoutMillis)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .handler(NOTHING);
    return source == null ? bootstrap.connect(server) : bootstrap.connect(server, source);
  }

  /** A bootstrap wants a handler; the link adds its own when it is connected. */
  private static final ChannelHandler NOTHING = new Nothing();

  @ChannelHandler.Sharable
  private static final class Nothing extends ChannelInboundHandlerAdapter {}

  /** Adds what makes its bytes messages, behind TLS if the plan has it. */
  void addWire(Channel channel, SocketAddress server) {
    addTls(channel, server);
    wire.addTo(channel.pipeline(), peer(server));
  }

  private Wire.Peer peer(SocketAddress server) {
    return Wire.Peer.at(server, context != null, MAX_FRAME_BYTES);
  }

  /** Does what comes before the first message; answers the channel over which messages go. */
  Future<Channel> greet(Channel channel, SocketAddress server) {
    return wire.greet(channel, peer(server));
  }

  private void addTls(Channel channel, SocketAddress server) {
    if (context != null && tls != null && server instanceof InetSocketAddress internet) {
      String named = tls.options().serverName();
      SslHandler handler =
          context.newHandler(
              channel.alloc(),
              named == null ? internet.getHostString() : named,
              internet.getPort());
      wire.offer(handler.engine());
      handler.setHandshakeTimeoutMillis(connectTimeoutMillis);
      channel.pipeline().addFirst(handler);
    }
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }

  private static SslContext context(Target.Tls tls) {
    try {
      SslContextBuilder builder = ClientTls.contextBuilder(tls.options());
      if (tls.insecure()) {
        builder
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null);
      }
      return builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new LoadFailure(LoadFailure.Kind.USAGE, String.valueOf(e.getMessage()), e);
    }
  }
}
