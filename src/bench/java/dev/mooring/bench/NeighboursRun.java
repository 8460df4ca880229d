package dev.mooring.bench;

import dev.mooring.bench.LightLoad.Measured;
import dev.mooring.bench.Neighbours.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The verb {@code neighbours}: how long light calls take alone, and beside sessions that behave
 * badly, each in its way, on the same server.
 *
 * <p>The server is a process of its own, and so are the neighbours; this one has the light
 * sessions.
 */
final class NeighboursRun {
  private static final int EVENT_LOOPS = 2;
  private static final int DEADLINE_MILLIS = 50;
  private static final long HEAVY_NANOS = TimeUnit.MILLISECONDS.toNanos(DEADLINE_MILLIS * 8 / 10);
  private static final int SETTLE_MILLIS = 500;

  /**
   * When the sender's delays make up this much of what is measured, the generator is at its end.
   */
  private static final double MUCH_LAG = 0.25;

  private static final int LEAST_FOR_A_TAIL = 1_000;

  private final Setting setting;
  private final Plan plan;
  private final Progress progress;
  private final Map<String, Case> cases = new HashMap<>();
  private int heavyWork;
  private boolean yieldingNeighbours;
  private boolean promptLight;

  private NeighboursRun(Setting setting, Plan plan) {
    this.setting = setting;
    this.plan = plan;
    this.progress = new Progress(setting.terminal());
  }

  /**
   * How much is done.
   *
   * @param rounds how often each case is measured
   * @param millis for how long at a time
   */
  private record Plan(int rounds, int millis, int warmUpMillis) {
    static final Plan QUICK = new Plan(2, 5_000, 5_000);
    static final Plan FULL = new Plan(3, 20_000, 20_000);
  }

  /** What is known of the light calls beside one kind of neighbours; a sample for each round. */
  private static final class Case {
    private final Samples p50 = new Samples();
    private final Samples p99 = new Samples();
    private final Samples max = new Samples();
    private final Samples lagP99 = new Samples();
    private long calls;
    private long failed;
    private long wrong;
    private long done;
    private long other;

    void add(Measured measured) {
      calls += measured.lags().count();
      failed += measured.failed();
      wrong += measured.wrong();
      lagP99.add(measured.lags().quantile(0.99));
      if (measured.latencies().count() >= LEAST_FOR_A_TAIL) {
        p50.add(measured.latencies().median());
        p99.add(measured.latencies().quantile(0.99));
        max.add(measured.latencies().quantile(1));
      }
    }

    void add(NeighboursProcess.Deeds deeds) {
      done += deeds.done();
      other += deeds.other();
    }

    boolean isLate() {
      return p99.isEmpty() || lagP99.median() > MUCH_LAG * p99.median();
    }

    OptionalDouble p99() {
      return p99.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(p99.median());
    }
  }

  /** The argument may be {@code --quick}. */
  public static void main(String[] args) throws Exception {
    String options = String.join(" ", args);
    Setting setting = Setting.ofProcess();
    var run = new NeighboursRun(setting, options.equals("--quick") ? Plan.QUICK : Plan.FULL);
    run.measure();
    var report = new Report(setting, "neighbours");
    run.tabulate(report);
    run.note(report);
    report.publish(options);
    if (run.cases.values().stream().anyMatch(c -> c.wrong > 0)) {
      System.err.println("neighbours: an echo differed from what was sent");
      System.exit(1);
    }
  }

  private void measure() throws Exception {
    var guests = new ArrayList<>(Neighbours.SPINNERS);
    guests.add("page17");
    guests.add(HeavyWork.MODULE);
    try (ServerProcess server = ServerProcess.start(setting, EVENT_LOOPS, guests);
        var lightLoop = new LoadLoop(server.port());
        NeighboursProcess neighbours = NeighboursProcess.start(setting, server.port())) {
      progress.start(
          "light sessions and their neighbours", (long) plan.rounds * kinds().size() + 1);
      yieldingNeighbours = neighbours.isYielding();
      // A light call that is sent or read late for want of a processor says nothing of the server.
      promptLight = lightLoop.thread().submit(Scheduling.AT_ONCE::apply).get();
      heavyWork = HeavyWork.find(lightLoop, HEAVY_NANOS);
      measure(lightLoop, neighbours, null, plan.warmUpMillis, new Case());
      progress.step();
      for (int round = 0; round < plan.rounds; round++) {
        for (Kind kind : kinds()) {
          measure(lightLoop, neighbours, kind, plan.millis, found(kind));
          server.checkAlive();
          progress.step();
        }
      }
    }
    progress.end();
  }

