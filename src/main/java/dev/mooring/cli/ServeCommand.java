package dev.mooring.cli;

import dev.mooring.admin.Setting;
import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.cli.text.HostAndPort;
import dev.mooring.server.ConfigException;
import dev.mooring.server.ConfigFile;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.store.StoreConfig;
import dev.mooring.store.postgres.PostgresUrl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mooring serve}: a server, until a signal. */
@Command(
    name = "serve",
    header = "Run a server.",
    description = {
      "Prints 'mooring: listening on HOST:PORT' on stdout once it is ready, for each address; its"
          + " log goes to stderr."
          + " SIGTERM or SIGINT (Ctrl-C) ends it in good order: it accepts no more, serves what was"
          + " asked, says goodbye, and exits with 0. A second signal ends it at once. SIGHUP reads"
          + " the configuration, certificates, tokens and modules again; what takes a restart is"
          + " named in the log, and what is wrong changes nothing.",
      "",
      "Options win over environment variables, and those over the configuration file. Each key of"
          + " the file has its variable: [session] call_timeout_ms is"
          + " MOORING_SESSION_CALL_TIMEOUT_MS.",
      "",
      "Examples:",
      "  mooring serve",
      "  mooring serve --modules /srv/mooring/modules",
      "  mooring serve --listen 0.0.0.0:7070 --tls-cert cert.pem --tls-key key.pem --client-ca ca.pem",
      "  mooring serve --listen 127.0.0.1:0",
      "  mooring serve --store /var/lib/mooring",
      "  mooring serve --store postgresql://mooring@db.example/mooring --node a",
      "  mooring serve --admin 127.0.0.1:7071",
      "  MOORING_LOG_FORMAT=JSON mooring serve --config /etc/mooring.toml"
    })
final class ServeCommand implements Callable<Integer> {
  /** What it says once it is ready, before the address. */
  static final String READY = "mooring: listening on ";

  private static final String ADMIN = "mooring: the admin side is at http://";

