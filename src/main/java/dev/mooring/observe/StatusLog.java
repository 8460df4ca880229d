package dev.mooring.observe;

import dev.mooring.access.TenantUse;
import dev.mooring.session.SessionCounts;
import dev.mooring.transport.admission.RejectCounts;
import dev.mooring.transport.loop.LoopStatus;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Says in the log how the server does, each time that it runs: a line {@code status} with what
 * there is now and what has come since the last, and a line {@code tenant} for each of those that
 * were busiest.
 *
 * <p>One thread at a time.
 */
public final class StatusLog implements Runnable {
  public static final int MAX_TENANTS = 20;

  private static final Logger LOG = LoggerFactory.getLogger(StatusLog.class);
  private static final double NANOS_PER_SECOND = 1e9;

  private final Supplier<ServerFigures> source;
  private ServerFigures told;

  public StatusLog(Supplier<ServerFigures> source) {
    this.source = source;
    this.told = source.get();
  }

  @Override
  public void run() {
    ServerFigures now = source.get();
    double passedNanos = Math.max(1, now.atNanos() - told.atNanos());
    tellStatus(now, passedNanos);
    tellTenants(now, passedNanos);
    told = now;
  }

  private void tellStatus(ServerFigures now, double passedNanos) {
    SessionCounts counts = now.counts();
    SessionCounts before = told.counts();
    long rolledBack = counts.rolledBack() - before.rolledBack();
    long calls = counts.committed() - before.committed() + rolledBack;
    RejectCounts turnedAway = now.turnedAway().since(told.turnedAway());
    LoggingEventBuilder event =
        LOG.atInfo()
            .addKeyValue("connections", now.connections())
            .addKeyValue("sessions", now.sessions())
            .addKeyValue("instances", now.instances())
            .addKeyValue("kept", now.kept().sessions())
            .addKeyValue("asleep", now.kept().asleep())
            .addKeyValue("resumed", counts.resumed() - before.resumed())
            .addKeyValue("guestMemoryBytes", now.guestMemoryBytes())
            .addKeyValue("inboundBytes", now.held().inbound())
            .addKeyValue("outboundBytes", now.held().outbound())
            .addKeyValue("callsPerSecond", Math.round(calls / passedNanos * NANOS_PER_SECOND))
            .addKeyValue("rolledBack", rolledBack)
            .addKeyValue("busy", busy(now.loops(), passedNanos))
            .addKeyValue("sickLoops", now.sickLoops())
            .addKeyValue("logLinesDropped", counts.logLinesDropped() - before.logLinesDropped())
            .addKeyValue(
                "turnedAway", turnedAway.byReason().values().stream().mapToLong(n -> n).sum());
    for (var reason : turnedAway.byReason().entrySet()) {
      event = event.addKeyValue(reason.getKey(), reason.getValue());
    }
    event.log("status");
  }

  /** The share of the time in which guests ran, for each event loop. */
  private String busy(List<LoopStatus> loops, double passedNanos) {
    return loops.stream()
        .map(
            loop ->
                share((loop.busyNanos() - told.loops().get(loop.loop()).busyNanos()) / passedNanos))
        .collect(Collectors.joining(" "));
  }

  private static String share(double share) {
    return String.format(Locale.ROOT, "%.2f", share);
  }

  /** What a tenant has used since the last time. */
  private record Active(TenantUse use, long guestNanos, long refused) {}

  private void tellTenants(ServerFigures now, double passedNanos) {
    Map<String, TenantUse> before = new HashMap<>();
    told.tenants().forEach(tenant -> before.put(tenant.name(), tenant));
    now.tenants().stream()
        .map(
            use -> {
              TenantUse was = before.get(use.name());
              return was == null
                  ? new Active(use, use.guestNanos(), use.refused())
                  : new Active(
                      use, use.guestNanos() - was.guestNanos(), use.refused() - was.refused());
            })
        .filter(active -> active.guestNanos() > 0 || active.refused() > 0)
        .sorted(Comparator.comparingLong(Active::guestNanos).reversed())
        .limit(MAX_TENANTS)
        .forEach(
            active ->
                LOG.atInfo()
                    .addKeyValue("tenant", active.use().name())
                    .addKeyValue("sessions", active.use().sessions())
                    .addKeyValue("guestMemoryBytes", active.use().guestMemoryBytes())
                    .addKeyValue("busy", share(active.guestNanos() / passedNanos))
                    .addKeyValue("refused", active.refused())
                    .log("tenant"));
  }
}
