package dev.mooring.server;

import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.TransportConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a running server takes over of a new configuration. Sessions that are open keep what they
 * were granted, and the module that they opened; connections and sessions that come later go by the
 * new one.
 *
 * @param config what holds from now on
 * @param needRestart the keys or tables that changed, and that only a restart can change
 */
record ConfigReload(ServerConfig config, List<String> needRestart) {
  ConfigReload {
    needRestart = List.copyOf(needRestart);
  }

  static ConfigReload of(ServerConfig running, ServerConfig wanted) {
    var fixed = new Differences();
    fixed.note("listen", running.listen(), wanted.listen());
    fixed.note("module_directory", running.modules(), wanted.modules());
    fixed.note("guest_memory_bytes", running.guestMemoryBytes(), wanted.guestMemoryBytes());
    fixed.note("module.compile_threads", running.compileThreads(), wanted.compileThreads());
    fixed.note("access", running.access(), wanted.access());
    fixed.note(
        "limits.log_lines_per_second",
        running.log().guests().linesPerSecond(),
        wanted.log().guests().linesPerSecond());
    fixed.note(
        "limits.log_bytes_per_second",
        running.log().guests().bytesPerSecond(),
        wanted.log().guests().bytesPerSecond());
    fixed.note("status_seconds", running.log().statusSeconds(), wanted.log().statusSeconds());
    fixed.note("limits.kept_sessions", running.kept().sessions(), wanted.kept().sessions());
    fixed.note("store", running.store(), wanted.store());
    fixed.note("capsules", running.capsules(), wanted.capsules());
    fixed.note("limits.kept_bytes", running.kept().bytes(), wanted.kept().bytes());
    fixed.note(
        "limits.sleep_after_ms",
        running.kept().sleepAfterMillis(),
        wanted.kept().sleepAfterMillis());
    fixed.note("admin", running.admin(), wanted.admin());
    fixed.note("tracing", running.tracing(), wanted.tracing());
    var config =
        new ServerConfig(
            running.listen(),
            running.modules(),
            wanted.module(),
            running.compileThreads(),
            running.guestMemoryBytes(),
            wanted.drainDeadline(),
            transport(running.transport(), wanted.transport(), fixed),
            wanted.session(),
            running.kept(),
            running.store(),
            running.capsules(),
            wanted.policies(),
            running.access(),
            running.log(),
            running.admin(),
            running.tracing());
    return new ConfigReload(config, fixed.keys);
  }

  private static TransportConfig transport(
      TransportConfig running, TransportConfig wanted, Differences fixed) {
    fixed.note("transport.event_loops", running.eventLoops(), wanted.eventLoops());
    fixed.note("transport.backlog", running.backlog(), wanted.backlog());
    fixed.note("transport.write_low_bytes", running.writeLowBytes(), wanted.writeLowBytes());
    fixed.note("transport.write_high_bytes", running.writeHighBytes(), wanted.writeHighBytes());
    fixed.note("transport.sick_after_ms", running.sickAfterMillis(), wanted.sickAfterMillis());
    return new TransportConfig(
        running.eventLoops(),
        running.backlog(),
        wanted.frameBytes(),
        running.writeLowBytes(),
        running.writeHighBytes(),
        wanted.lingerMillis(),
        running.sickAfterMillis(),
        limits(running.limits(), wanted.limits(), fixed),
        listener(running.listener(), wanted.listener(), fixed));
  }

  private static ConnectionLimits limits(
      ConnectionLimits running, ConnectionLimits wanted, Differences fixed) {
    fixed.note("limits.inbound_bytes", running.inboundBytes(), wanted.inboundBytes());
    fixed.note("limits.outbound_bytes", running.outboundBytes(), wanted.outboundBytes());
    return new ConnectionLimits(
        wanted.sessions(),
        wanted.sessionsPerAddress(),
        running.inboundBytes(),
        running.outboundBytes(),
        wanted.writeStallMillis(),
        wanted.frameAgeMillis(),
        wanted.idleMillis());
  }

  private static ListenerConfig listener(
      ListenerConfig running, ListenerConfig wanted, Differences fixed) {
    fixed.note("tls", running.tls(), wanted.tls());
    fixed.note("transport.wires", running.wires(), wanted.wires());
    fixed.note("listen", running.addresses(), wanted.addresses());
    fixed.note("transport.proxies", running.proxies(), wanted.proxies());
    AdmissionLimits was = running.limits();
    AdmissionLimits will = wanted.limits();
    fixed.note("limits.accepts_per_second", was.acceptsPerSecond(), will.acceptsPerSecond());
    fixed.note("limits.accept_burst", was.acceptBurst(), will.acceptBurst());
    fixed.note(
        "limits.failed_opens_per_minute", was.failedOpensPerMinute(), will.failedOpensPerMinute());
    fixed.note("limits.addresses", was.addresses(), will.addresses());
    return new ListenerConfig(
        running.tls(),
        running.wires(),
        running.addresses(),
        running.proxies(),
        wanted.origins(),
        new AdmissionLimits(
            will.handshakeMillis(),
            was.acceptsPerSecond(),
            was.acceptBurst(),
            was.failedOpensPerMinute(),
            was.addresses(),
            will.pingsPerSecond(),
            will.cancelsPerSecond(),
            will.streams(),
            will.streamlessMillis()));
  }

  /** Gathers the keys whose values differ. */
  private static final class Differences {
    private final List<String> keys = new ArrayList<>();

    void note(String key, @Nullable Object running, @Nullable Object wanted) {
      if (!Objects.equals(running, wanted)) {
        keys.add(key);
      }
    }
  }
}
