package dev.mooring.transport.listen;

import dev.mooring.transport.admission.AdmissionControl;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.config.AddressRange;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.Carrier;
import dev.mooring.transport.loop.EventLoops;
import dev.mooring.transport.loop.LoopContext;
import dev.mooring.transport.tls.ReloadableTls;
import dev.mooring.transport.tls.TlsHandshakeHandler;
import dev.mooring.transport.wire.StallDetector;
import dev.mooring.transport.wire.Wire;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Listens on one address, and builds the pipelines of the connections that come.
 *
 * <p>Any thread but an event loop's.
 */
public final class Listener implements AutoCloseable {
  private final Supplier<TransportConfig> config;
  private final AdmissionControl control;
  private final @Nullable ReloadableTls tls;
  private final List<Wire> wires;

  /** The wires of each event loop, in their order. */
  private final IdentityHashMap<EventLoop, List<Wire.OnLoop>> onLoops = new IdentityHashMap<>();

  private final Map<EventLoop, LoopContext> contexts;
  private final Channel channel;

  /**
   * Starts to listen.
   *
   * @param config what connections that come are kept by; asked for each
   * @param wires what may be spoken, not empty; what fits several is the first one's
   * @param tls null for plain connections
   * @throws IOException if the address can't be listened on
   */
  public Listener(
      SocketAddress address,
      Carrier carrier,
      EventLoops loops,
      Supplier<TransportConfig> config,
      AdmissionControl control,
      List<Wire> wires,
      @Nullable ReloadableTls tls)
      throws IOException {
    this.config = config;
    this.control = control;
    this.wires = List.copyOf(wires);
    this.tls = tls;
    this.contexts = loops.contexts();
    contexts.forEach((loop, context) -> onLoops.put(loop, on(context)));
    this.channel = listen(address, carrier, loops);
  }

  private List<Wire.OnLoop> on(LoopContext context) {
    var onLoop = new ArrayList<Wire.OnLoop>();
    wires.forEach(wire -> onLoop.add(wire.on(context)));
    return onLoop;
  }

  private Channel listen(SocketAddress address, Carrier carrier, EventLoops loops)
      throws IOException {
    TransportConfig first = config.get();
    var bootstrap =
        new ServerBootstrap()
            .group(loops.acceptors(), loops.group())
            .channelFactory(() -> carrier.newListener(address))
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(first.writeLowBytes(), first.writeHighBytes()))
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    buildPipeline(channel);
                  }
                });
    if (carrier != Carrier.LOCAL) {
      bootstrap
          .option(ChannelOption.SO_BACKLOG, first.backlog())
          .option(ChannelOption.SO_REUSEADDR, true)
          .childOption(ChannelOption.TCP_NODELAY, true)
          .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }
    if (carrier == Carrier.EPOLL) {
      bootstrap.childOption(
          EpollChannelOption.TCP_NOTSENT_LOWAT, (long) StallDetector.KERNEL_UNSENT_BYTES);
    }
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "can't listen on %s: %s".formatted(name(address), LinuxErrors.inWords(bound.cause())),
          bound.cause());
    }
    // Behind what accepts, which stops for a second when it can't.
    bound.channel().pipeline().addLast("accept-trouble", new AcceptFailureHandler());
    return bound.channel();
  }

  private static String name(SocketAddress address) {
    return address instanceof InetSocketAddress internet
        ? NetUtil.toSocketAddressString(internet)
        : address.toString();
  }

  /**
   * The one pipeline, from the socket inwards: a trusted proxy's word for whom it comes; admission,
   * before anything is spent on a stranger; then TLS, if it is spoken, and what makes a plain
   * connection of it; then the first bytes, by which the wire is picked if there are several, and
   * whoever speaks something else is told so; then the wire's own. On the way out stands nothing
   * but TLS and what the wire has there.
   */
  private void buildPipeline(Channel channel) {
    TransportConfig now = config.get();
    int handshakeMillis = now.listener().limits().handshakeMillis();
    var admission = new ConnectionAdmission(control);
    if (isProxy(now, channel.remoteAddress())) {
      ProxyHeaderHandler.addTo(
          channel.pipeline(), admission, wires.getFirst(), handshakeMillis, now.lingerMillis());
    }
    channel
        .pipeline()
        .addLast(
            "admission",
            new AdmissionHandler(
                admission, wires, tls != null, handshakeMillis, now.lingerMillis()));
    SslHandler handler = tls == null ? null : tls.newHandler(channel);
    if (handler != null) {
      channel.pipeline().addLast("tls", handler);
      channel.pipeline().addLast("greeting", new TlsHandshakeHandler(admission, handler));
    }
    List<Wire.OnLoop> mine = onLoops.getOrDefault(channel.eventLoop(), List.of());
    channel
        .pipeline()
        .addLast(
            "first",
            new WireSelector(wires, mine, admission, handler, now, silenceMillis(channel, now)));
  }

  /** Nobody gains time by not saying what they speak. */
  private int silenceMillis(Channel channel, TransportConfig now) {
    int idleMillis = now.limits().idleMillis();
    int handshakeMillis = now.listener().limits().handshakeMillis();
    int millis = idleMillis == 0 ? handshakeMillis : Math.min(handshakeMillis, idleMillis);
    LoopContext context = contexts.get(channel.eventLoop());
    return context == null ? millis : Math.min(millis, context.sessions().firstMessageMillis());
  }

  private static boolean isProxy(TransportConfig config, @Nullable SocketAddress remote) {
    if (remote instanceof InetSocketAddress internet && internet.getAddress() != null) {
      for (AddressRange proxies : config.listener().proxies()) {
        if (proxies.contains(internet.getAddress())) {
          return true;
        }
      }
    }
    return false;
  }

  /** Where connections are accepted. */
  public SocketAddress address() {
    return channel.localAddress();
  }

  /** Accepts no more. */
  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
  }
}
