package dev.mooring.observe;

import dev.mooring.access.TenantUse;
import dev.mooring.capsule.CapsuleWriter;
import dev.mooring.session.EndReason;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.SessionCounts;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.loop.LoopStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A server's figures as meters. They read what is counted anyway, and only when somebody asks: all
 * meters that are read within a second say what was so at one moment.
 *
 * <p>Every tag is one of a closed set but the tenant's name; of tenants the first {@link
 * #MAX_TENANTS} have meters of their own, and the rest are {@code others} together.
 *
 * <p>Thread-safe.
 */
public final class ServerMetrics implements MeterBinder {
  public static final int MAX_TENANTS = 100;

  /** What each means, for dashboards. */
  private static final Map<String, String> MEANINGS =
      Map.ofEntries(
          Map.entry("mooring.connections", "Connections that are in, with a session or without"),
          Map.entry("mooring.sessions", "Sessions that are open"),
          Map.entry(
              "mooring.sessions.kept", "Sessions that outlive their connections, on one or not"),
          Map.entry(
              "mooring.sessions.asleep",
              "Kept sessions that have no memory, and are in the store only"),
          Map.entry(
              "mooring.sessions.lost",
              "Stored sessions that were lost, as what was stored is damaged"),
          Map.entry(
              "mooring.sessions.unacknowledged",
              "What kept sessions have said and their clients haven't acknowledged"),
          Map.entry("mooring.store.waiting", "What waits to be written to the store"),
          Map.entry("mooring.store.size", "What the store takes on disk"),
          Map.entry(
              "mooring.store.failed",
              "Whether the store has failed, and nothing is written any more"),
          Map.entry("mooring.store.away", "Whether the store, in a database, can't be had now"),
          Map.entry("mooring.instances", "Guest instances that have memory"),
          Map.entry("mooring.guest.memory", "Heap that all guests hold"),
          Map.entry("mooring.guest.memory.limit", "Heap that all guests may hold"),
          Map.entry("mooring.held", "What is held for all clients: not yet run, or not yet sent"),
          Map.entry(
              "mooring.modules.checked",
              "Modules that had to be stopped so often that all their calls are checked"),
          Map.entry("mooring.sessions.opened", "Sessions that got an instance"),
          Map.entry(
              "mooring.sessions.resumed", "How often a connection went on with a kept session"),
          Map.entry(
              "mooring.calls", "Calls of guests, those of timers too, by whether they committed"),
          Map.entry(
              "mooring.log.lines.dropped", "Lines of guests that were more than they may log"),
          Map.entry(
              "mooring.capsules",
              "Capsules that were wanted of calls that failed, by whether they were written"),
          Map.entry("mooring.calls.errors", "Calls that were answered with an error, by its code"),
          Map.entry("mooring.sessions.ended", "Sessions that have ended, by how"),
          Map.entry("mooring.turned.away", "Connections that were turned away or put out, by why"),
          Map.entry("mooring.loop.sick", "Whether a call holds the event loop up that was to stop"),
          Map.entry("mooring.loop.sessions", "Sessions that live on the event loop"),
          Map.entry("mooring.loop.busy", "How long guests' turns have run on the event loop"),
          Map.entry("mooring.loop.overdrafts", "Turns that ran for longer than they should"),
          Map.entry("mooring.tenant.sessions", "Sessions that the tenant has"),
          Map.entry("mooring.tenant.guest.memory", "Heap that the tenant's guests hold"),
          Map.entry("mooring.tenant.guest.time", "How long the tenant's guests have run"),
          Map.entry("mooring.tenant.refused", "Sessions that the tenant was not let open"));

  private static final String OTHERS = "others";
  private static final long FRESH_NANOS = 1_000_000_000;
  private static final double NANOS_PER_SECOND = 1e9;

  private final Supplier<ServerFigures> source;

  /** Null if no capsules are made. */
  private final @Nullable CapsuleWriter capsules;

  private final List<MeterRegistry> registries = new ArrayList<>();
  private final Set<String> tenants = new LinkedHashSet<>();
  private boolean hasOthers;
  private @Nullable ServerFigures figures;

