package dev.mooring.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A thread of the load generator's, and its connections to one server. With epoll where there is
 * epoll: what is scheduled there is late by microseconds, and with NIO by up to a millisecond.
 */
final class LoadLoop implements AutoCloseable {
  private final EventLoopGroup group;
  private final Bootstrap bootstrap;

  LoadLoop(int port) {
    boolean epoll = Epoll.isAvailable();
    group =
        new MultiThreadIoEventLoopGroup(
            1, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    bootstrap =
        new Bootstrap()
            .group(group)
            .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  /** Everything that its connections are told is told by this thread. */
  EventLoop thread() {
    return group.next();
  }

  /** Connects; any thread. */
  ChannelFuture connect(ChannelHandler... handlers) {
    return bootstrap
        .clone()
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(handlers);
              }
            })
        .connect();
  }

  /** Closes its connections too. */
  @Override
  public void close() {
    group.shutdownGracefully().syncUninterruptibly();
  }
}
