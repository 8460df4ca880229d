package dev.mooring.client;

import dev.mooring.text.ErrorText;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Connects one {@link Connection}: resolves the address, on a virtual thread since a name server
 * may take its time, and tries what comes of it in turn, on the event loop.
 */
final class Dialer {
  private final Connection connection;
  private final Supplier<Bootstrap> bootstraps;

  /**
   * @param bootstraps one for each attempt, complete but for the address
   */
  Dialer(Connection connection, Supplier<Bootstrap> bootstraps) {
    this.connection = connection;
    this.bootstraps = bootstraps;
  }

  /** Any thread; returns at once. */
  void dial(SocketAddress address) {
    if (address instanceof InetSocketAddress internet && internet.isUnresolved()) {
      Thread.ofVirtual().name("mooring-client-resolve").start(() -> resolve(internet));
    } else {
      connection.loop().execute(() -> tryNext(List.of(address), 0, null));
    }
  }

  private void resolve(InetSocketAddress address) {
    String host = address.getHostString();
    try {
      var addresses = new ArrayList<SocketAddress>();
      for (InetAddress resolved : InetAddress.getAllByName(host)) {
        addresses.add(new InetSocketAddress(resolved, address.getPort()));
      }
      connection.loop().execute(() -> tryNext(addresses, 0, null));
    } catch (UnknownHostException e) {
      connection.abort(
          MooringException.local(
              ErrorCode.CONNECT_FAILED, "no host has the name '%s'".formatted(host), false, e));
    }
  }

  private void tryNext(List<SocketAddress> addresses, int index, @Nullable Throwable failure) {
    if (!connection.isConnecting()) {
      return;
    }
    if (index == addresses.size()) {
      connection.abort(failed(failure));
      return;
    }
    ChannelFuture attempt = bootstraps.get().connect(addresses.get(index));
    Channel channel = attempt.channel();
    connection.connecting(channel);
    attempt.addListener(
        (ChannelFuture done) -> {
          if (done.isSuccess()) {
            greet(channel);
          } else {
            tryNext(addresses, index + 1, done.cause());
          }
        });
  }

  /** Under TLS a connection is of use only after the handshake. */
  private void greet(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) {
      connection.connected(channel);
      return;
    }
    var nobody = new NobodyThereYet();
    channel.pipeline().addLast(nobody);
    tls.handshakeFuture()
        .addListener(
            done -> {
              if (done.isSuccess()) {
                channel.pipeline().remove(nobody);
                connection.connected(channel);
              } else {
                connection.abort(noHandshake(done.cause()));
              }
            });
  }

  /**
   * What fails in a handshake is told by its future; this keeps it from being told twice. The
   * future comes first, so where the handshake failed it stays until the channel is gone.
   */
  private static final class NobodyThereYet extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {}
  }

  private static MooringException noHandshake(Throwable cause) {
    boolean lost = cause instanceof ClosedChannelException;
    String why = lost ? "the server closed the connection" : ErrorText.of(cause);
    return new MooringException(
        ErrorCode.CONNECT_FAILED, "no TLS handshake: " + why, lost, false, null, 0, cause);
  }

  private static MooringException failed(@Nullable Throwable failure) {
    String why = failure == null ? "the host has no address" : ErrorText.of(failure);
    return new MooringException(
        ErrorCode.CONNECT_FAILED, "cannot connect: " + why, true, false, null, 0, failure);
  }
}