  /** Of a server that makes no capsules if there is no writer of them. */
  public ServerMetrics(Supplier<ServerFigures> source, @Nullable CapsuleWriter capsules) {
    this.source = source;
    this.capsules = capsules;
  }

  private synchronized ServerFigures figures() {
    ServerFigures known = figures;
    if (known == null || System.nanoTime() - known.atNanos() >= FRESH_NANOS) {
      known = source.get();
      figures = known;
    }
    return known;
  }

  @Override
  public synchronized void bindTo(MeterRegistry registry) {
    registries.add(registry);
    gauge(registry, "mooring.connections", null, Tags.empty(), ServerFigures::connections);
    gauge(registry, "mooring.sessions", null, Tags.empty(), ServerFigures::sessions);
    bindKept(registry);
    gauge(registry, "mooring.instances", null, Tags.empty(), ServerFigures::instances);
    gauge(registry, "mooring.guest.memory", "bytes", Tags.empty(), ServerFigures::guestMemoryBytes);
    gauge(
        registry,
        "mooring.guest.memory.limit",
        "bytes",
        Tags.empty(),
        ServerFigures::guestMemoryLimitBytes);
    gauge(
        registry,
        "mooring.held",
        "bytes",
        Tags.of("direction", "inbound"),
        f -> f.held().inbound());
    gauge(
        registry,
        "mooring.held",
        "bytes",
        Tags.of("direction", "outbound"),
        f -> f.held().outbound());
    gauge(registry, "mooring.modules.checked", null, Tags.empty(), ServerFigures::checkedModules);
    bindCounts(registry);
    if (capsules != null) {
      capsules(registry, capsules, "written", CapsuleWriter::written);
      capsules(registry, capsules, "dropped", CapsuleWriter::dropped);
    }
    for (RejectReason reason : RejectReason.values()) {
      turnedAway(registry, reason.name());
    }
    for (LoopStatus loop : figures().loops()) {
      bindLoop(registry, loop.loop());
    }
    tenants.forEach(tenant -> bindTenant(registry, tenant));
    if (hasOthers) {
      bindTenant(registry, OTHERS);
    }
    followTenants();
  }

  private static String meaning(String name) {
    return Objects.requireNonNull(MEANINGS.get(name), name);
  }

  private static void capsules(
      MeterRegistry registry,
      CapsuleWriter writer,
      String outcome,
      ToDoubleFunction<CapsuleWriter> count) {
    FunctionCounter.builder("mooring.capsules", writer, count)
        .description(meaning("mooring.capsules"))
        .tag("outcome", outcome)
        .register(registry);
  }

  private void bindKept(MeterRegistry registry) {
    Tags none = Tags.empty();
    gauge(registry, "mooring.sessions.kept", null, none, f -> f.kept().sessions());
    gauge(registry, "mooring.sessions.asleep", null, none, f -> f.kept().asleep());
    counter(registry, "mooring.sessions.lost", null, none, f -> f.kept().lost());
    gauge(
        registry,
        "mooring.sessions.unacknowledged",
        "bytes",
        none,
        f -> f.kept().unacknowledgedBytes());
    gauge(registry, "mooring.store.waiting", "bytes", none, f -> f.kept().waitingBytes());
    gauge(registry, "mooring.store.size", "bytes", none, f -> f.kept().storeBytes());
    gauge(registry, "mooring.store.failed", null, none, f -> f.kept().hasStoreFailed() ? 1 : 0);
    gauge(registry, "mooring.store.away", null, none, f -> f.kept().storeTrouble() == null ? 0 : 1);
  }

  private void bindCounts(MeterRegistry registry) {
    count(registry, "mooring.sessions.opened", Tags.empty(), SessionCounts::opened);
    count(registry, "mooring.sessions.resumed", Tags.empty(), SessionCounts::resumed);
    count(registry, "mooring.calls", Tags.of("outcome", "committed"), SessionCounts::committed);
    count(registry, "mooring.calls", Tags.of("outcome", "rolled_back"), SessionCounts::rolledBack);
    count(registry, "mooring.log.lines.dropped", Tags.empty(), SessionCounts::logLinesDropped);
    for (EndReason ending :
        List.of(
            new EndReason.ClientClosed(), new EndReason.GoneAway(), new EndReason.Disconnected())) {
      ended(registry, ending.name());
    }
    for (ErrorCode code : ErrorCode.values()) {
      if (code.scope() == ErrorCode.Scope.CALL) {
        count(
            registry,
            "mooring.calls.errors",
            Tags.of("code", code.name()),
            counts -> counts.errors().getOrDefault(code, 0L));
      } else {
        ended(registry, code.name());
        turnedAway(registry, code.name());
      }
    }
  }

