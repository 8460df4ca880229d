package dev.mooring.bench;

import dev.mooring.client.Wire;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/**
 * A thread of the load generator's, and its connections to one server. With epoll where there is
 * epoll: what is scheduled there is late by microseconds, and with NIO by up to a millisecond.
 */
final class LoadLoop implements AutoCloseable {
  private static final int MAX_FRAME_BYTES = 4 << 20;

  private final Wire wire;
  private final Wire.Peer peer;
  private final EventLoopGroup group;
  private final Bootstrap bootstrap;

  /** Speaks Mooring's own protocol with a server of this machine. */
  LoadLoop(int port) {
    this(port, Door.TCP);
  }

  /**
   * @param door at which it speaks with a server of this machine
   */
  LoadLoop(int port, Door door) {
    wire = door.wire();
    var server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    peer = Wire.Peer.at(server, false, MAX_FRAME_BYTES);
    boolean epoll = Epoll.isAvailable();
    group =
        new MultiThreadIoEventLoopGroup(
            1, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    bootstrap =
        new Bootstrap()
            .group(group)
            .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .remoteAddress(server);
  }

  /** Everything that its connections are told is told by this thread. */
  EventLoop thread() {
    return group.next();
  }

  /** Connects; any thread. Answers what {@link #begin} takes. */
  ChannelFuture connect() {
    return connect(pipeline -> wire.addTo(pipeline, peer));
  }

  /** Connects, and leaves what is sent and read to a handler; any thread. */
  ChannelFuture connect(ChannelHandler handler) {
    return connect(pipeline -> pipeline.addLast(handler));
  }

  private ChannelFuture connect(Consumer<ChannelPipeline> init) {
    return bootstrap
        .clone()
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                init.accept(channel.pipeline());
              }
            })
        .connect();
  }

  /** Has messages read and written on a connection; answers the channel that they go over. */
  Future<Channel> begin(Channel connection) {
    return wire.greet(connection, peer);
  }

  /** Closes its connections too. */
  @Override
  public void close() {
    group.shutdownGracefully().syncUninterruptibly();
  }
}
