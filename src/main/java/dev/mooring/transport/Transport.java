package dev.mooring.transport;

import dev.mooring.access.Authority;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.proto.CallReader;
import dev.mooring.proto.FrameDecoder;
import dev.mooring.session.CallRequest;
import dev.mooring.session.ModuleSource;
import dev.mooring.session.SessionCounts;
import dev.mooring.session.SessionLimits;
import dev.mooring.session.SessionLoop;
import dev.mooring.text.ErrorText;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.Errors;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens, and keeps the event loops with all that belongs to each.
 *
 * <p>Any thread but an event loop's.
 */
public final class Transport implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

  /**
   * How much the operating system takes for a client before it has sent the former. It would take
   * megabytes, and let us write again only when a third of them is gone: a client that reads slowly
   * would look like one that doesn't read.
   */
  private static final int KERNEL_UNSENT_BYTES = 128 * 1024;

  /**
   * How long the end of the server waits for event loops, once for sessions and once for threads.
   */
  private static final int STOP_SECONDS = 3;

  private static final Duration POLL = Duration.ofMillis(10);

  // Linux's numbers of what listening comes to that a person can do something about.
  private static final int LINUX_EACCES = 13;
  private static final int LINUX_EADDRINUSE = 98;
  private static final int LINUX_EADDRNOTAVAIL = 99;

  /** How long all event loops together may take to say how they do. */
  private static final long ANSWER_NANOS = 250_000_000;

  private volatile TransportConfig config;
  private final LoopThreads acceptThreads = new LoopThreads("mooring-accept");
  private final LoopThreads loopThreads = new LoopThreads("mooring-loop");
  private final EventLoopGroup acceptors;
  private final BalancedLoops loops;
  private final Doorkeeper doorkeeper;
  private final @Nullable ServerTls tls;
  private final IdentityHashMap<EventLoop, LoopContext> contexts = new IdentityHashMap<>();
  private final List<LoopProbe> probes = new ArrayList<>();
  private final Channel listener;

  private Transport(
      SocketAddress address,
      TransportConfig config,
      GuestRuntime runtime,
      ModuleSource modules,
      SessionLimits limits,
      Authority authority)
      throws IOException {
    this.config = config;
    TlsConfig tlsConfig = config.door().tls();
    tls = tlsConfig == null ? null : new ServerTls(tlsConfig, config.lingerMillis());
    Kind kind = Kind.of(address);
    acceptors = new MultiThreadIoEventLoopGroup(1, acceptThreads, kind.io());
    var io = new LoopIo.Factory(kind.io());
    loops = new BalancedLoops(config.eventLoops(), loopThreads, io);
    var totals = new Totals(config.limits());
    doorkeeper = new Doorkeeper(config.limits(), config.door().limits(), totals);
    for (LoopLoad load : loops.loads()) {
      var loop = new NettyLoop(load.loop(), io.of(load.loop())::runAfterIo, runtime::ticks);
      var sessions = new SessionLoop(loop, runtime, modules, limits, authority);
      Totals.Shares held = totals.newShares();
      var upkeep = new LoopUpkeep(sessions, held, load, doorkeeper);
      contexts.put(
          load.loop(),
          new LoopContext(
              sessions,
              new CallReader(),
              new CallRequest(),
              new SpareBuffer(ByteBufAllocator.DEFAULT),
              held,
              upkeep,
              doorkeeper));
      probes.add(new LoopProbe(probes.size(), sessions, upkeep, load));
      every(LoopUpkeep.PERIOD_MILLIS, load.loop(), upkeep);
      every(
          LoopHealth.PERIOD_MILLIS,
          acceptors.next(),
          new LoopHealth(sessions, load, config.sickAfterMillis()));
    }
    try {
      listener = listen(address, kind);
    } catch (IOException e) {
      endLoops();
      throw e;
    }
  }

  private static void every(int millis, EventLoop loop, Runnable task) {
    loop.scheduleWithFixedDelay(new Untiring(task), millis, millis, TimeUnit.MILLISECONDS);
  }

  /**
   * Starts to listen, for anybody.
   *
   * @throws IOException if the address can't be listened on
   */
  public static Transport start(
      SocketAddress address,
      TransportConfig config,
      GuestRuntime runtime,
      ModuleSource modules,
      SessionLimits limits)
      throws IOException {
    return start(address, config, runtime, modules, limits, Authority.OPEN_HOUSE);
  }

  /**
   * Starts to listen.
   *
   * @param authority knows who may open sessions
   * @throws IOException if the address can't be listened on, or TLS has not what it needs
   */
  public static Transport start(
      SocketAddress address,
      TransportConfig config,
      GuestRuntime runtime,
      ModuleSource modules,
      SessionLimits limits,
      Authority authority)
      throws IOException {
    return new Transport(address, config, runtime, modules, limits, authority);
  }

  private Channel listen(SocketAddress address, Kind kind) throws IOException {
    var bootstrap =
        new ServerBootstrap()
            .group(acceptors, loops)
            .channelFactory(() -> kind.newListener(address))
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(config.writeLowBytes(), config.writeHighBytes()))
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    buildPipeline(channel);
                  }
                });
    if (kind != Kind.LOCAL) {
      bootstrap
          .option(ChannelOption.SO_BACKLOG, config.backlog())
          .option(ChannelOption.SO_REUSEADDR, true)
          .childOption(ChannelOption.TCP_NODELAY, true)
          .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }
    if (kind == Kind.EPOLL) {
      bootstrap.childOption(EpollChannelOption.TCP_NOTSENT_LOWAT, (long) KERNEL_UNSENT_BYTES);
    }
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "can't listen on %s: %s".formatted(name(address), reason(bound.cause())), bound.cause());
    }
    return bound.channel();
  }

  private static String name(SocketAddress address) {
    return address instanceof InetSocketAddress internet
        ? NetUtil.toSocketAddressString(internet)
        : address.toString();
  }

  /** In words, where epoll has a number. */
  private static String reason(Throwable cause) {
    int number = cause instanceof Errors.NativeIoException error ? -error.expectedErr() : 0;
    return switch (number) {
      case LINUX_EACCES -> "permission denied; ports below 1024 are root's";
      case LINUX_EADDRINUSE -> "the address is in use: another process listens there";
      case LINUX_EADDRNOTAVAIL -> "this machine has no such address";
      default -> ErrorText.of(cause);
    };
  }

  /**
   * The one pipeline, from the socket inwards: a trusted proxy's word for whom it comes; the door,
   * before anything is spent on a stranger; then TLS, if it is spoken, and what makes a plain
   * connection of it; then bytes become frames, so that nothing behind ever sees part of one; then
   * frames become the session's business. On the way out stands nothing but TLS: the session's peer
   * writes whole frames.
   */
  private void buildPipeline(Channel channel) {
    TransportConfig config = this.config;
    LoopContext loop = contexts.get(channel.eventLoop());
    if (loop == null) {
      throw new IllegalStateException("a channel on a loop that is not ours");
    }
    // A stranger's first message can't have to be as long as a session's may be.
    var decoder = new FrameDecoder(Math.min(config.frameBytes(), loop.sessions().openBytes()));
    var visitor = new Visitor(doorkeeper);
    var peer = new ChannelPeer(channel, visitor, decoder, config, loop.held(), loop.spare());
    if (isProxy(channel.remoteAddress())) {
      ProxyHeader.addTo(
          channel.pipeline(),
          visitor,
          config.door().limits().handshakeMillis(),
          config.lingerMillis());
    }
    channel
        .pipeline()
        .addLast(
            "door",
            new Door(
                visitor,
                tls != null,
                config.door().limits().handshakeMillis(),
                config.lingerMillis()));
    if (tls != null) {
      SslHandler handler = tls.newHandler(channel);
      channel.pipeline().addLast("tls", handler);
      channel.pipeline().addLast("greeting", new TlsGreeting(visitor, handler));
    }
    channel.pipeline().addLast("frames", decoder);
    channel.pipeline().addLast("session", new SessionHandler(loop, peer, decoder, config));
  }

  private boolean isProxy(@Nullable SocketAddress remote) {
    if (remote instanceof InetSocketAddress internet && internet.getAddress() != null) {
      for (AddressRange proxies : config.door().proxies()) {
        if (proxies.contains(internet.getAddress())) {
          return true;
        }
      }
    }
    return false;
  }

  /** Where connections are accepted. */
  public SocketAddress address() {
    return listener.localAddress();
  }

  /** How many sessions there are. */
  public int sessionCount() {
    return sum(SessionLoop::sessionCount);
  }

  /** How many guest instances there are. */
  public int liveSpaces() {
    return sum(SessionLoop::liveSpaces);
  }

  /** What the sessions have come to since the start. */
  public SessionCounts counts() {
    var sum = new SessionCounts.Sum();
    contexts.forEach(
        (loop, context) -> loop.submit(() -> context.sessions().addTo(sum)).syncUninterruptibly());
    return sum.toCounts();
  }

  /** Who was turned away, and why, since the start. Any thread. */
  public DoorCounts doorCounts() {
    return doorkeeper.counts();
  }

  /**
   * Goes by another configuration from now on: connections that come later are kept by it, and
   * their sessions get these limits. What is made once per server (loops, listener, rates) stays.
   */
  public void reload(TransportConfig changed, SessionLimits limits) {
    config = changed;
    doorkeeper.limits(changed.limits());
    contexts.forEach((loop, context) -> loop.execute(() -> context.sessions().limits(limits)));
  }

  /**
   * Reads what may change while the server runs: the certificate and its key. What can't be used
   * changes nothing, and the log says why. Any thread but an event loop's.
   */
  public void reloadCertificates() {
    if (tls != null) {
      tls.reload();
    }
  }

  /** What is held for all clients now. Looks at each connection. */
  public HeldBytes held() {
    HeldBytes sum = HeldBytes.NONE;
    for (var entry : contexts.entrySet()) {
      LoopUpkeep upkeep = entry.getValue().upkeep();
      sum = sum.plus(entry.getKey().submit(upkeep::held).syncUninterruptibly().getNow());
    }
    return sum;
  }

  /**
   * What each event loop says of itself. One that is held up doesn't hold up the caller for more
   * than a moment: then it is what it last said. Looks at each connection.
   */
  public List<LoopStatus> loops() {
    List<Future<?>> answers = new ArrayList<>();
    probes.forEach(probe -> answers.add(probe.ask()));
    long end = System.nanoTime() + ANSWER_NANOS;
    for (Future<?> answer : answers) {
      answer.awaitUninterruptibly(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    }
    return probes.stream().map(LoopProbe::status).toList();
  }

  private int sum(ToIntFunction<SessionLoop> count) {
    int sum = 0;
    for (var context : contexts.entrySet()) {
      SessionLoop sessions = context.getValue().sessions();
      sum +=
          context.getKey().submit(() -> count.applyAsInt(sessions)).syncUninterruptibly().getNow();
    }
    return sum;
  }

  /**
   * Accepts no more, lets every session finish what it was asked, and ends the rest when the time
   * is over.
   *
   * @param message what clients are told
   * @return whether all were done in time
   */
  public boolean drain(String message, Duration deadline) throws InterruptedException {
    listener.close().awaitUninterruptibly();
    long end = System.nanoTime() + deadline.toNanos();
    contexts.forEach((loop, context) -> loop.execute(() -> context.sessions().drain(message)));
    boolean done = isDone(end);
    while (!done && System.nanoTime() < end) {
      Thread.sleep(POLL);
      done = isDone(end);
    }
    return done;
  }

  /** Whether no session is left; a loop that is held up and can't say so until then has some. */
  private boolean isDone(long endNanos) throws InterruptedException {
    for (var entry : contexts.entrySet()) {
      SessionLoop sessions = entry.getValue().sessions();
      Future<Integer> left = entry.getKey().submit(sessions::sessionCount);
      if (!left.await(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS) || left.getNow() > 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Ends every session now, and all threads. A loop that is held up, by a call that can't be
   * stopped, is waited for no longer than {@link #STOP_SECONDS}: it is left as it is.
   */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    endLoops();
  }

  private void endLoops() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
    var stopping = new ArrayList<Future<?>>();
    contexts.forEach(
        (loop, context) ->
            stopping.add(
                loop.submit(
                    () -> {
                      context.sessions().stop();
                      context.sessions().close();
                      context.spare().close();
                    })));
    stopping.forEach(stopped -> awaitUntil(end, stopped));
    shutDownLoops();
  }

  private void shutDownLoops() {
    acceptThreads.letEnd();
    loopThreads.letEnd();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
    var accepting = acceptors.shutdownGracefully(0, config.lingerMillis(), TimeUnit.MILLISECONDS);
    var running = loops.shutdownGracefully(0, config.lingerMillis(), TimeUnit.MILLISECONDS);
    awaitUntil(end, accepting);
    awaitUntil(end, running);
    if (tls != null) {
      tls.close();
    }
  }

  private static void awaitUntil(long endNanos, Future<?> future) {
    long leftNanos = Math.max(0, endNanos - System.nanoTime());
    if (!future.awaitUninterruptibly(leftNanos, TimeUnit.NANOSECONDS)) {
      LOG.error("an event loop is held up and doesn't end; it is left as it is");
    }
  }

  /** What carries the bytes: the fastest that the platform and the address allow. */
  private enum Kind {
    EPOLL,
    NIO,
    LOCAL;

    static Kind of(SocketAddress address) {
      if (address instanceof LocalAddress) {
        return LOCAL;
      }
      return Epoll.isAvailable() ? EPOLL : NIO;
    }

    /** Of the address's own family: a socket for both would also listen where nobody asked for. */
    ServerChannel newListener(SocketAddress address) {
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
}
