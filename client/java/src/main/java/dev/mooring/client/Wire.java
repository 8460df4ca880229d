package dev.mooring.client;

import dev.mooring.proto.frame.FrameDecoder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * What carries messages to a server and back: for programs that speak the protocol over channels of
 * their own, as the load test does. Any thread; what it adds is one channel's.
 */
public enum Wire {
  /** Mooring's own: each message behind its length. */
  MOORING("mooring/1") {
    @Override
    public void addTo(ChannelPipeline pipeline, Peer peer) {
      pipeline.addLast(new FrameDecoder(peer.maxFrameBytes()));
    }

    @Override
    public Future<Channel> greet(Channel channel, Peer peer) {
      return channel.eventLoop().newSucceededFuture(channel);
    }

    @Override
    public Future<Void> endOutput(Channel channel) {
      return ((DuplexChannel) channel).shutdownOutput();
    }
  },

  /** WebSocket: each message is one of its own. */
  WEBSOCKET("http/1.1") {
    @Override
    public void addTo(ChannelPipeline pipeline, Peer peer) {
      WebSocketUpgrade.addTo(pipeline, peer);
    }

    @Override
    public Future<Channel> greet(Channel channel, Peer peer) {
      return channel.pipeline().get(WebSocketUpgrade.class).begin(channel);
    }

    @Override
    public Future<Void> endOutput(Channel channel) {
      return channel.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
    }
  },

  /** gRPC: a stream of messages each way. */
  GRPC("h2") {
    @Override
    public void addTo(ChannelPipeline pipeline, Peer peer) {
      GrpcMessages.addTo(pipeline);
    }

    @Override
    public Future<Channel> greet(Channel channel, Peer peer) {
      return GrpcMessages.begin(channel, peer);
    }

    @Override
    public Future<Void> endOutput(Channel channel) {
      return channel.writeAndFlush(new DefaultHttp2DataFrame(true));
    }
  };

  /**
   * What is known of the server.
   *
   * @param host and port, as HTTP names servers
   * @param isSecure whether TLS is before the wire
   * @param maxFrameBytes how long a message of its may be
   */
  public record Peer(String host, boolean isSecure, int maxFrameBytes) {
    /** Of an address. */
    public static Peer at(SocketAddress address, boolean isSecure, int maxFrameBytes) {
      return new Peer(httpHost(address), isSecure, maxFrameBytes);
    }
  }

  private final String alpn;

  Wire(String alpn) {
    this.alpn = alpn;
  }

  /** Offers it to a server where TLS negotiates protocols; before the handshake. */
  public void offer(SSLEngine engine) {
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {alpn});
    engine.setSSLParameters(parameters);
  }

  /** What it is called there. */
  public String alpn() {
    return alpn;
  }

  /**
   * Adds to a channel that is to be connected what makes its bytes messages, and messages, each
   * behind its length as Mooring's own protocol has it, bytes.
   */
  public abstract void addTo(ChannelPipeline pipeline, Peer peer);

  /**
   * Does what comes before the first message, on a channel that is connected, TLS included. On its
   * event loop.
   *
   * @return the channel over which messages go
   */
  public abstract Future<Channel> greet(Channel channel, Peer peer);

  /** Says that nothing more will be written, on the channel over which messages go. */
  public abstract Future<Void> endOutput(Channel channel);

  /** How HTTP names the server of an address. */
  private static String httpHost(SocketAddress address) {
    if (!(address instanceof InetSocketAddress internet)) {
      return "localhost";
    }
    return NetUtil.toSocketAddressString(internet.getHostString(), internet.getPort());
  }
}
