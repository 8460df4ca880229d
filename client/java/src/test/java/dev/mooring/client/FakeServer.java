package dev.mooring.client;

import dev.mooring.proto.frame.FrameDecoder;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A server that a test plays by hand: it accepts connections, and each {@link Peer} says what the
 * test tells it to. It knows the wire and nothing else, so that it can also lie.
 */
final class FakeServer implements AutoCloseable {
  private final EventLoopGroup group;
  private final ChannelFactory<? extends Channel> clientChannels;
  private final Channel listener;
  private final BlockingQueue<Peer> accepted = new LinkedBlockingQueue<>();

  private FakeServer(
      IoHandlerFactory io,
      ChannelFactory<? extends ServerChannel> serverChannels,
      ChannelFactory<? extends Channel> clientChannels,
      SocketAddress address,
      Consumer<Peer> script) {
    this.group = new MultiThreadIoEventLoopGroup(2, io);
    this.clientChannels = clientChannels;
    this.listener =
        new ServerBootstrap()
            .group(group)
            .channelFactory(serverChannels)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    var peer = new Peer(channel, script);
                    channel.pipeline().addLast(new FrameDecoder(64 << 20), peer);
                    accepted.add(peer);
                  }
                })
            .bind(address)
            .syncUninterruptibly()
            .channel();
  }

  /** In this process, over Netty's local transport. */
  static FakeServer local() {
    return local(_ -> {});
  }

  /**
   * As {@link #local()}.
   *
   * @param script is run for each connection before it receives anything, on its event loop
   */
  static FakeServer local(Consumer<Peer> script) {
    return new FakeServer(
        LocalIoHandler.newFactory(),
        LocalServerChannel::new,
        LocalChannel::new,
        new LocalAddress(FakeServer.class),
        script);
  }

  /** Over loopback. */
  static FakeServer tcp(Consumer<Peer> script) {
    return new FakeServer(
        NioIoHandler.newFactory(),
        NioServerSocketChannel::new,
        NioSocketChannel::new,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        script);
  }

  /** A client that reaches this server, on the server's own event loops. */
  MooringClient.Builder client() {
    return MooringClient.builder().transport(group, clientChannels);
  }

  SocketAddress address() {
    return listener.localAddress();
  }

  /** {@code HOST:PORT}, of a server over loopback. */
  String hostAndPort() {
    var address = (InetSocketAddress) address();
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  /** The next connection, in the order in which they were made. */
  Peer accept() throws InterruptedException {
    Peer peer = accepted.poll(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (peer == null) {
      throw new AssertionError("nobody connected");
    }
    return peer;
  }

  /** Accepts no more; the connections stay. */
  void stopListening() {
    listener.close().syncUninterruptibly();
  }

  @Override
  public void close() {
    stopListening();
    for (Peer peer : accepted) {
      peer.cut();
    }
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
