package dev.mooring.server;

import static java.util.Objects.requireNonNull;

import dev.mooring.access.TenantUse;
import dev.mooring.access.Tenants;
import dev.mooring.admin.AdminServer;
import dev.mooring.admin.AdminTarget;
import dev.mooring.admin.Operator;
import dev.mooring.admin.StoreBackup;
import dev.mooring.capsule.CapsuleWriter;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.module.ModuleArchive;
import dev.mooring.module.ModuleDirectory;
import dev.mooring.module.ModulePolicy;
import dev.mooring.observe.ModuleProfiler;
import dev.mooring.observe.ServerFigures;
import dev.mooring.observe.ServerMetrics;
import dev.mooring.observe.StatusLog;
import dev.mooring.session.KeptSessions;
import dev.mooring.session.SessionCounts;
import dev.mooring.session.SessionInspector;
import dev.mooring.session.SessionLoop;
import dev.mooring.store.RocksStore;
import dev.mooring.store.SessionStore;
import dev.mooring.store.StoreConfig;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreWriter;
import dev.mooring.store.postgres.PostgresStore;
import dev.mooring.trace.OtlpTracer;
import dev.mooring.trace.TracingConfig;
import dev.mooring.transport.Transport;
import dev.mooring.transport.admission.RejectCounts;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.EventLoops;
import dev.mooring.transport.loop.HeldBytes;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server.
 *
 * <p>Whoever asks how it does ({@link #sessionCount}, {@link #counts}, {@link #held}, {@link
 * #liveSpaces}) waits no longer than a quarter of a second for event loops that are held up: those
 * count as they last were.
 *
 * <p>Any thread but an event loop's.
 */
public final class MooringServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MooringServer.class);

  /** How soon a tenant that has come has meters of its own. */
  private static final int TENANTS_SECONDS = 10;

  private volatile ServerConfig config;
  private final GuestRuntime runtime;
  private final ModuleDirectory modules;
  private final Tenants tenants;
  private final Descriptors descriptors;
  private final Transport transport;
  private final Supplier<ServerFigures> figures;
  private final MeterBinder metrics;
  private final Parts parts;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean draining;
  private volatile @Nullable AdminServer admin;

  private MooringServer(
      ServerConfig config,
      GuestRuntime runtime,
      ModuleDirectory modules,
      Tenants tenants,
      Descriptors descriptors,
      Transport transport,
      Supplier<ServerFigures> figures,
      MeterBinder metrics,
      Parts parts) {
    this.figures = figures;
    this.metrics = metrics;
    this.parts = parts;
    this.tenants = tenants;
    this.descriptors = descriptors;
    this.runtime = runtime;
    this.config = config;
    this.modules = modules;
    this.transport = transport;
  }

  /**
   * Starts a server; when this returns, it accepts connections.
   *
   * @throws IOException if the address can't be listened on, or {@linkplain ServerConfig#whyUnsafe
   *     shouldn't be}; or there is no module directory, or a file for TLS or tokens can't be used
   */
  public static MooringServer start(ServerConfig config) throws IOException {
    return start(config, Operator.NONE);
  }

  /**
   * Starts a server, as {@link #start(ServerConfig)}.
   *
   * @param operator whom its admin side asks to stop, and to read files again
   */
  public static MooringServer start(ServerConfig config, Operator operator) throws IOException {
    String unsafe = config.whyUnsafe();
    if (unsafe != null) {
      throw new IOException(unsafe);
    }
    var parts = new Parts();
    try {
      return start(config, operator, parts);
    } catch (IOException | RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  private static MooringServer start(ServerConfig config, Operator operator, Parts parts)
      throws IOException {
    var runtime = new GuestRuntime(config.guestMemoryBytes(), config.log().guests());
    parts.add(runtime::close);
    SessionStore store = store(config.store(), parts);
    StoreWriter writer = writer(store, parts);
    var modules =
        new ModuleDirectory(
            config.modules(),
            new ModulePolicy(config.module(), config.session()),
            config.policies(),
            runtime,
            config.compileThreads(),
            writer == null ? ModuleArchive.EMPTY : writer::module);
    parts.add(modules::close);
    var tlsFiles = new WatchedFiles(config.tlsFiles());
    var tokenFiles = new WatchedFiles(config.tokenFiles());
    var tenants = new Tenants(config.access(), config.asksForCertificates());
    var descriptors = Descriptors.ofThisProcess(config.transport().eventLoops());
    descriptors.check(config.transport().limits());
    var kept = new KeptSessions(config.kept(), writer);
    OtlpTracer tracer = tracer(config.tracing(), parts);
    CapsuleWriter capsules = CapsuleWriter.open(config.capsules());
    if (capsules != null) {
      parts.add(capsules::close);
    }
    var transport =
        Transport.start(
            config.listen(),
            bound(config.transport(), descriptors),
            runtime,
            modules,
            config.session(),
            tenants,
            kept);
    parts.add(transport::close);
    var sessions = new SessionInspector(transport.sessionLoops());
    if (capsules != null) {
      sessions.capsules(capsules);
    }
    if (tracer != null) {
      sessions.tracer(tracer);
    }
    Supplier<ServerFigures> figures =
        () -> ServerFigures.of(transport, runtime, modules, tenants, kept);
    var metrics = new ServerMetrics(figures, capsules);
    var housekeeping = new Housekeeping();
    parts.add(housekeeping::close);
    housekeeping.watch(tlsFiles, transport::reloadCertificates);
    housekeeping.watch(tokenFiles, tenants::reload);
    housekeeping.every(TENANTS_SECONDS, metrics::followTenants);
    if (config.log().statusSeconds() > 0) {
      housekeeping.every(config.log().statusSeconds(), new StatusLog(figures));
    }
    for (Transport.Door door : transport.doors()) {
      LOG.atInfo()
          .addKeyValue("address", door.address())
          .addKeyValue("wires", String.join(",", door.wires()))
          .addKeyValue("tls", door.hasTls())
          .addKeyValue("modules", config.modules())
          .addKeyValue("loops", config.transport().eventLoops())
          .log("listening");
    }
    MeterBinder meters =
        registry -> {
          metrics.bindTo(registry);
          if (tracer != null) {
            tracer.bindTo(registry);
          }
        };
    var server =
        new MooringServer(
            config, runtime, modules, tenants, descriptors, transport, figures, meters, parts);
    server.startAdmin(operator, sessions, backup(store, config.store()), housekeeping);
    return server;
  }

  private void startAdmin(
      Operator operator, SessionInspector sessions, StoreBackup backup, Housekeeping housekeeping)
      throws IOException {
    var target =
        new AdminTarget(
            figures,
            sessions,
            modules::looks,
            () -> draining,
            new ModuleProfiler(modules::served, this::guestThreads),
            backup,
            operator);
    AdminServer started = AdminServer.start(config.admin(), target, metrics);
    if (started != null) {
      admin = started;
      parts.add(started::close);
      housekeeping.watch(new WatchedFiles(config.adminTokenFiles()), started::reloadTokens);
    }
  }

  /** What makes spans of calls; null if they would go nowhere. */
  private static @Nullable OtlpTracer tracer(TracingConfig config, Parts parts) {
    if (config.endpoint() == null) {
      return null;
    }
    OtlpTracer tracer = OtlpTracer.start(config, config.endpoint());
    parts.add(tracer::close);
    return tracer;
  }

  private List<Thread> guestThreads() {
    return transport.sessionLoops().stream()
        .map(SessionLoop::guestThread)
        .filter(Objects::nonNull)
        .toList();
  }

  /** Null if sessions aren't kept beyond the process. */
  private static @Nullable SessionStore store(StoreConfig config, Parts parts)
      throws StoreException {
    if (config.folder() != null && config.postgres() != null) {
      throw new StoreException(
          "sessions are to be kept in the folder %s and in the database %s; expected one of them"
              .formatted(config.folder(), config.postgres().url()));
    }
    if (config.folder() == null && config.postgres() == null) {
      return null;
    }
    SessionStore store =
        config.postgres() == null
            ? RocksStore.open(requireNonNull(config.folder()), config.maxBytes())
            : PostgresStore.open(config.postgres());
    parts.add(store::close);
    return store;
  }

  private static StoreBackup backup(@Nullable SessionStore store, StoreConfig config) {
    if (store == null || config.backups() == null) {
      String missing = store == null ? "folder" : "backups";
      return () -> {
        throw new IOException(
            "this server has no '" + missing + "' under [store], and so there are no backups");
      };
    }
    return new StoreBackups(store, config.backups(), Clock.systemUTC());
  }

  /** What writes to the store; null if there is none. */
  private static @Nullable StoreWriter writer(@Nullable SessionStore store, Parts parts) {
    if (store == null) {
      return null;
    }
    var writer = new StoreWriter(store);
    parts.add(writer::close);
    return writer;
  }

  private static TransportConfig bound(TransportConfig config, Descriptors descriptors) {
    return config.withLimits(descriptors.bound(config.limits()));
  }

  /** What must be closed, in the order in which it was opened. One thread at a time. */
  private static final class Parts {
    private final ArrayDeque<Runnable> closers = new ArrayDeque<>();

    void add(Runnable closer) {
      closers.push(closer);
    }

    /** Closes all, the last one first. */
    void close() {
      Runnable closer = closers.poll();
      if (closer != null) {
        try {
          closer.run();
        } finally {
          close();
        }
      }
    }
  }

  /**
   * Whether a server can't go on without this thread: an event loop, the watchdog of its guests, or
   * what writes to its store. A process that learns of the death of one should end, and not hold
   * its port as if nothing were.
   */
  public static boolean isVital(Thread thread) {
    return EventLoops.isLoop(thread)
        || GuestRuntime.isWatchdog(thread)
        || StoreWriter.isWriter(thread);
  }

  /** Where connections are accepted: with the port that was chosen, if the configuration had 0. */
  public SocketAddress address() {
    return transport.address();
  }

  /** Where operators come in; null if nowhere. */
  public @Nullable InetSocketAddress adminAddress() {
    AdminServer started = admin;
    return started == null ? null : started.address();
  }

  /** All that are accepted at, if there are several; the first is {@link #address()}. */
  public List<SocketAddress> addresses() {
    return transport.doors().stream().map(Transport.Door::address).toList();
  }

  /** How many connections are in, whether they have a session or not. */
  public int connectionCount() {
    return transport.connectionCount();
  }

  /** How many sessions there are. */
  public int sessionCount() {
    return figures.get().sessions();
  }

  /** What the sessions have come to since the server started. */
  public SessionCounts counts() {
    return figures.get().counts();
  }

  /** Who was turned away, or put out, and why, since the server started. */
  public RejectCounts rejectCounts() {
    return transport.rejectCounts();
  }

  /**
   * Reads again the files that may change while the server runs: the certificate and its key, the
   * tokens, and, soon after this returns, the modules. The server does so by itself, too, within a
   * second of their changing, as far as that can be seen from outside. What can't be used changes
   * nothing, and the log says why.
   */
  public void reloadFiles() {
    transport.reloadCertificates();
    tenants.reload();
    modules.reread();
    AdminServer started = admin;
    if (started != null) {
      started.reloadTokens();
    }
  }

  /**
   * Goes by another configuration from now on, as far as a running server can: what sessions,
   * modules and connections may do that come later. Those that are there keep what they have.
   *
   * @return the keys that differ and take a restart; the log names them too
   */
  public List<String> reload(ServerConfig wanted) {
    ConfigReload reload = ConfigReload.of(config, wanted);
    config = reload.config();
    modules.policies(new ModulePolicy(config.module(), config.session()), config.policies());
    transport.reload(bound(config.transport(), descriptors), config.session());
    if (reload.needRestart().isEmpty()) {
      LOG.info("configuration reloaded");
    } else {
      LOG.atWarn()
          .addKeyValue("needRestart", String.join(",", reload.needRestart()))
          .log("configuration reloaded, but for what takes a restart");
    }
    return reload.needRestart();
  }

  /**
   * The server's figures, for a registry: {@code server.metrics().bindTo(registry)}. They are read
   * when the registry's are, at no cost to calls, and never wait long for an event loop that is
   * held up. All names begin with {@code mooring}; of tenants the first hundred have meters of
   * their own.
   */
  public MeterBinder metrics() {
    return metrics;
  }

  /** What each tenant uses that has come since the server started. */
  public List<TenantUse> tenants() {
    return tenants.use();
  }

  /** What is held for all clients now. Looks at each connection. */
  public HeldBytes held() {
    return figures.get().held();
  }

  /** How much guests hold, in bytes. */
  public long guestMemoryBytes() {
    return runtime.memoryUsedBytes();
  }

  /** How many guest instances there are. */
  public int liveSpaces() {
    return figures.get().instances();
  }

  /**
   * Ends in good order: accepts no more, tells every client, serves what was asked, and closes what
   * is left after the configuration's deadline.
   *
   * @return whether every session was done in time
   */
  public boolean drain() throws InterruptedException {
    LOG.atInfo().addKeyValue("sessions", sessionCount()).log("draining");
    draining = true;
    boolean done = transport.drain("the server is shutting down", config.drainDeadline());
    close();
    LOG.atInfo().addKeyValue("inTime", done).log("stopped");
    return done;
  }

  /** Ends now. Calls that wait are refused. Ending again changes nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      parts.close();
    }
  }
}
