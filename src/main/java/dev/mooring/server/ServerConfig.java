package dev.mooring.server;

import dev.mooring.access.AccessConfig;
import dev.mooring.admin.AdminConfig;
import dev.mooring.capsule.CapsuleConfig;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.module.ModulePolicy;
import dev.mooring.session.KeptLimits;
import dev.mooring.session.SessionLimits;
import dev.mooring.setting.InvalidSetting;
import dev.mooring.store.StoreConfig;
import dev.mooring.trace.TracingConfig;
import dev.mooring.transport.config.ClientCertificates;
import dev.mooring.transport.config.ListenAddress;
import dev.mooring.transport.config.Origins;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.config.WireName;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that an operator decides.
 *
 * @param listen where connections are accepted, unless {@code transport} has addresses of its own
 * @param modules the directory of the {@code .wasm} files
 * @param module how modules are let in and run
 * @param compileThreads how many modules may be compiled at a time
 * @param guestMemoryBytes how much heap all guests may hold together
 * @param drainDeadline how long sessions may take to finish when the server stops
 * @param transport how connections are kept
 * @param session what one session may use
 * @param kept what sessions that outlive their connections may take together
 * @param store where those are that outlive the process
 * @param capsules where failed calls are written, to be looked at
 * @param policies what holds for single modules, by name, in place of {@code module} and {@code
 *     session}
 * @param access who may come in
 * @param log what goes into the log beside what happens
 * @param admin where operators come in
 * @param tracing where spans of calls go
 */
