package dev.mooring.loadtest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the knee: the highest rate that a server holds. Each rate is a whole test with connections
 * of its own. A rate that isn't held gets a second try: one hiccup is no limit.
 *
 * <p>Use it once, on a thread that may wait; {@link #stopEarly} on any.
 */
public final class StepSearch {
  /** The share of the rate that must be answered as it comes. */
  static final double ANSWERED_SHARE = 0.95;

  /** The share of calls that may fail. */
  static final double FAILED_SHARE = 0.01;

  private final LoadPlan plan;
  private final Load.OpenLoop load;
  private final Step step;
  private final Monitor monitor;
  private final @Nullable HistogramLog log;
  private final List<Object> steps = new ArrayList<>();
  private volatile @Nullable LoadTest running;
  private volatile boolean stopEarly;

  /**
   * @throws LoadFailure if the plan has no rate
   */
  public StepSearch(LoadPlan plan, Step step, Monitor monitor, @Nullable HistogramLog log) {
    if (!(plan.load() instanceof Load.OpenLoop open)) {
      throw LoadFailure.usage(
          "--step is for an open loop, expected --rate with it: the first rate");
    }
    this.plan = plan;
    this.load = open;
    this.step = step;
    this.monitor = monitor;
    this.log = log;
  }

  /** Ends the test that runs, and the search. Any thread. */
  public void stopEarly() {
    stopEarly = true;
    LoadTest test = running;
    if (test != null) {
      test.stopEarly();
    }
  }

  /**
   * Runs tests until a rate isn't held.
   *
   * @return the report of the last rate that was held (of the first, if none was), with all steps
   */
  public Report run() {
    Report best = null;
    double rate = load.ratePerSecond();
    for (int i = 0; i < Step.MAX_STEPS && !stopEarly && rate <= Load.MAX_RATE_PER_SECOND; i++) {
      Report report = test(rate);
      String problem = problem(report, rate);
      if (problem != null && !stopEarly) {
        note(report, rate, problem + "; tried again");
        report = test(rate);
        problem = problem(report, rate);
      }
      note(report, rate, problem == null ? Report.HELD : problem);
      if (best == null || problem == null) {
        best = report;
      }
      if (problem != null) {
        break;
      }
      rate = step.next(rate);
    }
    if (best == null) {
      throw new LoadFailure(LoadFailure.Kind.REFUSED, "stopped before the first rate was tested");
    }
    return finish(best);
  }

  private Report test(double rate) {
    if (log != null) {
      log.tag(String.format(Locale.ROOT, "rate-%.0f", rate));
    }
    var test = new LoadTest(plan.withLoad(load.withRate(rate)), monitor, log);
    running = test;
    if (stopEarly) {
      test.stopEarly();
    }
    return test.run();
  }

  /** What says that the rate wasn't held; null if it was. */
  private @Nullable String problem(Report report, double rate) {
    double share = report.number("throughput_per_second") / rate;
    double failed = report.number("calls.failed") / Math.max(1, report.number("calls.scheduled"));
    double p99 = report.number("latency.p99_us");
    if (report.isSaturated()) {
      return "this client was saturated";
    }
    if (failed > FAILED_SHARE) {
      return String.format(Locale.ROOT, "%.1f %% failed", failed * 100);
    }
    if (share < ANSWERED_SHARE) {
      return String.format(Locale.ROOT, "%.0f %% answered", share * 100);
    }
    return p99 <= step.kneeP99().toNanos() / 1e3 ? null : "p99 is " + Units.micros(p99);
  }

  private void note(Report report, double rate, String verdict) {
    Map<String, Object> note = new LinkedHashMap<>();
    note.put("rate_per_second", rate);
    note.put("throughput_per_second", report.number("throughput_per_second"));
    for (String figure : List.of("p50_us", "p99_us", "p999_us", "max_us")) {
      double value = report.number("latency." + figure);
      note.put(figure, Double.isNaN(value) ? null : value);
    }
    note.put("failed", report.number("calls.failed"));
    note.put("saturated", report.isSaturated());
    note.put("verdict", verdict);
    steps.add(note);
  }

  private Report finish(Report best) {
    boolean held = problem(best, best.number("wanted_per_second")) == null;
    return best.with("interrupted", stopEarly)
        .with("steps", steps)
        .with("knee_per_second", held ? best.number("wanted_per_second") : null);
  }
}
