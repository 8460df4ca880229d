package dev.mooring.server;

import dev.mooring.guest.Layout;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.session.OnFailure;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.TransportConfig;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/**
 * Reads a {@code mooring.toml}. What the file doesn't say stays as it is in the configuration that
 * it is read over.
 */
public final class ConfigFile {
  private ConfigFile() {}

  /**
   * Reads a file.
   *
   * @param base what holds where the file says nothing
   * @throws ConfigException if it can't be read, isn't TOML, or says what can't be
   */
  public static ServerConfig read(Path file, ServerConfig base) throws ConfigException {
    if (!Files.isReadable(file)) {
      throw new ConfigException("there is no configuration file " + file + " that can be read");
    }
    TomlParseResult toml;
    try {
      toml = Toml.parse(file);
    } catch (IOException e) {
      throw new ConfigException("can't read " + file + ": " + e.getMessage());
    }
    if (toml.hasErrors()) {
      var error = toml.errors().get(0);
      throw new ConfigException(file + ", " + error.position() + ": " + error.getMessage());
    }
    var keys = new ConfigKeys(file, toml);
    try {
      ServerConfig config = read(keys, file, base);
      keys.refuseUnknown();
      return config;
    } catch (IllegalArgumentException e) {
      throw new ConfigException(file + ": " + e.getMessage());
    }
  }

  private static ServerConfig read(ConfigKeys keys, Path file, ServerConfig base)
      throws ConfigException {
    SocketAddress listen = keys.address("listen", base.listen());
    Path modules = keys.path("modules", file, base.modules());
    long drain = keys.integer("drain_deadline_ms", base.drainDeadline().toMillis());
    return new ServerConfig(
        listen,
        modules,
        module(keys, base.module()),
        keys.integer("module.compile_threads", base.compileThreads()),
        keys.integer("guest_memory_bytes", base.guestMemoryBytes()),
        Duration.ofMillis(drain),
        transport(keys, base.transport()),
        session(keys, base.session()));
  }

  private static ModuleOptions module(ConfigKeys keys, ModuleOptions base) throws ConfigException {
    return new ModuleOptions(
        base.limits()
            .withModuleBytes(keys.integer("module.max_bytes", base.limits().moduleBytes())),
        keys.choice("module.layout", Layout.class, base.layout()),
        keys.integer("module.initialize_ms", base.initializeMillis()));
  }

  private static TransportConfig transport(ConfigKeys keys, TransportConfig base)
      throws ConfigException {
    return new TransportConfig(
        keys.integer("transport.event_loops", base.eventLoops()),
        keys.integer("transport.backlog", base.backlog()),
        keys.integer("transport.frame_bytes", base.frameBytes()),
        keys.integer("transport.write_low_bytes", base.writeLowBytes()),
        keys.integer("transport.write_high_bytes", base.writeHighBytes()),
        keys.integer("transport.linger_ms", base.lingerMillis()));
  }

  private static SessionLimits session(ConfigKeys keys, SessionLimits base) throws ConfigException {
    return new SessionLimits(
        keys.integer("session.memory_bytes", base.memoryBytes()),
        keys.integer("session.call_timeout_ms", base.callTimeoutMillis()),
        keys.integer("session.max_call_timeout_ms", base.maxCallTimeoutMillis()),
        keys.integer("session.output_bytes", base.outputBytes()),
        keys.integer("session.events_per_call", base.eventsPerCall()),
        keys.integer("session.timers", base.timers()),
        keys.integer("session.queued_calls", base.queuedCalls()),
        keys.integer("session.queued_bytes", base.queuedBytes()),
        keys.integer("session.config_entries", base.configEntries()),
        keys.integer("session.config_bytes", base.configBytes()),
        keys.integer("session.first_message_ms", base.firstMessageMillis()),
        keys.choice("session.on_failure", OnFailure.class, base.onFailure()));
  }
}
