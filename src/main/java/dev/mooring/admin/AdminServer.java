package dev.mooring.admin;

import dev.mooring.observe.CallLatency;
import dev.mooring.rate.Rate;
import dev.mooring.rate.RateLimiter;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on the admin side's address, and answers there.
 *
 * <p>Any thread but an event loop's.
 */
public final class AdminServer implements AutoCloseable {
  /** A request may be so long, beside its head. */
  static final int MOST_BODY_BYTES = 64 << 10;

  static final int MOST_LINE_BYTES = 4 << 10;
  static final int MOST_HEADER_BYTES = 16 << 10;
  private static final int MOST_CHUNK_BYTES = 8 << 10;

  /** So many requests are worked on at a time, and so many more may wait for that. */
  private static final int WORKERS = 3;

  static final int MOST_WAITING = 128;

  /** When connections come too fast, none is taken for so long. */
  private static final int PAUSE_MILLIS = 100;

  private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);

  private final RequestGuard guard;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final LogLevels levels = new LogLevels();
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final EventLoopGroup loop;
  private final ThreadPoolExecutor workers;
  private final ChannelGroup connections;
  private final RateLimiter limiter;
  private final Channel listener;

  private AdminServer(
      AdminConfig config, InetSocketAddress listen, AdminTarget target, MeterBinder metrics)
      throws IOException {
    guard = new RequestGuard(config.hosts(), config.tokens());
    var latency = new CallLatency(registry);
    bindProcess();
    metrics.bindTo(registry);
    var api = new AdminApi(target, registry, latency, levels);
    loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("mooring-admin", true), NioIoHandler.newFactory());
    workers =
        new ThreadPoolExecutor(
            WORKERS,
            WORKERS,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            new DefaultThreadFactory("mooring-admin-worker", true));
    connections = new DefaultChannelGroup(loop.next());
    limiter = new RateLimiter(Rate.perSecond(config.requestsPerSecond()), System.nanoTime());
    try {
      listener = listen(config, listen, api);
    } catch (IOException | RuntimeException | Error e) {
      end();
      throw e;
    }
    target.sessions().timings(latency);
  }

  private Channel listen(AdminConfig config, InetSocketAddress listen, AdminApi api)
      throws IOException {
    var bound =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    connections.add(channel);
                    pauseIfBusy(channel, config.connections());
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(
                                MOST_LINE_BYTES, MOST_HEADER_BYTES, MOST_CHUNK_BYTES),
                            new FlowControlHandler(),
                            new HttpObjectAggregator(MOST_BODY_BYTES, true),
                            new AdminHandler(api, guard, limiter, workers, config.requestMillis()));
                  }
                })
            .bind(listen)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "the admin side can't listen on "
              + listen.toString().replaceFirst("^.*/", "")
              + ": "
              + bound.cause().getMessage(),
          bound.cause());
    }
    return bound.channel();
  }

  /**
   * Lets no more in while there are as many as may be, or they come too fast: they wait in the
   * operating system's queue, at no cost.
   */
  private void pauseIfBusy(SocketChannel latest, int most) {
    ServerChannel at = latest.parent();
    if (connections.size() >= most) {
      at.config().setAutoRead(false);
      latest.closeFuture().addListener(closed -> at.config().setAutoRead(true));
    } else if (!limiter.tryTake(1, System.nanoTime())) {
      at.config().setAutoRead(false);
      latest
          .eventLoop()
          .schedule(() -> at.config().setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Starts to listen.
   *
   * @param metrics what the server counts
   * @return null if the configuration has no address
   * @throws IOException if the address can't be listened on, or the tokens can't be read
   */
  public static @Nullable AdminServer start(
      AdminConfig config, AdminTarget target, MeterBinder metrics) throws IOException {
    InetSocketAddress listen = config.listen();
    if (listen == null) {
      return null;
    }
    var server = new AdminServer(config, listen, target, metrics);
    LOG.atInfo().addKeyValue("address", server.address()).log("the admin side listens");
    return server;
  }

  private void bindProcess() {
    // Their names are against Prometheus' conventions, and others say the same.
    registry
        .config()
        .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
        .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  /** Where it listens: with the port that was chosen, if the configuration had 0. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Reads the tokens again; what can't be used changes nothing, and the log says why. */
  public void reloadTokens() {
    guard.reload();
  }

  /** Ends all connections, and all threads. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    connections.close().awaitUninterruptibly();
    end();
  }

  private void end() {
    workers.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    collections.close();
    levels.close();
    registry.close();
  }
}
