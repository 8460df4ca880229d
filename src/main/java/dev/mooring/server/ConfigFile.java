package dev.mooring.server;

import dev.mooring.access.AccessConfig;
import dev.mooring.access.TenantLimits;
import dev.mooring.admin.AdminConfig;
import dev.mooring.admin.Setting;
import dev.mooring.capsule.CapsuleConfig;
import dev.mooring.file.TextFile;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.log.LogLimits;
import dev.mooring.module.ModulePolicy;
import dev.mooring.session.KeepLimits;
import dev.mooring.session.KeptLimits;
import dev.mooring.session.OnFailure;
import dev.mooring.session.SessionLifetime;
import dev.mooring.session.SessionLimits;
import dev.mooring.store.StoreConfig;
import dev.mooring.store.postgres.NodeName;
import dev.mooring.store.postgres.PostgresConfig;
import dev.mooring.store.postgres.PostgresUrl;
import dev.mooring.trace.TracingConfig;
import dev.mooring.transport.config.AddressRange;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ClientCertificates;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.ListenAddress;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.Origins;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.config.TlsVersion;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.config.WireName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/**
 * Reads a {@code mooring.toml}, and the environment variables that win over it. What neither says
 * stays as it is in the configuration that they are read over.
 */
public final class ConfigFile {
  private ConfigFile() {}

  /**
   * Reads a file.
   *
   * @param file null for none
   * @param environment the process's variables; those that stand for keys count
   * @param base what holds where neither says anything
   * @throws ConfigException if it can't be read, isn't TOML, or says what can't be
   */
  public static ServerConfig read(
      @Nullable Path file, Map<String, String> environment, ServerConfig base)
      throws ConfigException {
    return read(file, environment, base, new ArrayList<>());
  }

  /**
   * Reads a file, as {@link #read(Path, Map, ServerConfig)}.
   *
   * @param settings is given each key's value, and where it came from
   */
  public static ServerConfig read(
      @Nullable Path file,
      Map<String, String> environment,
      ServerConfig base,
      List<Setting> settings)
      throws ConfigException {
    TomlParseResult toml = file == null ? Toml.parse("") : parse(file);
    Path origin = file == null ? Path.of("no configuration file") : file;
    var keys = new ConfigKeys(origin, toml, new ConfigVariables(environment));
    try {
      ServerConfig config = read(keys, origin, base);
      keys.refuseUnknown();
      settings.addAll(keys.settings());
      return config;
    } catch (IllegalArgumentException e) {
      throw new ConfigException(origin + ": " + e.getMessage());
    }
  }

