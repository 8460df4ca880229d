package dev.mooring.bench;

import static dev.mooring.bench.Contender.INTERRUPTIBLE;
import static dev.mooring.bench.Contender.MOORING;
import static dev.mooring.bench.Contender.UNCHECKED;

import dev.mooring.bench.Contest.Measure;
import dev.mooring.bench.Peer.Answer;
import dev.mooring.guest.deadline.StopSwitch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The verb {@code preemption}: what it costs guests that behave that any call can be stopped, and
 * how soon those that don't are.
 */
final class PreemptionRun {
  private static final List<Contender> COMPUTING = List.of(MOORING, UNCHECKED, INTERRUPTIBLE);

  private static final List<Runaway> RUNAWAYS =
      List.of(
          new Runaway("spin_loop", "an empty loop"),
          new Runaway("spin_br_if", "a loop with `br_if`"),
          new Runaway("spin_br_table", "a loop of `br_table`"),
          new Runaway("spin_counted", "three counted loops, nested"),
          new Runaway("spin_float", "floating point"),
          new Runaway("spin_store", "loads and stores"),
          new Runaway("spin_fill", "`memory.fill` of 1 MiB"),
          new Runaway("spin_copy", "`memory.copy` of 1 MiB"),
          new Runaway("spin_grow", "`memory.grow`, `table.grow`"),
          new Runaway("spin_fib", "recursion"),
          new Runaway("spin_mutual", "mutual recursion"),
          new Runaway("spin_indirect", "`call_indirect`"),
          new Runaway("spin_host", "a host function"));

  /** Long enough for a loop to be compiled, so that it is hot code that must be stopped. */
  private static final int DEADLINE_MILLIS = 25;

  /** How many stops are asked for at a time; a multiple of those that are free. */
  private static final int STOPS_AT_A_TIME = 50;

  private static final double NANOS_PER_MILLI = 1e6;

  private final Setting setting;
  private final Plan plan;
  private final Progress progress;
  private final Contest contest;
  private final Report report;
  private final Map<String, Stopped> stopped = new HashMap<>();

  private PreemptionRun(Setting setting, Plan plan) {
    this.setting = setting;
    this.plan = plan;
    this.progress = new Progress(setting.terminal());
    this.contest = new Contest(setting, progress, plan.mostWarmUps);
    this.report = new Report(setting, "preemption");
  }

  /**
   * How much is done.
   *
   * @param millis of one sample of computing
   * @param rounds samples from each process
   * @param forks processes for computing, one after the other, since no two compile alike
   * @param stops of each runaway, with each kind of check
   */
  private record Plan(int millis, int rounds, int forks, int mostWarmUps, int stops) {
    static final Plan QUICK = new Plan(40, 5, 2, 8, 50);
    static final Plan FULL = new Plan(60, 7, 7, 20, 200);
  }

  private record Runaway(String guest, String does) {}

  /** Nanoseconds from deadlines to the ends of calls. */
  private record Stopped(Samples free, Samples real) {
    Stopped() {
      this(new Samples(), new Samples());
    }
  }

  /** The argument may be {@code --quick}. */
  public static void main(String[] args) throws Exception {
    String options = String.join(" ", args);
    var run =
        new PreemptionRun(Setting.ofProcess(), options.equals("--quick") ? Plan.QUICK : Plan.FULL);
    try {
      run.contest.run("computing", COMPUTING, computing(run), run.plan.forks, run.plan.rounds);
      run.stop();
    } catch (Contest.WrongAnswer e) {
      System.err.println("preemption: " + e.getMessage());
      System.exit(1);
    }
    run.tabulateComputing();
    run.tabulateStops();
    run.note();
    run.report.publish(options);
  }

  private static List<Measure> computing(PreemptionRun run) {
    var measures = new ArrayList<Measure>();
    for (Kernel kernel : Kernel.SUITE) {
      String order =
          String.join(
              " ",
              "compute",
              run.setting.guest(kernel.guest()).toString(),
              kernel.function(),
              Integer.toString(kernel.n()),
              Integer.toString(run.plan.millis));
      measures.add(new Measure(kernel.label(), order, true, true));
    }
    return measures;
  }

  /** Takes the runaways in turn, a few stops of each at a time. */
  private void stop() throws Exception {
    int batches = Math.ceilDiv(plan.stops, STOPS_AT_A_TIME);
    progress.start("stopping", (long) (batches + 1) * RUNAWAYS.size());
    Peer peer = Peer.start(MOORING.command(setting));
    try {
      for (int batch = 0; batch <= batches; batch++) {
        for (Runaway runaway : RUNAWAYS) {
          // The first batch is small and forgotten: it loads the classes that any stop needs.
          boolean counts = batch > 0;
          int count = counts ? Math.min(STOPS_AT_A_TIME, plan.stops) : StopSwitch.MAX_INVALIDATIONS;
          Stopped sink = counts ? stopped(runaway) : new Stopped();
          ask(peer, "stop", runaway, count, sink.free);
          ask(peer, "stopchecked", runaway, count, sink.real);
          progress.step();
        }
      }
    } finally {
      peer.close();
    }
    progress.end();
  }