  private void ended(MeterRegistry registry, String reason) {
    count(
        registry,
        "mooring.sessions.ended",
        Tags.of("reason", reason),
        counts -> counts.endings(reason));
  }

  private void turnedAway(MeterRegistry registry, String reason) {
    counter(
        registry,
        "mooring.turned.away",
        null,
        Tags.of("reason", reason),
        f -> f.turnedAway().of(reason));
  }

  private void bindLoop(MeterRegistry registry, int loop) {
    Tags tags = Tags.of("loop", Integer.toString(loop));
    gauge(registry, "mooring.loop.sick", null, tags, f -> f.loops().get(loop).sick() ? 1 : 0);
    gauge(registry, "mooring.loop.sessions", null, tags, f -> f.loops().get(loop).sessions());
    counter(
        registry,
        "mooring.loop.busy",
        "seconds",
        tags,
        f -> f.loops().get(loop).busyNanos() / NANOS_PER_SECOND);
    counter(registry, "mooring.loop.overdrafts", null, tags, f -> f.loops().get(loop).overdrafts());
  }

  /** Gives meters to tenants that have come since the last time, if there is a registry. */
  public synchronized void followTenants() {
    if (registries.isEmpty()) {
      return;
    }
    for (TenantUse tenant : figures().tenants()) {
      if (tenants.contains(tenant.name()) || hasOthers) {
        continue;
      }
      if (tenants.size() < MAX_TENANTS) {
        tenants.add(tenant.name());
        registries.forEach(registry -> bindTenant(registry, tenant.name()));
      } else {
        hasOthers = true;
        registries.forEach(registry -> bindTenant(registry, OTHERS));
      }
    }
  }

  private void bindTenant(MeterRegistry registry, String tenant) {
    Tags tags = Tags.of("tenant", tenant);
    gauge(
        registry, "mooring.tenant.sessions", null, tags, f -> sum(f, tenant, TenantUse::sessions));
    gauge(
        registry,
        "mooring.tenant.guest.memory",
        "bytes",
        tags,
        f -> sum(f, tenant, TenantUse::guestMemoryBytes));
    counter(
        registry,
        "mooring.tenant.guest.time",
        "seconds",
        tags,
        f -> sum(f, tenant, TenantUse::guestNanos) / NANOS_PER_SECOND);
    counter(
        registry, "mooring.tenant.refused", null, tags, f -> sum(f, tenant, TenantUse::refused));
  }

  private synchronized double sum(
      ServerFigures figures, String wanted, ToDoubleFunction<TenantUse> figure) {
    double sum = 0;
    for (TenantUse tenant : figures.tenants()) {
      String shownAs = tenants.contains(tenant.name()) ? tenant.name() : OTHERS;
      if (shownAs.equals(wanted)) {
        sum += figure.applyAsDouble(tenant);
      }
    }
    return sum;
  }

  private void count(
      MeterRegistry registry, String name, Tags tags, ToDoubleFunction<SessionCounts> count) {
    counter(registry, name, null, tags, figures -> count.applyAsDouble(figures.counts()));
  }

  private void gauge(
      MeterRegistry registry,
      String name,
      @Nullable String unit,
      Tags tags,
      ToDoubleFunction<ServerFigures> figure) {
    Gauge.builder(name, this, metrics -> figure.applyAsDouble(metrics.figures()))
        .description(meaning(name))
        .baseUnit(unit)
        .tags(tags)
        .register(registry);
  }

  private void counter(
      MeterRegistry registry,
      String name,
      @Nullable String unit,
      Tags tags,
      ToDoubleFunction<ServerFigures> figure) {
    FunctionCounter.builder(name, this, metrics -> figure.applyAsDouble(metrics.figures()))
        .description(meaning(name))
        .baseUnit(unit)
        .tags(tags)
        .register(registry);
  }
}