  private static TomlParseResult parse(Path file) throws ConfigException {
    if (!Files.isReadable(file)) {
      throw new ConfigException("there is no configuration file " + file + " that can be read");
    }
    TomlParseResult toml;
    try {
      toml = Toml.parse(TextFile.read(file, "TOML"));
    } catch (IOException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
    if (toml.hasErrors()) {
      var error = toml.errors().get(0);
      throw new ConfigException(file + ", " + error.position() + ": " + error.getMessage());
    }
    return toml;
  }

  private static ServerConfig read(ConfigKeys keys, Path file, ServerConfig base)
      throws ConfigException {
    ConfigKeys module = keys.table("module");
    ModuleOptions options = options(module, base.module());
    SessionLimits session =
        session(keys.table("session"), base.session())
            .withLifetime(lifetime(keys.table("limits"), base.session().lifetime()));
    return new ServerConfig(
        keys.tablesOf("listen").isEmpty() ? keys.address("listen", base.listen()) : base.listen(),
        keys.path("module_directory", file, base.modules()),
        options,
        module.atLeast(1, "compile_threads", base.compileThreads()),
        keys.integer("guest_memory_bytes", base.guestMemoryBytes()),
        Duration.ofMillis(keys.integer("drain_deadline_ms", base.drainDeadline().toMillis())),
        transport(
            keys.table("transport"),
            keys.table("limits"),
            listener(keys, file, base.transport().listener()),
            base.transport()),
        session,
        kept(keys.table("limits"), base.kept()),
        store(keys.table("store"), file, base.store()),
        capsules(keys.table("capsules"), file, base.capsules()),
        policies(keys.table("modules"), new ModulePolicy(options, session)),
        access(keys, file, base.access()),
        new LogConfig(
            log(keys.table("limits"), base.log().guests()),
            keys.integer("status_seconds", base.log().statusSeconds())),
        admin(keys.table("admin"), file, base.admin()),
        tracing(keys.table("tracing"), base.tracing()));
  }

  private static TracingConfig tracing(ConfigKeys keys, TracingConfig base) throws ConfigException {
    return keys.make(
        () ->
            new TracingConfig(
                keys.url("endpoint", base.endpoint()),
                keys.text("service_name", base.serviceName()),
                keys.integer("calls_per_second", base.callsPerSecond()),
                keys.integer("queued_spans", base.queuedSpans()),
                keys.integer("timeout_ms", base.timeoutMillis())));
  }

  private static AdminConfig admin(ConfigKeys keys, Path file, AdminConfig base)
      throws ConfigException {
    return keys.make(
        () ->
            new AdminConfig(
                keys.has("listen") ? keys.address("listen") : base.listen(),
                keys.optionalPath("tokens", file, base.tokens()),
                keys.texts("hosts", base.hosts()),
                keys.integer("connections", base.connections()),
                keys.integer("request_ms", base.requestMillis()),
                keys.integer("requests_per_second", base.requestsPerSecond())));
  }

  private static AccessConfig access(ConfigKeys keys, Path file, AccessConfig base)
      throws ConfigException {
    ConfigKeys access = keys.table("access");
    TenantLimits limits = tenant(keys.table("tenant"), base.limits());
    return new AccessConfig(
        access.optionalPath("tokens", file, base.tokens()),
        access.flag("allow_unauthenticated", base.allowUnauthenticated()),
        limits,
        tenants(keys.table("tenants"), limits));
  }

  /** What is said of single tenants, each over what is said of all. */
  private static Map<String, TenantLimits> tenants(ConfigKeys tenants, TenantLimits base)
      throws ConfigException {
    var limits = new HashMap<String, TenantLimits>();
    for (String name : tenants.tables()) {
      limits.put(name, tenant(tenants.table(name), base));
    }
    return limits;
  }

  private static TenantLimits tenant(ConfigKeys keys, TenantLimits base) throws ConfigException {
    return keys.make(
        () ->
            new TenantLimits(
                keys.integer("sessions", base.sessions()),
                keys.integer("guest_memory_bytes", base.guestMemoryBytes()),
                keys.integer("guest_ms_per_second", base.guestMillisPerSecond()),
                keys.texts("modules", base.modules()),
                keys.integer("kept_sessions", base.keptSessions()),
                keys.integer("kept_bytes", base.keptBytes())));
  }

  /** What is said of single modules, each over what is said of all. */
  private static Map<String, ModulePolicy> policies(ConfigKeys modules, ModulePolicy base)
      throws ConfigException {
    var policies = new HashMap<String, ModulePolicy>();
    for (String name : modules.tables()) {
      ConfigKeys keys = modules.table(name);
      policies.put(
          name,
          new ModulePolicy(options(keys, base.options()), moduleSession(keys, base.session())));
    }
    return policies;
  }

  /** What one session of a single module may use; what counts before Open is everybody's. */
  private static SessionLimits moduleSession(ConfigKeys keys, SessionLimits base)
      throws ConfigException {
    keys.refuse("first_message_ms", "its time is over before a module is named; see [session]");
    keys.refuseAbove("config_entries", base.configEntries(), "what [session] has for all");
    keys.refuseAbove("config_bytes", base.configBytes(), "what [session] has for all");
    return session(keys, base.firstMessageMillis(), base);
  }

  private static ModuleOptions options(ConfigKeys keys, ModuleOptions base) throws ConfigException {
    return keys.make(
        () ->
            new ModuleOptions(
                base.limits()
                    .withModuleBytes(keys.integer("max_bytes", base.limits().moduleBytes())),
                keys.integer("initialize_ms", base.initializeMillis())));
  }

  private static ListenerConfig listener(ConfigKeys keys, Path file, ListenerConfig base)
      throws ConfigException {
    ConfigKeys limits = keys.table("limits");
    List<ListenAddress> addresses = addresses(keys);
    return new ListenerConfig(
        tls(keys.table("tls"), file, base.tls()),
        wires(keys.table("transport"), base.wires()),
        addresses,
        proxies(keys.table("transport"), base.proxies()),
        origins(keys.table("transport"), base.origins()),
        doorLimits(limits, base.limits()));
  }

  private static List<WireName> wires(ConfigKeys keys, List<WireName> base) throws ConfigException {
    var texts = base.stream().map(WireName::text).toList();
    return keys.make("wires", () -> WireName.parse(keys.texts("wires", texts)));
  }

  /** What is said of single addresses, if there are several. */
  private static List<ListenAddress> addresses(ConfigKeys keys) throws ConfigException {
    var addresses = new ArrayList<ListenAddress>();
    for (ConfigKeys each : keys.tablesOf("listen")) {
      addresses.add(
          new ListenAddress(
              each.address("address"),
              each.has("wires") ? wires(each, WireName.ALL) : List.of(),
              each.has("tls")
                  ? each.flag("tls", false) ? ListenAddress.Tls.ALWAYS : ListenAddress.Tls.NEVER
                  : ListenAddress.Tls.IF_CERTIFICATE));
      each.refuseUnknown();
    }
    return addresses;
  }

  private static List<AddressRange> proxies(ConfigKeys transport, List<AddressRange> base)
      throws ConfigException {
    var texts = base.stream().map(AddressRange::toString).toList();
    return transport.make(
        "proxies",
        () -> transport.texts("proxies", texts).stream().map(AddressRange::parse).toList());
  }

  private static Origins origins(ConfigKeys transport, Origins base) throws ConfigException {
    return transport.make("origins", () -> new Origins(transport.texts("origins", base.allowed())));
  }

  private static AdmissionLimits doorLimits(ConfigKeys keys, AdmissionLimits base)
      throws ConfigException {
    return keys.make(
        () ->
            new AdmissionLimits(
                keys.integer("handshake_ms", base.handshakeMillis()),
                keys.integer("accepts_per_second", base.acceptsPerSecond()),
                keys.integer("accept_burst", base.acceptBurst()),
                keys.integer("failed_opens_per_minute", base.failedOpensPerMinute()),
                keys.integer("addresses", base.addresses()),
                keys.integer("pings_per_second", base.pingsPerSecond()),
                keys.integer("cancels_per_second", base.cancelsPerSecond()),
                keys.integer("streams_per_connection", base.streams()),
                keys.integer("streamless_ms", base.streamlessMillis())));
  }

  private static @Nullable TlsConfig tls(ConfigKeys keys, Path file, @Nullable TlsConfig base)
      throws ConfigException {
    Path certificate =
        keys.optionalPath("certificate", file, base == null ? null : base.certificate());
    Path key = keys.optionalPath("key", file, base == null ? null : base.key());
    Path clientCa = keys.optionalPath("client_ca", file, base == null ? null : base.clientCa());
    ClientCertificates clients =
        keys.choice(
            "client_certificates",
            ClientCertificates.class,
            base == null ? ClientCertificates.REQUIRED : base.clientCertificates());
    TlsVersion minimum =
        keys.choice(
            "minimum_version",
            List.of(TlsVersion.values()),
            TlsVersion::number,
            base == null ? TlsVersion.TLS_1_2 : base.minimumVersion());
    if (certificate == null && key == null && clientCa == null) {
      return null;
    }
    if (certificate == null || key == null) {
      throw new ConfigException(
          file + ": TLS takes both tls.certificate and tls.key; one of them is missing");
    }
    return new TlsConfig(certificate, key, clientCa, clients, minimum);
  }

  private static TransportConfig transport(
      ConfigKeys keys, ConfigKeys limits, ListenerConfig listener, TransportConfig base)
      throws ConfigException {
    return keys.make(
        () ->
            new TransportConfig(
                keys.integer("event_loops", base.eventLoops()),
                keys.integer("backlog", base.backlog()),
                keys.integer("frame_bytes", base.frameBytes()),
                keys.integer("write_low_bytes", base.writeLowBytes()),
                keys.integer("write_high_bytes", base.writeHighBytes()),
                keys.integer("linger_ms", base.lingerMillis()),
                keys.integer("sick_after_ms", base.sickAfterMillis()),
                limits(limits, base.limits()),
                listener));
  }

  private static ConnectionLimits limits(ConfigKeys keys, ConnectionLimits base)
      throws ConfigException {
    return keys.make(
        () ->
            new ConnectionLimits(
                keys.integer("sessions", base.sessions()),
                keys.integer("sessions_per_address", base.sessionsPerAddress()),
                keys.integer("inbound_bytes", base.inboundBytes()),
                keys.integer("outbound_bytes", base.outboundBytes()),
                keys.integer("write_stall_ms", base.writeStallMillis()),
                keys.integer("frame_age_ms", base.frameAgeMillis()),
                keys.integer("idle_ms", base.idleMillis())));
  }

  private static SessionLimits session(ConfigKeys keys, SessionLimits base) throws ConfigException {
    return session(keys, keys.integer("first_message_ms", base.firstMessageMillis()), base);
  }

  private static SessionLimits session(ConfigKeys keys, int firstMessageMillis, SessionLimits base)
      throws ConfigException {
    return keys.make(
        () ->
            new SessionLimits(
                keys.integer("memory_bytes", base.memoryBytes()),
                keys.integer("call_timeout_ms", base.callTimeoutMillis()),
                keys.integer("max_call_timeout_ms", base.maxCallTimeoutMillis()),
                keys.integer("output_bytes", base.outputBytes()),
                keys.integer("events_per_call", base.eventsPerCall()),
                keys.integer("timers", base.timers()),
                keys.integer("queued_calls", base.queuedCalls()),
                keys.integer("queued_bytes", base.queuedBytes()),
                keys.integer("config_entries", base.configEntries()),
                keys.integer("config_bytes", base.configBytes()),
                firstMessageMillis,
                keys.choice("on_failure", OnFailure.class, base.onFailure()),
                log(keys, base.log()),
                base.lifetime(),
                keep(keys, base.keep())));
  }

  private static KeepLimits keep(ConfigKeys keys, KeepLimits base) throws ConfigException {
    return keys.make(
        () ->
            new KeepLimits(
                keys.integer("ttl_ms", base.ttlMillis()),
                keys.integer("max_ttl_ms", base.maxTtlMillis()),
                keys.integer("unacknowledged_messages", base.unacknowledgedMessages()),
                keys.integer("unacknowledged_bytes", base.unacknowledgedBytes())));
  }

  private static StoreConfig store(ConfigKeys keys, Path file, StoreConfig base)
      throws ConfigException {
    PostgresConfig postgres = postgres(keys, file);
    return keys.make(
        () ->
            new StoreConfig(
                keys.optionalPath("folder", file, base.folder()),
                postgres,
                keys.integer("max_bytes", base.maxBytes()),
                keys.optionalPath("backups", file, base.backups())));
  }

  /** Null if there is no database; then there is nothing to be said of one. */
  private static @Nullable PostgresConfig postgres(ConfigKeys keys, Path file)
      throws ConfigException {
    String url = keys.text("url", "");
    Path passwordFile = keys.optionalPath("password_file", file, null);
    String password = keys.secret("password", "the file that password_file names");
    String node = keys.text("node", "");
    int leaseMillis = keys.integer("lease_ms", PostgresConfig.DEFAULT_LEASE_MILLIS);
    int writers = keys.integer("writers", PostgresConfig.DEFAULT_WRITERS);
    int readers = keys.integer("readers", PostgresConfig.DEFAULT_READERS);
    if (url.isEmpty()) {
      return null;
    }
    PostgresUrl parsed = keys.make("url", () -> PostgresUrl.parse(url));
    return keys.make(
        () ->
            new PostgresConfig(
                parsed,
                passwordFile,
                password,
                node.isEmpty() ? NodeName.ofThisMachine() : node,
                leaseMillis,
                writers,
                readers));
  }

  private static CapsuleConfig capsules(ConfigKeys keys, Path file, CapsuleConfig base)
      throws ConfigException {
    return keys.make(
        () ->
            new CapsuleConfig(
                keys.optionalPath("folder", file, base.folder()),
                keys.integer("every", base.every()),
                keys.integer("files", base.files()),
                keys.integer("total_bytes", base.totalBytes()),
                keys.integer("file_bytes", base.fileBytes())));
  }

  private static KeptLimits kept(ConfigKeys keys, KeptLimits base) throws ConfigException {
    return keys.make(
        () ->
            new KeptLimits(
                keys.integer("kept_sessions", base.sessions()),
                keys.integer("kept_bytes", base.bytes()),
                keys.integer("sleep_after_ms", base.sleepAfterMillis())));
  }

  private static SessionLifetime lifetime(ConfigKeys keys, SessionLifetime base)
      throws ConfigException {
    return keys.make(
        () ->
            new SessionLifetime(
                keys.integer("lifetime_ms", base.millis()),
                keys.integer("lifetime_jitter_percent", base.jitterPercent()),
                keys.integer("lifetime_grace_ms", base.graceMillis())));
  }

  private static LogLimits log(ConfigKeys keys, LogLimits base) throws ConfigException {
    return keys.make(
        () ->
            new LogLimits(
                keys.integer("log_lines_per_second", base.linesPerSecond()),
                keys.integer("log_bytes_per_second", base.bytesPerSecond())));
  }
}