  /** All of them, and null for nobody. */
  private static List<@Nullable Kind> kinds() {
    var kinds = new ArrayList<@Nullable Kind>();
    kinds.add(null);
    kinds.addAll(List.of(Kind.values()));
    return kinds;
  }

  private static String name(@Nullable Kind kind) {
    return kind == null ? "alone" : kind.label();
  }

  private Case found(@Nullable Kind kind) {
    return cases.computeIfAbsent(name(kind), k -> new Case());
  }

  private void measure(
      LoadLoop lightLoop, NeighboursProcess neighbours, @Nullable Kind kind, int millis, Case sink)
      throws Exception {
    try (var light = new LightLoad(lightLoop)) {
      if (kind != null) {
        neighbours.start(kind, heavyWork);
      }
      Thread.sleep(SETTLE_MILLIS);
      sink.add(light.measure(millis));
      if (kind != null) {
        sink.add(neighbours.stop());
      }
    }
    Thread.sleep(SETTLE_MILLIS);
  }

  private void tabulate(Report report) {
    var table =
        new Table(
            List.of(
                "light calls beside",
                "p50 (ms)",
                "p99 (ms)",
                "max (ms)",
                "p99 ÷ alone",
                "calls",
                "failed",
                "sent late, p99 (ms)",
                "what the neighbours did"));
    long failed = 0;
    for (Kind kind : kinds()) {
      Case found = found(kind);
      failed += found.failed;
      table.add(
          List.of(
              kind == null ? "nobody" : kind.label() + ": " + kind.does(),
              Report.median(found.p50),
              (found.isLate() ? "~" : "") + Report.median(found.p99),
              Report.quantile(found.max, 1),
              ratio(found).isEmpty() ? "–" : Report.number(ratio(found).getAsDouble()),
              Long.toString(found.calls),
              Long.toString(found.failed),
              Report.median(found.lagP99),
              kind == null ? "" : kind.deeds(found.done, found.other)));
    }
    report.table(table);
    report.figure("light_failed", (double) failed);
    report.figure("p99_ms_alone", found(null).p99());
    for (Kind kind : Kind.values()) {
      report.figure("p99_vs_alone_" + kind.label(), ratio(found(kind)));
      report.figure("p99_ms_" + kind.label(), found(kind).p99());
    }
  }

  private OptionalDouble ratio(Case found) {
    OptionalDouble alone = found(null).p99();
    return alone.isEmpty() || found.p99().isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(found.p99().getAsDouble() / alone.getAsDouble());
  }

  private void note(Report report) {
    report.note(
        LightLoad.SESSIONS
            + " light sessions, each with "
            + LightLoad.CALLS_PER_SECOND
            + " calls a second of an echo of 64 bytes, at fixed times, whether or not the last was answered; a"
            + " latency begins when its call was due. "
            + plan.rounds
            + " rounds of "
            + plan.millis / 1_000
            + " s of each case, in turn; p50 and p99 are medians of the rounds, max is of all. 'Failed': not answered"
            + " within 5 s, answered with an error, or wrongly.");
    report.note(
        "One server with "
            + EVENT_LOOPS
            + " event loops and its defaults: a call may run "
            + DEADLINE_MILLIS
            + " ms. A heavy call is SHA-256 over "
            + heavyWork
            + " KiB, which took "
            + TimeUnit.NANOSECONDS.toMillis(HEAVY_NANOS)
            + " ms on the idle server.");
    report.note(
        "Light sessions and neighbours run on the same machine, in a process for each, with a thread that does it all. "
            + (yieldingNeighbours
                ? "The neighbours' gets a processor when nobody else wants it (SCHED_IDLE), as they would not take the"
                    + " server's; whenever the server waits for them, they go on. "
                : "")
            + (promptLight ? "The light sessions' gets one at once (SCHED_FIFO). " : "")
            + "With "
            + Runtime.getRuntime().availableProcessors()
            + " processors the kernel shares them between the light sessions and the server: what light calls wait"
            + " for includes that. `~`: it sent late by so much that the p99 is also its own.");
    report.note(
        "Not shown: TLS, a network, neighbours of several kinds at once, and fairness among the neighbours.");
  }
}
