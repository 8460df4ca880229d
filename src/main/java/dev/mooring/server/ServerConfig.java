package dev.mooring.server;

import dev.mooring.session.SessionLimits;
import dev.mooring.transport.TransportConfig;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/**
 * All that an operator decides.
 *
 * @param listen where connections are accepted
 * @param modules the directory of the {@code .wasm} files
 * @param maxModuleBytes a longer module is refused
 * @param compileThreads how many modules may be compiled at a time
 * @param drainDeadline how long sessions may take to finish when the server stops
 * @param transport how connections are kept
 * @param session what one session may use
 */
public record ServerConfig(
    SocketAddress listen,
    Path modules,
    int maxModuleBytes,
    int compileThreads,
    Duration drainDeadline,
    TransportConfig transport,
    SessionLimits session) {
  static final int DEFAULT_MAX_MODULE_BYTES = 32 << 20;
  static final int DEFAULT_COMPILE_THREADS = 2;
  static final Duration DEFAULT_DRAIN_DEADLINE = Duration.ofSeconds(10);

  public ServerConfig {
    if (maxModuleBytes < 8) {
      throw new IllegalArgumentException(
          "maxModuleBytes is " + maxModuleBytes + "; it must be at least 8");
    }
    if (compileThreads < 1) {
      throw new IllegalArgumentException(
          "compileThreads is " + compileThreads + "; it must be at least 1");
    }
    if (drainDeadline.isNegative()) {
      throw new IllegalArgumentException(
          "drainDeadline is " + drainDeadline + "; it must not be negative");
    }
  }

  /** Everything as it is when an operator says no more than this. */
  public static ServerConfig of(SocketAddress listen, Path modules) {
    return new ServerConfig(
        listen,
        modules,
        DEFAULT_MAX_MODULE_BYTES,
        DEFAULT_COMPILE_THREADS,
        DEFAULT_DRAIN_DEADLINE,
        TransportConfig.DEFAULTS,
        SessionLimits.DEFAULTS);
  }

  public ServerConfig withListen(SocketAddress address) {
    return new ServerConfig(
        address, modules, maxModuleBytes, compileThreads, drainDeadline, transport, session);
  }

  public ServerConfig withModules(Path directory) {
    return new ServerConfig(
        listen, directory, maxModuleBytes, compileThreads, drainDeadline, transport, session);
  }

  public ServerConfig withDrainDeadline(Duration deadline) {
    return new ServerConfig(
        listen, modules, maxModuleBytes, compileThreads, deadline, transport, session);
  }

  public ServerConfig withTransport(TransportConfig changed) {
    return new ServerConfig(
        listen, modules, maxModuleBytes, compileThreads, drainDeadline, changed, session);
  }

  public ServerConfig withSession(SessionLimits changed) {
    return new ServerConfig(
        listen, modules, maxModuleBytes, compileThreads, drainDeadline, transport, changed);
  }
}