public record ServerConfig(
    SocketAddress listen,
    Path modules,
    ModuleOptions module,
    int compileThreads,
    long guestMemoryBytes,
    Duration drainDeadline,
    TransportConfig transport,
    SessionLimits session,
    KeptLimits kept,
    StoreConfig store,
    CapsuleConfig capsules,
    Map<String, ModulePolicy> policies,
    AccessConfig access,
    LogConfig log,
    AdminConfig admin,
    TracingConfig tracing) {
  static final int DEFAULT_COMPILE_THREADS = 2;
  static final Duration DEFAULT_DRAIN_DEADLINE = Duration.ofSeconds(10);

  public ServerConfig {
    policies = Map.copyOf(policies);
    InvalidSetting.requireAtLeast(1, "compileThreads", compileThreads);
    InvalidSetting.requireNotNegative("guestMemoryBytes", guestMemoryBytes);
    if (drainDeadline.isNegative()) {
      throw new InvalidSetting(
          "drainDeadline", "is " + drainDeadline + "; it must not be negative");
    }
  }

  /** Everything as it is when an operator says no more than this. */
  public static ServerConfig of(SocketAddress listen, Path modules) {
    return new ServerConfig(
        listen,
        modules,
        ModuleOptions.DEFAULTS,
        DEFAULT_COMPILE_THREADS,
        GuestRuntime.defaultBudgetBytes(),
        DEFAULT_DRAIN_DEADLINE,
        TransportConfig.DEFAULTS,
        SessionLimits.DEFAULTS,
        KeptLimits.DEFAULTS,
        StoreConfig.NONE,
        CapsuleConfig.NONE,
        Map.of(),
        AccessConfig.DEFAULTS,
        LogConfig.DEFAULTS,
        AdminConfig.DEFAULTS,
        TracingConfig.DEFAULTS);
  }

  /** With this one address in place of all others. */
  public ServerConfig withListen(SocketAddress changed) {
    var draft = new Draft(this);
    draft.listen = changed;
    draft.transport = transport.withListener(transport.listener().withAddresses(List.of()));
    return draft.config();
  }

  /**
   * With other wires, wherever none are named for an address.
   *
   * @throws ConfigException if there are no such wires
   */
  public ServerConfig withWires(List<String> names) throws ConfigException {
    try {
      return withTransport(
          transport.withListener(transport.listener().withWires(WireName.parse(names))));
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--wires: " + e.getMessage());
    }
  }

  /**
   * Lets pages of these origins connect from browsers, and no others.
   *
   * @throws IllegalArgumentException if one is none
   */
  public ServerConfig withOrigins(List<String> origins) {
    return withTransport(
        transport.withListener(transport.listener().withOrigins(new Origins(origins))));
  }

  public ServerConfig withModules(Path changed) {
    var draft = new Draft(this);
    draft.modules = changed;
    return draft.config();
  }

  public ServerConfig withGuestMemoryBytes(long changed) {
    var draft = new Draft(this);
    draft.guestMemoryBytes = changed;
    return draft.config();
  }

  public ServerConfig withStore(StoreConfig changed) {
    var draft = new Draft(this);
    draft.store = changed;
    return draft.config();
  }

  public ServerConfig withCapsules(CapsuleConfig changed) {
    var draft = new Draft(this);
    draft.capsules = changed;
    return draft.config();
  }

  public ServerConfig withAdmin(AdminConfig changed) {
    var draft = new Draft(this);
    draft.admin = changed;
    return draft.config();
  }

  public ServerConfig withTracing(TracingConfig changed) {
    var draft = new Draft(this);
    draft.tracing = changed;
    return draft.config();
  }

  public ServerConfig withDrainDeadline(Duration changed) {
    var draft = new Draft(this);
    draft.drainDeadline = changed;
    return draft.config();
  }

  public ServerConfig withTransport(TransportConfig changed) {
    var draft = new Draft(this);
    draft.transport = changed;
    return draft.config();
  }

  /**
   * With TLS, where a file is named; the others stay what they are.
   *
   * @throws ConfigException if there is no TLS without more files
   */
  public ServerConfig withTls(
      @Nullable Path certificate, @Nullable Path key, @Nullable Path clientCa)
      throws ConfigException {
    if (certificate == null && key == null && clientCa == null) {
      return this;
    }
    TlsConfig tls = transport.listener().tls();
    Path ownCertificate = certificate == null && tls != null ? tls.certificate() : certificate;
    Path ownKey = key == null && tls != null ? tls.key() : key;
    if (ownCertificate == null || ownKey == null) {
      throw new ConfigException(
          "TLS takes a certificate and its key (--tls-cert and --tls-key, or [tls] in the"
              + " configuration); there is no "
              + (ownCertificate == null ? "certificate" : "key"));
    }
    var changed = TlsConfig.of(ownCertificate, ownKey);
    if (tls != null) {
      changed = changed.withMinimumVersion(tls.minimumVersion());
    }
    if (clientCa != null) {
      changed = changed.withClientCa(clientCa, ClientCertificates.REQUIRED);
    } else if (tls != null && tls.clientCa() != null) {
      changed = changed.withClientCa(tls.clientCa(), tls.clientCertificates());
    }
    return withTransport(transport.withListener(transport.listener().withTls(changed)));
  }

  public ServerConfig withSession(SessionLimits changed) {
    var draft = new Draft(this);
    draft.session = changed;
    return draft.config();
  }

  public ServerConfig withAccess(AccessConfig changed) {
    var draft = new Draft(this);
    draft.access = changed;
    return draft.config();
  }

  public ServerConfig withLog(LogConfig changed) {
    var draft = new Draft(this);
    draft.log = changed;
    return draft.config();
  }

  /** With tokens to know clients by. */
  public ServerConfig withTokens(Path changed) {
    return withAccess(access.withTokens(changed));
  }

  /** With whoever can connect let in, on whatever address, though nobody is known. */
  public ServerConfig withUnauthenticatedAllowed() {
    return withAccess(access.withAllowUnauthenticated(true));
  }

  /** Why it would be rash to listen so, or null: strangers could run the modules. */
  public @Nullable String whyUnsafe() {
    boolean knowsClients = access.tokens() != null || asksForCertificates();
    SocketAddress reachable =
        addresses().stream().filter(address -> !isNear(address)).findFirst().orElse(null);
    if (knowsClients || reachable == null || access.allowUnauthenticated()) {
      return admin.whyUnsafe();
    }
    return "won't listen on "
        + reachable.toString().replaceFirst("^.*/", "")
        + ": whoever can reach it could run the modules. Give it tokens (--tokens FILE, or tokens"
        + " under [access]) or ask for certificates (--client-ca FILE, or client_ca under [tls]);"
        + " or listen on 127.0.0.1; or, if everybody may, say so: --allow-unauthenticated, or"
        + " allow_unauthenticated = true under [access]";
  }

  private List<SocketAddress> addresses() {
    List<ListenAddress> several = transport.listener().addresses();
    return several.isEmpty()
        ? List.of(listen)
        : several.stream().map(ListenAddress::address).toList();
  }

  private static boolean isNear(SocketAddress address) {
    return !(address instanceof InetSocketAddress internet)
        || (internet.getAddress() != null && internet.getAddress().isLoopbackAddress());
  }

  /** Whether clients are asked for a certificate, which says who they are. */
  boolean asksForCertificates() {
    TlsConfig tls = transport.listener().tls();
    return tls != null && tls.clientCa() != null;
  }

  /** The files that TLS reads. */
  List<Path> tlsFiles() {
    TlsConfig tls = transport.listener().tls();
    return tls == null ? List.of() : tls.files();
  }

  /** The files that tokens are read from. */
  List<Path> tokenFiles() {
    return access.tokens() == null ? List.of() : List.of(access.tokens());
  }

  /** The files that the admin side's tokens are read from. */
  List<Path> adminTokenFiles() {
    return admin.tokens() == null ? List.of() : List.of(admin.tokens());
  }

  /** Another configuration in the making, which differs in a little. One thread. */
  private static final class Draft {
    private SocketAddress listen;
    private Path modules;
    private final ModuleOptions module;
    private final int compileThreads;
    private long guestMemoryBytes;
    private Duration drainDeadline;
    private TransportConfig transport;
    private SessionLimits session;
    private final KeptLimits kept;
    private StoreConfig store;
    private CapsuleConfig capsules;
    private final Map<String, ModulePolicy> policies;
    private AccessConfig access;
    private LogConfig log;
    private AdminConfig admin;
    private TracingConfig tracing;

    Draft(ServerConfig from) {
      listen = from.listen;
      modules = from.modules;
      module = from.module;
      compileThreads = from.compileThreads;
      guestMemoryBytes = from.guestMemoryBytes;
      drainDeadline = from.drainDeadline;
      transport = from.transport;
      session = from.session;
      kept = from.kept;
      store = from.store;
      capsules = from.capsules;
      policies = from.policies;
      access = from.access;
      log = from.log;
      admin = from.admin;
      tracing = from.tracing;
    }

    ServerConfig config() {
      return new ServerConfig(
          listen,
          modules,
          module,
          compileThreads,
          guestMemoryBytes,
          drainDeadline,
          transport,
          session,
          kept,
          store,
          capsules,
          policies,
          access,
          log,
          admin,
          tracing);
    }
  }
}
