package dev.mooring.conformance;

import dev.mooring.client.Wire;
import dev.mooring.error.ErrorText;
import dev.mooring.proto.frame.VarintPrefix;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.PromiseNotifier;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * A wire that carries whole messages. What is sent in pieces goes when it is one, and what can be
 * none isn't sent.
 */
final class MessageLine implements Line {
  /** All lines'. Ends with the process. */
  private static final EventLoopGroup GROUP =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("mooring-conformance", true), NioIoHandler.newFactory());

  /** What came; or why nothing comes any more. */
  private sealed interface Heard {
    @SuppressWarnings("ArrayRecordComponent") // Its reader's.
    record Message(byte[] body) implements Heard {}

    record End(@Nullable Throwable why) implements Heard {}
  }

  private final Target target;
  private final Channel channel;
  private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();

  /** The beginning of a message that isn't whole. */
  private byte[] unsent = {};

  MessageLine(Target target) throws IOException {
    this.target = target;
    var address = new InetSocketAddress(target.host(), target.port());
    Wire wire = target.wire();
    Wire.Peer peer = Wire.Peer.at(address, target.tls() != null, MAX_MESSAGE_BYTES);
    var bootstrap =
        new Bootstrap()
            .group(GROUP)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel made) {
                    SSLContext tls = target.tls();
                    if (tls != null) {
                      made.pipeline().addLast(security(tls));
                    }
                    wire.addTo(made.pipeline(), peer);
                  }
                });
    Channel connected = await(bootstrap.connect(address)).channel();
    channel = await(greeted(wire, peer, connected)).getNow();
    channel.eventLoop().execute(() -> channel.pipeline().addLast(new Hearing()));
  }

  private Future<Channel> greeted(Wire wire, Wire.Peer peer, Channel connected) {
    var greeted = connected.eventLoop().<Channel>newPromise();
    connected
        .eventLoop()
        .execute(() -> PromiseNotifier.cascade(wire.greet(connected, peer), greeted));
    return greeted;
  }

  private SslHandler security(SSLContext tls) {
    SSLEngine engine = tls.createSSLEngine(target.serverName(), target.port());
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    target.wire().offer(engine);
    return new SslHandler(engine);
  }

  private <F extends Future<?>> F await(F future) throws IOException {
    if (!future.awaitUninterruptibly(target.patience().toMillis())) {
      throw new SocketTimeoutException("nothing came");
    }
    if (future.cause() != null) {
      throw new IOException(ErrorText.of(future.cause()), future.cause());
    }
    return future;
  }

  /** Puts what comes where the blocking side takes it. */
  private final class Hearing extends SimpleChannelInboundHandler<ByteBuf> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf body) {
      heard.add(new Heard.Message(ByteBufUtil.getBytes(body)));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      if (!ctx.channel().isActive()) {
        heard.add(new Heard.End(null));
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      heard.add(new Heard.End(null));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      heard.add(new Heard.End(cause));
    }
  }

  @Override
  public void send(byte[] bytes, int from, int to) throws IOException {
    byte[] all = Arrays.copyOf(unsent, unsent.length + to - from);
    System.arraycopy(bytes, from, all, unsent.length, to - from);
    int whole = wholeMessages(all);
    unsent = Arrays.copyOfRange(all, whole, all.length);
    if (whole > 0) {
      await(channel.writeAndFlush(Unpooled.wrappedBuffer(all, 0, whole)));
    }
  }

  private static int wholeMessages(byte[] bytes) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    int whole = 0;
    while (in.isReadable()) {
      long length = VarintPrefix.INSTANCE.peek(in);
      long next = length < 0 ? Long.MAX_VALUE : (length >>> Integer.SIZE) + (int) length;
      if (next > in.readableBytes()) {
        break;
      }
      in.skipBytes((int) next);
      whole = in.readerIndex();
    }
    return whole;
  }

  @Override
  public boolean canEndOutput() {
    return true;
  }

  @Override
  public void endOutput() throws IOException {
    await(target.wire().endOutput(channel));
  }

  @Override
  public byte @Nullable [] readMessage() throws IOException {
    try {
      Heard next = heard.poll(target.patience().toMillis(), TimeUnit.MILLISECONDS);
      return switch (next) {
        case null -> throw new SocketTimeoutException("nothing came");
        case Heard.Message(byte[] body) -> body;
        case Heard.End(Throwable why) when why != null -> throw new IOException(why);
        case Heard.End end -> null;
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() {
    channel.close();
  }
}
