package dev.mooring.client;

import dev.mooring.error.ErrorText;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes a session's connections: resolves the address anew for each, on a virtual thread since a
 * name server may take its time, and tries what comes of it in turn, on the event loop.
 */
final class Dialer {
  private final Loop loop;
  private final SocketAddress address;
  private final Wire wire;
  private final Wire.Peer peer;
  private final Supplier<Bootstrap> bootstraps;

  /**
   * @param wire what messages go over
   * @param peer what it is told of the server
   * @param bootstraps one for each attempt, complete but for the address
   */
  Dialer(
      Loop loop, SocketAddress address, Wire wire, Wire.Peer peer, Supplier<Bootstrap> bootstraps) {
    this.loop = loop;
    this.address = address;
    this.wire = wire;
    this.peer = peer;
    this.bootstraps = bootstraps;
  }

  /** Connects it, or tells it why not. Any thread; returns at once. */
  void dial(Connection connection) {
    if (address instanceof InetSocketAddress internet && internet.isUnresolved()) {
      Thread.ofVirtual().name("mooring-client-resolve").start(() -> resolve(internet, connection));
    } else {
      loop.execute(() -> new Attempts(connection, List.of(address)).next(null));
    }
  }

  private void resolve(InetSocketAddress unresolved, Connection connection) {
    String host = unresolved.getHostString();
    try {
      var addresses = new ArrayList<SocketAddress>();
      for (InetAddress resolved : InetAddress.getAllByName(host)) {
        addresses.add(new InetSocketAddress(resolved, unresolved.getPort()));
      }
      loop.execute(() -> new Attempts(connection, addresses).next(null));
    } catch (UnknownHostException e) {
      var problem =
          MooringException.local(
              ErrorCode.CONNECT_FAILED, "no host has the name '%s'".formatted(host), false, e);
      loop.execute(() -> connection.notConnected(problem));
    }
  }

  /** One address after the other, for one connection; on the event loop. */
  private final class Attempts {
    private final Connection connection;
    private final Iterator<SocketAddress> addresses;

    Attempts(Connection connection, List<SocketAddress> addresses) {
      this.connection = connection;
      this.addresses = addresses.iterator();
    }

    /** After a failure, or none. */
    void next(@Nullable Throwable failure) {
      if (!connection.isConnecting()) {
        return;
      }
      if (!addresses.hasNext()) {
        connection.notConnected(failed(failure));
        return;
      }
      ChannelFuture attempt = bootstraps.get().connect(addresses.next());
      Channel channel = attempt.channel();
      connection.connecting(channel);
      attempt.addListener(
          (ChannelFuture done) -> {
            if (done.isSuccess()) {
              secure(channel);
            } else {
              next(done.cause());
            }
          });
    }

    /** Under TLS a connection is of use only after the handshake. */
    private void secure(Channel channel) {
      SslHandler tls = channel.pipeline().get(SslHandler.class);
      if (tls == null) {
        greet(channel);
        return;
      }
      var nobody = new NobodyThereYet();
      channel.pipeline().addLast(nobody);
      tls.handshakeFuture()
          .addListener(
              done -> {
                if (done.isSuccess()) {
                  channel.pipeline().remove(nobody);
                  greet(channel);
                } else {
                  connection.notConnected(noHandshake(done.cause()));
                }
              });
    }

    /** And with some wires, only when the server has agreed to speak it. */
    private void greet(Channel channel) {
      wire.greet(channel, peer)
          .addListener(
              (Future<Channel> done) -> {
                if (done.isSuccess()) {
                  connection.connected(done.getNow());
                } else {
                  connection.notConnected(failed(done.cause()));
                }
              });
    }
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
    String why =
        switch (cause) {
          case ClosedChannelException closed -> "the server closed the connection";
          case NotSslRecordException plain -> "what listens there doesn't speak TLS";
          default -> ErrorText.of(cause);
        };
    return new MooringException(
        ErrorCode.CONNECT_FAILED, "no TLS handshake: " + why, lost, false, null, 0, cause);
  }

  private static MooringException failed(@Nullable Throwable failure) {
    String why = failure == null ? "the host has no address" : ErrorText.of(failure);
    return new MooringException(
        ErrorCode.CONNECT_FAILED, "cannot connect: " + why, true, false, null, 0, failure);
  }
}