  private Stopped stopped(Runaway runaway) {
    return stopped.computeIfAbsent(runaway.guest, g -> new Stopped());
  }

  private void ask(Peer peer, String verb, Runaway runaway, int count, Samples sink)
      throws Exception {
    String order = verb + " " + setting.guest(runaway.guest) + " " + count + " " + DEADLINE_MILLIS;
    Answer answer = peer.ask(order);
    if (answer.refused()) {
      report.absent(runaway.guest + ", " + verb + ": " + answer.reason());
    }
    for (String nanos : answer.words()) {
      sink.add(Double.parseDouble(nanos) / NANOS_PER_MILLI);
    }
  }

  private void tabulateComputing() {
    var table = new Table(List.of("", "Mooring", "÷ no check", "Chicory's check ÷ no check"));
    for (Kernel kernel : Kernel.SUITE) {
      table.add(
          List.of(
              kernel.label(),
              time(kernel, MOORING),
              cell(ratio(kernel, MOORING, UNCHECKED)),
              cell(ratio(kernel, INTERRUPTIBLE, UNCHECKED))));
    }
    OptionalDouble ours = geometricMean(MOORING, UNCHECKED);
    OptionalDouble chicorys = geometricMean(INTERRUPTIBLE, UNCHECKED);
    table.add(List.of("geometric mean", "", cell(ours), cell(chicorys)));
    report.table(table);
    report.figure("preemption_cost", ours);
    report.figure("interrupt_check_cost", chicorys);
  }

  private String time(Kernel kernel, Contender contender) {
    OptionalDouble found = contest.median(kernel.label(), contender);
    if (found.isEmpty()) {
      return "–";
    }
    String doubt = contest.isWide(kernel.label(), contender) ? "~" : "";
    return doubt + Report.number(found.getAsDouble() / 1e3);
  }

  private static String cell(OptionalDouble value) {
    return value.isEmpty() ? "–" : Report.number(value.getAsDouble());
  }

  private OptionalDouble ratio(Kernel kernel, Contender one, Contender other) {
    OptionalDouble a = contest.median(kernel.label(), one);
    OptionalDouble b = contest.median(kernel.label(), other);
    return a.isEmpty() || b.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(a.getAsDouble() / b.getAsDouble());
  }

  private OptionalDouble geometricMean(Contender one, Contender other) {
    double logarithms = 0;
    for (Kernel kernel : Kernel.SUITE) {
      OptionalDouble ratio = ratio(kernel, one, other);
      if (ratio.isEmpty()) {
        return ratio;
      }
      logarithms += Math.log(ratio.getAsDouble());
    }
    return OptionalDouble.of(Math.exp(logarithms / Kernel.SUITE.size()));
  }

  private void tabulateStops() {
    var table =
        new Table(
            List.of(
                "from deadline to stop (ms)", "p50", "max", "real check: p50", "real check: max"));
    var free = new Samples();
    var real = new Samples();
    double worst = 0;
    for (Runaway runaway : RUNAWAYS) {
      var cells = new ArrayList<String>();
      cells.add(runaway.does);
      Stopped found = stopped(runaway);
      for (Samples samples : List.of(found.free, found.real)) {
        cells.add(Report.median(samples));
        cells.add(Report.quantile(samples, 1));
        worst = samples.isEmpty() ? worst : Math.max(worst, samples.median());
      }
      free.addAll(found.free);
      real.addAll(found.real);
      table.add(cells);
    }
    report.table(table);
    var all = new Samples();
    all.addAll(free);
    all.addAll(real);
    stopFigures("stop", all);
    stopFigures("stop_free_check", free);
    stopFigures("stop_real_check", real);
    report.figure(
        "stop_p50_worst_guest_ms",
        all.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(worst));
    report.note(
        all.count()
            + " stops: "
            + plan.stops
            + " of each guest, with either check. The server checks for free until it has stopped a"
            + " module "
            + StopSwitch.MAX_INVALIDATIONS
            + " times; after that the module's check is a real one. With the free check, therefore, a module is"
            + " compiled anew after so many stops.");
  }

  private void stopFigures(String name, Samples samples) {
    report.figure(name + "_p50_ms", samples);
    report.figure(name + "_max_ms", samples, 1);
  }

  private void note() {
    contest.notes().forEach(report::absent);
    report.note(
        "Times of kernels in µs, medians. `~`: the middle half of the samples spreads over more than 10 %. 'No check':"
            + " the same module, compiled with an empty method where the check is. Each variant runs in "
            + plan.forks
            + " processes, since no two compile alike; a ratio of single kernels within a few percent of 1 is chance.");
    report.note(
        "A stop is timed by the thread that is stopped: from a deadline of "
            + DEADLINE_MILLIS
            + " ms after the call's start to its end, the rollback included. The watchdog looks once a millisecond and"
            + " must see a call for as long as its deadline, so 0 to 2 ms of it are waiting.");
    report.note(
        "Not shown: what a stop costs other calls of the same module, whose code is compiled anew; what it costs"
            + " after "
            + StopSwitch.MAX_INVALIDATIONS
            + " stops to compute with a real check; and stopping while many loops are busy.");
  }
}
