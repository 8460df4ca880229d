package dev.mooring.transport.loop;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.spi.SelectorProvider;

/** What carries the bytes of a server: the fastest that the platform and the address allow. */
public enum Carrier {
  EPOLL,
  NIO,
  /**
   * Within the process. What is written is the reader's at once, read or not: nobody is held back,
   * and nothing is held here for a client that doesn't read. Both sides end together.
   */
  LOCAL;

  public static Carrier of(SocketAddress address) {
    if (address instanceof LocalAddress) {
      return LOCAL;
    }
    return Epoll.isAvailable() ? EPOLL : NIO;
  }

  /** Of the address's own family: a socket for both would also listen where nobody asked for. */
  public ServerChannel newListener(SocketAddress address) {
    boolean isVersion4 =
        address instanceof InetSocketAddress internet
            && internet.getAddress() instanceof Inet4Address;
    return switch (this) {
      case EPOLL ->
          isVersion4
              ? new EpollServerSocketChannel(SocketProtocolFamily.INET)
              : new EpollServerSocketChannel();
      case NIO ->
          isVersion4
              ? new NioServerSocketChannel(SelectorProvider.provider(), SocketProtocolFamily.INET)
              : new NioServerSocketChannel();
      case LOCAL -> new LocalServerChannel();
    };
  }

  IoHandlerFactory io() {
    return switch (this) {
      case EPOLL -> EpollIo.newFactory();
      case NIO -> NioIoHandler.newFactory();
      case LOCAL -> LocalIoHandler.newFactory();
    };
  }
}