  private static final HostAndPort DEFAULT_LISTEN = new HostAndPort("127.0.0.1", 7070);

  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  private final Console console;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      converter = HostAndPort.Converter.class,
      description =
          "Where to accept connections; port 0 for any that is free. 127.0.0.1:7070, or what the"
              + " configuration says, by default.")
  private @Nullable HostAndPort listen;

  @Option(
      names = "--wires",
      paramLabel = "NAME",
      split = ",",
      description =
          "What is spoken there, of: mooring, websocket, grpc. All of them by default; the first bytes"
              + " of a connection tell which it is.")
  private @Nullable List<String> wires;

  @Option(
      names = "--modules",
      paramLabel = "DIR",
      description =
          "The folder of the modules, NAME.wasm and NAME.js; by default that of the"
              + " distribution.")
  private @Nullable Path modules;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A configuration like conf/mooring.toml, which is the default.")
  private @Nullable Path configFile;

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      converter = HostAndPort.Converter.class,
      description =
          "Where operators come in: metrics, health, an API and a page, by HTTP. Nowhere by default.")
  private @Nullable HostAndPort admin;

  @Option(
      names = "--store",
      paramLabel = "DIR|URL",
      description =
          "Where sessions are kept that are to survive this process: a folder, made if it is missing; or"
              + " a database, postgresql://USER@HOST/DATABASE, that several servers may share. None by"
              + " default.")
  private @Nullable String store;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description =
          "What this server is called among those that share a database; the machine's name by default.")
  private @Nullable String node;

  @Mixin private ServeSecurity security = new ServeSecurity();

  ServeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    LogVariables.check(System.getenv());
    var settings = new ArrayList<Setting>();
    ServerConfig config = config(settings);
    Thread.setDefaultUncaughtExceptionHandler(ServeCommand::uncaught);
    var stop = new CountDownLatch(1);
    var operator = new ServeOperator(stop, this::config, settings);
    try (MooringServer server = MooringServer.start(config, operator)) {
      operator.operate(server);
      onSignal("TERM", stop);
      onSignal("INT", stop);
      Signals.register("HUP", operator::reload);
      server
          .addresses()
          .forEach(address -> console.out().println(READY + HostAndPort.name(address)));
      if (server.adminAddress() != null) {
        console.out().println(ADMIN + HostAndPort.name(server.adminAddress()) + "/");
      }
      stop.await();
      server.drain();
      return ExitCode.OK;
    } catch (IOException e) {
      throw CommandFailure.failed("can't serve: " + e.getMessage(), e);
    }
  }

  /**
   * A server that has lost an event loop, or the watchdog of its guests, must not hold its port as
   * if nothing were: it ends at once, and whoever watches over it starts another.
   */
  private static void uncaught(Thread thread, Throwable cause) {
    try {
      LOG.atError().addKeyValue("died", thread.getName()).setCause(cause).log("a thread has died");
    } finally { // There may be no memory left to say it with.
      if (MooringServer.isVital(thread)) {
        Runtime.getRuntime().halt(ExitCode.FAILED);
      }
    }
  }

  /**
   * What the options say; else what the environment says; else what the file says; else what holds
   * anyway.
   */
  private ServerConfig config(List<Setting> settings) {
    ServerConfig config = ServerConfig.of(DEFAULT_LISTEN.toSocketAddress(), Distribution.modules());
    Path file = configFile == null ? Distribution.config() : configFile;
    try {
      config = ConfigFile.read(file, environment(), config, settings);
      config = wires == null ? config : config.withWires(wires);
    } catch (ConfigException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
    if (listen != null) {
      config = config.withListen(listen.toSocketAddress());
    }
    if (admin != null) {
      config = config.withAdmin(config.admin().withListen(admin.toSocketAddress()));
    }
    if (modules != null) {
      config = config.withModules(modules);
    }
    replaceByOptions(settings);
    return security.over(config.withStore(store(config.store())));
  }

  private boolean isDatabase() {
    return store != null && PostgresUrl.isOne(store);
  }

  /** What is said of a database is said to hold for the one that the options name. */
  private Map<String, String> environment() {
    var environment = new HashMap<>(System.getenv());
    if (store != null && isDatabase()) {
      try {
        environment.put("MOORING_STORE_URL", PostgresUrl.parse(store).toString());
      } catch (IllegalArgumentException e) {
        throw CommandFailure.usage("--store: " + e.getMessage());
      }
    }
    if (node != null) {
      environment.put("MOORING_STORE_NODE", node);
    }
    return environment;
  }

  private StoreConfig store(StoreConfig configured) {
    if (store == null) {
      return configured;
    }
    return isDatabase()
        ? configured.withPostgres(configured.postgres())
        : configured.withFolder(Path.of(store));
  }

  /** What options have said is not what the file or the environment says. */
  private void replaceByOptions(List<Setting> settings) {
    replace(settings, "listen", listen, "--listen");
    replace(settings, "transport.wires", wires, "--wires");
    replace(settings, "module_directory", modules, "--modules");
    replace(settings, "admin.listen", admin, "--admin");
    replace(settings, isDatabase() ? "store.url" : "store.folder", store, "--store");
    replace(settings, "store.node", node, "--node");
    security.tell((key, value, option) -> replace(settings, key, value, option));
  }

  private static void replace(
      List<Setting> settings, String key, @Nullable Object value, String option) {
    if (value != null) {
      settings.removeIf(setting -> setting.key().equals(key));
      boolean isPlain = value instanceof Boolean || value instanceof List<?>;
      settings.add(new Setting(key, isPlain ? value : value.toString(), "option " + option));
    }
  }

  /** The first signal asks for an end in good order; the next has its usual effect. */
  static void onSignal(String signal, CountDownLatch stop) {
    Signals.register(
        signal,
        () -> {
          stop.countDown();
          Signals.registerDefault(signal);
        });
  }
}
