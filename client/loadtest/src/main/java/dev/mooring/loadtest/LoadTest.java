package dev.mooring.loadtest;

import dev.mooring.client.Keep;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Durability;
import dev.mooring.proto.v1.Open;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One load test, from the first connection to the report.
 *
 * <pre>
 *   connecting, over the ramp ──> warming up ──> measuring ──> draining ──> goodbye
 * </pre>
 *
 * <p>Use it once, on a thread that may wait; {@link #stopEarly} on any.
 */
public final class LoadTest {
  private static final long POLL_MILLIS = 10;
  private static final long INTERVAL_NS = Ticks.SECOND;
  private static final long SHORTEST_INTERVAL_NS = Ticks.SECOND / 10;
  private static final int INTERVALS_AT_LEAST = 10;

  /** However long a test runs, its timeline has some thousands of points: they grow with it. */
  private static final int POINTS_PER_E = 1_000;

  /** A kept session whose connection is lost is soon no more: nobody goes on with it. */
  private static final long KEPT_MILLIS = 10_000;

  private static final long GOODBYE_NS = 3 * Ticks.SECOND;

  /** Errors that say that there is no Mooring server at all. */
  private static final Set<String> NO_SERVER =
      Set.of(
          "CONNECT_FAILED", "CONNECTION_LOST", "OPEN_TIMEOUT", "PROTOCOL_VIOLATION", "TLS_FAILED");

  private final LoadPlan plan;
  private final Monitor monitor;
  private final @Nullable HistogramLog log;
  private final Window window = new Window();
  private final ErrorLog errors = new ErrorLog();
  private final Failures failures = new Failures();
  private final List<LoadLoop> loops = new ArrayList<>();
  private volatile boolean stopEarly;
  private boolean isGenerating;

  /**
   * @param log is given each interval's latencies; stays the caller's
   */
  public LoadTest(LoadPlan plan, Monitor monitor, @Nullable HistogramLog log) {
    this.plan = plan;
    this.monitor = monitor;
    this.log = log;
  }

  /** Runs a plan to its end. */
  public static Report run(LoadPlan plan) {
    return new LoadTest(plan, Monitor.NONE, null).run();
  }

  /** Ends the measurement now; the report is of what there is, and says so. Any thread. */
  public void stopEarly() {
    stopEarly = true;
  }

  /**
   * Runs the test. It ends in bounded time, whatever the servers do.
   *
   * @throws LoadFailure if there was nothing to measure
   */
  public Report run() {
    Room.check(plan);
    var server = new ServerProcesses(plan.serverPids());
    List<ByteBuf> payloads = Payloads.load(plan.payload(), plan.seed());
    try (var network = new Network(plan)) {
      setUp(network, payloads);
      var health = new ClientHealth(loops);
      var results = new Results(plan, server.isEmpty() ? null : server, log);
      var measurement = new Measurement(loops, server, health, errors);
      results.before = measurement.mark();
      connect(measurement);
      results.connected = measurement.mark();
      warmUp(measurement);
      measure(measurement, results);
      drain(measurement, results);
      results.finish(measurement, window, errors);
      sayGoodbye();
      return results.toReport();
    }
  }

  private void setUp(Network network, List<ByteBuf> payloads) {
    var shared =
        new LoadLoop.Shared(
            network,
            ClientMessage.newBuilder().setOpen(opening(plan.target())).build(),
            payloads,
            window,
            errors,
            failures);
    for (int i = 0; i < plan.eventLoops(); i++) {
      loops.add(new LoadLoop(plan, shared, network.nextLoop(), i));
    }
    Target target = plan.target();
    for (int i = 0; i < plan.connections(); i++) {
      SocketAddress source =
          target.sources().isEmpty()
              ? null
              : new InetSocketAddress(target.sources().get(i % target.sources().size()), 0);
      loops.get(i % loops.size()).addCaller(pick(target.servers(), i), source);
    }
  }

  private static Open opening(Target target) {
    var open =
        Open.newBuilder()
            .setProtocolVersion(1)
            .setModule(target.module())
            .putAllConfig(target.config())
            .setAuthToken(target.token());
    Keep.Durability durability = target.durability();
    if (durability != null) {
      open.setKeep(
          dev.mooring.proto.v1.Keep.newBuilder()
              .setTtlMs(KEPT_MILLIS)
              .setDurability(Durability.valueOf(durability.name())));
    }
    return open.build();
  }

  private static InetSocketAddress pick(List<InetSocketAddress> servers, int turn) {
    return servers.get(turn % servers.size());
  }

  // ---- the phases ----

  private void connect(Measurement measurement) {
    long rampNs = plan.schedule().ramp().toNanos();
    loops.forEach(LoadLoop::pilot);
    await(loops.size(), 0, measurement);
    requireSessions(measurement);
    loops.forEach(loop -> loop.start(rampNs));
    boolean isMeasuredAtOnce = rampNs == 0 && plan.schedule().warmUp().isZero();
    boolean isEarly = rampNs > 0 || plan.load() instanceof Load.ClosedLoop;
    if (isEarly && !isMeasuredAtOnce) {
      generate(rampNs);
    }
    long start = Ticks.now();
    await(plan.connections(), rampNs, measurement);
    requireSessions(measurement);
    if (!isMeasuredAtOnce) {
      generate(0);
    }
    // What is left of the ramp: the last connections may be open before its end.
    runUntil(start + rampNs, start, rampNs, Monitor.Phase.CONNECTING, measurement, null);
  }

  /** Calls begin, if they haven't. */
  private void generate(long rampNs) {
    if (!isGenerating) {
      isGenerating = true;
      loops.forEach(loop -> loop.generate(rampNs));
    }
  }

  /** Waits until so many callers have come through their first attempt, or none makes progress. */
  private void await(int callers, long rampNs, Measurement measurement) {
    long start = Ticks.now();
    long patienceNs = plan.schedule().connect().plus(plan.schedule().open()).toNanos();
    long lastProgress = start + rampNs;
    long nextShow = start + INTERVAL_NS;
    int settled = 0;
    while (settled < callers && Ticks.now() - lastProgress < patienceNs && !stopEarly) {
      pause(Ticks.now() + POLL_MILLIS * Ticks.MILLI);
      long now = Ticks.now();
      int settledNow = loops.stream().mapToInt(LoadLoop::settledCallers).sum();
      if (settledNow > settled) {
        lastProgress = Math.max(lastProgress, now);
        settled = settledNow;
      }
      if (now >= nextShow) {
        show(Monitor.Phase.CONNECTING, start, rampNs, measurement.interval());
        nextShow += INTERVAL_NS;
      }
    }
  }

  /** Without a single session there is nothing to measure. */
  private void requireSessions(Measurement measurement) {
    failures.check();
    if (measurement.sum(recorders -> recorders.opened.get()) > 0) {
      return;
    }
    String code = errors.counts().keySet().stream().findFirst().orElse("OPEN_TIMEOUT");
    String message = errors.messages().getOrDefault(code, "no session could be opened");
    boolean nobody = NO_SERVER.containsAll(errors.counts().keySet());
    String servers = String.join(", ", Settings.servers(plan.target()));
    throw new LoadFailure(
        nobody ? LoadFailure.Kind.NO_SERVER : LoadFailure.Kind.REFUSED,
        nobody
            ? "no server at %s: %s".formatted(servers, message)
            : "%s opened no session: %s: %s".formatted(servers, code, message));
  }

  private void warmUp(Measurement measurement) {
    long start = Ticks.now();
    long lengthNs = plan.schedule().warmUp().toNanos();
    runUntil(start + lengthNs, start, lengthNs, Monitor.Phase.WARMING_UP, measurement, null);
  }

  private void measure(Measurement measurement, Results results) {
    long count = plan.schedule().count();
    long lengthNs = count > 0 ? Long.MAX_VALUE / 4 : plan.schedule().duration().toNanos();
    results.start = measurement.mark();
    long start = Ticks.now();
    window.start(start);
    generate(0); // Not before, if nothing is to be called that isn't measured.
    long end = start + lengthNs;
    if (count == 0) {
      // The loops see the end themselves: nothing is scheduled past it.
      window.end(end);
    }
    runUntil(end, start, count > 0 ? 0 : lengthNs, Monitor.Phase.MEASURING, measurement, results);
    results.interrupted = count > 0 ? !isServed() : stopEarly && Ticks.now() < end;
    if (count > 0) {
      long lastAnswer =
          loops.stream().mapToLong(loop -> loop.recorders().lastAnswerNs.get()).max().orElse(0);
      window.end(Math.max(start + 1, lastAnswer));
    } else if (stopEarly) {
      window.end(Math.min(end, Ticks.now()));
    }
    results.end = measurement.mark();
    loops.forEach(LoadLoop::stop);
  }

  private void drain(Measurement measurement, Results results) {
    long start = Ticks.now();
    long end = start + plan.schedule().call().toNanos() + Ticks.SECOND;
    while (Ticks.now() < end && !loops.stream().allMatch(LoadLoop::isIdle)) {
      pause(Ticks.now() + POLL_MILLIS * Ticks.MILLI);
      if (Ticks.now() - start > INTERVAL_NS * (1 + results.drainIntervals)) {
        results.drainIntervals++;
        show(Monitor.Phase.DRAINING, start, 0, results.drained(measurement.interval()));
      }
    }
    results.drained(measurement.interval());
  }

  private void sayGoodbye() {
    loops.forEach(LoadLoop::finish);
    long end = Ticks.now() + GOODBYE_NS;
    while (Ticks.now() < end && !loops.stream().allMatch(LoadLoop::isGone)) {
      pause(Ticks.now() + POLL_MILLIS * Ticks.MILLI);
    }
    loops.forEach(LoadLoop::cut);
  }

  /** Samples until the end of a phase, or of the test's reason to go on. */
  private void runUntil(
      long end,
      long start,
      long lengthNs,
      Monitor.Phase phase,
      Measurement measurement,
      @Nullable Results results) {
    long interval =
        lengthNs == 0
            ? INTERVAL_NS
            : Math.clamp(lengthNs / INTERVALS_AT_LEAST, SHORTEST_INTERVAL_NS, INTERVAL_NS);
    long next = start + interval;
    long lastProgress = start;
    while (Ticks.now() < end && !stopEarly) {
      long until = Math.min(next, end);
      while (Ticks.now() < until && !stopEarly && !isServed()) {
        pause(Math.min(until, Ticks.now() + POLL_MILLIS * Ticks.MILLI));
      }
      Measurement.Interval now = measurement.interval();
      if (results != null) {
        results.measured(now);
      }
      show(phase, start, lengthNs, now);
      failures.check();
      if (now.to().answered() > now.from().answered() || now.to().failed() > now.from().failed()) {
        lastProgress = Ticks.now();
      }
      boolean isGone = results != null && isCounted() && Ticks.now() - lastProgress > patienceNs();
      if (isServed() || isGone) {
        return;
      }
      next += Math.max(interval, (Ticks.now() - start) / POINTS_PER_E);
    }
  }

  /** How long a server that answers nothing may take to answer again, if it can be reached anew. */
  private long patienceNs() {
    Schedule schedule = plan.schedule();
    return schedule.connect().plus(schedule.open()).plus(schedule.call()).toNanos();
  }

  /** Whether the plan has a number of calls, and not a time. */
  private boolean isCounted() {
    return plan.schedule().count() > 0;
  }

  /** Whether the plan's number of calls has been served. */
  private boolean isServed() {
    return isCounted() && loops.stream().allMatch(LoadLoop::isIdle);
  }

  private void show(Monitor.Phase phase, long start, long lengthNs, Measurement.Interval now) {
    Histogram latency = now.latency();
    monitor.moment(
        new Monitor.Moment(
            phase,
            (Ticks.now() - start) / 1e9,
            lengthNs / 1e9,
            now.perSecond(),
            latency.getTotalCount() == 0 ? 0 : Figures.at(latency, 99),
            now.openConnections(),
            errors.total()));
  }

  private static void pause(long until) {
    long nanos = until - Ticks.now();
    if (nanos > 0) {
      java.util.concurrent.locks.LockSupport.parkNanos(nanos);
    }
    if (Thread.interrupted()) {
      throw new LoadFailure(LoadFailure.Kind.REFUSED, "interrupted");
    }
  }
}
