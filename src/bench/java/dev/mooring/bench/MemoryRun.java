package dev.mooring.bench;

import static dev.mooring.bench.Contender.BEFORE;
import static dev.mooring.bench.Contender.CHICORY;
import static dev.mooring.bench.Contender.MOORING;
import static dev.mooring.bench.Contender.V8;
import static dev.mooring.bench.Contender.V8_INSTALLED;
import static dev.mooring.bench.Contender.WASMTIME;

import dev.mooring.bench.Contest.Measure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * The verb {@code memory}: what a session costs to open, to hold, to switch to, to compute in, and
 * to undo, in our engine and in three others.
 */
final class MemoryRun {
  private static final List<Contender> ENGINES =
      List.of(MOORING, CHICORY, V8, V8_INSTALLED, WASMTIME);

  private static final String FIRST_CALL = "load and call once, 17 pages, cold (ms)";
  private static final String HUNDREDTH_CALL = "load and call a hundred times, 17 pages, cold (ms)";
  private static final String FIRST_CALL_LARGE = "load and call once, 2,000 functions, cold (ms)";
  private static final String OPEN = "open, 17 pages (µs)";
  private static final String OPEN_LARGE = "open, 2,000 functions (µs)";
  private static final String FIRST = "open and call once, 17 pages (µs)";
  private static final String FIRST_LARGE = "open and call once, 2,000 functions (µs)";
  private static final String LIVE = "memory of a session called once (KiB)";
  private static final String REST = "memory of such a session at rest (KiB)";
  private static final String ONE = "call one session again and again (ns)";
  private static final String FEW = "call each of 64 in turn (ns)";
  private static final String MANY = "call each of as many as fit in turn (ns)";
  private static final String GEOMETRIC_MEAN = "geometric mean of the nine (µs)";
  private static final String ECHO = "echo 64 bytes, two pages written (ns)";
  private static final String NOTHING_WRITTEN = "write to no page, commit (ns)";
  private static final String ALLOCATION = "allocated by such a call (bytes)";

  private static final int[] TOUCHED_PAGES = {1, 10, 100};

  private final Setting setting;
  private final Plan plan;
  private final Contest contest;

  /** Whose times stand beside each other, and of these what is Mooring. */
  private final List<Contender> all = new ArrayList<>(ENGINES);

  private final List<Contender> ours = new ArrayList<>(List.of(MOORING));
  private final List<Ratio> ratios =
      new ArrayList<>(
          List.of(
              new Ratio(MOORING, CHICORY), new Ratio(MOORING, V8), new Ratio(MOORING, WASMTIME)));
  private final Table table;

  private MemoryRun(Setting setting, Plan plan) {
    this.setting = setting;
    this.plan = plan;
    this.contest = new Contest(setting, new Progress(setting.terminal()), plan.mostWarmUps);
    if (!setting.before().isEmpty()) {
      all.add(1, BEFORE);
      ours.add(BEFORE);
      ratios.addFirst(new Ratio(MOORING, BEFORE));
    }
    var head = new ArrayList<String>();
    head.add("");
    all.forEach(contender -> head.add(contender.label()));
    ratios.forEach(ratio -> head.add(ratio.label()));
    this.table = new Table(head);
  }

  /**
   * How much is done.
   *
   * @param millis of one sample
   * @param rounds samples from each process
   * @param forks processes for computing, one after the other, since no two compile alike
   */
  private record Plan(int millis, int rounds, int forks, int mostWarmUps, int allocationCalls) {
    static final Plan QUICK = new Plan(40, 7, 2, 10, 1_000_000);
    static final Plan FULL = new Plan(100, 15, 5, 30, 5_000_000);
  }

  private record Ratio(Contender ours, Contender peer) {
    String label() {
      return ours.label() + " ÷ " + peer.label();
    }
  }

  /** The argument may be {@code --quick}. */
  public static void main(String[] args) throws Exception {
    String options = String.join(" ", args);
    Setting setting = Setting.ofProcess();
    var run = new MemoryRun(setting, options.equals("--quick") ? Plan.QUICK : Plan.FULL);
    try {
      run.measure();
    } catch (Contest.WrongAnswer e) {
      System.err.println("memory: " + e.getMessage());
      System.exit(1);
    }
    run.tabulate();
    var report = new Report(setting, "memory");
    report.table(run.table);
    run.note(report);
    run.figures(report);
    report.publish(options);
  }

  private void measure() throws Exception {
    contest.run(
        "computing", all, kernels().stream().map(this::compute).toList(), plan.forks, plan.rounds);
    start(FIRST_CALL, "page17", 1);
    start(HUNDREDTH_CALL, "page17", 100);
    start(FIRST_CALL_LARGE, "big2000", 1);
    contest.run(
        "opening",
        all,
        List.of(
            Measure.time(OPEN, order("open", "page17", "inc", plan.millis)),
            Measure.time(FIRST, order("first", "page17", "inc", plan.millis)),
            Measure.time(OPEN_LARGE, order("open", "big2000", "inc", plan.millis)),
            Measure.time(FIRST_LARGE, order("first", "big2000", "inc", plan.millis))),
        1,
        plan.rounds);
    contest.run(
        "switching",
        all,
        List.of(
            Measure.time(ONE, order("cycle", "page17", "inc", 1, plan.millis)),
            Measure.time(FEW, order("cycle", "page17", "inc", 64, plan.millis))),
        1,
        plan.rounds);
    contest.run(
        "switching between many",
        all,
        List.of(Measure.time(MANY, order("cycle", "page17", "inc", 0, plan.millis))),
        1,
        plan.rounds);
    contest.run(
        "holding",
        all,
        List.of(new Measure(LIVE, order("live", "page17", "inc", 0), false, false)),
        3,
        1);
    contest.run(
        "resting",
        List.of(MOORING),
        List.of(new Measure(REST, order("rest", "page17", "inc", 0), false, false)),
        3,
        1);
    contest.run("calling", ours, calls(), 1, plan.rounds);
  }

  /** In a process of its own each time, whose JVM hasn't compiled anything yet. */
  private void start(String name, String guest, int calls) throws Exception {
    List<Measure> start =
        List.of(new Measure(name, order("start", guest, "inc", calls), false, false));
    contest.run("starting", ours, start, plan.rounds, 1);
  }

  private static List<Kernel> kernels() {
    var kernels = new ArrayList<>(Kernel.SUITE);
    kernels.add(Kernel.ALMOST_LARGE);
    kernels.addAll(Kernel.LARGE);
    return kernels;
  }

  private Measure compute(Kernel kernel) {
    return new Measure(
        kernel.label(),
        order("compute", kernel.guest(), kernel.function(), kernel.n(), plan.millis),
        true,
        true);
  }

  private List<Measure> calls() {
    var measures = new ArrayList<Measure>();
    measures.add(Measure.time(ECHO, order("echo", "page17", plan.millis)));
    measures.add(
        new Measure(ALLOCATION, order("allocation", "page17", plan.allocationCalls), false, false));
    measures.add(Measure.time(NOTHING_WRITTEN, order("touch", "touch", 0, plan.millis)));
    for (int pages : TOUCHED_PAGES) {
      measures.add(Measure.time(touch(pages), order("touch", "touch", pages, plan.millis)));
      measures.add(Measure.time(rollback(pages), order("rollback", "touch", pages, plan.millis)));
    }
    return measures;
  }

  private static String touch(int pages) {
    return "write to " + pages + (pages == 1 ? " page" : " pages") + ", commit (µs)";
  }

  private static String rollback(int pages) {
    return "write to " + pages + (pages == 1 ? " page" : " pages") + ", trap, roll back (µs)";
  }

  private String order(String verb, String guest, Object... rest) {
    var order = new StringBuilder(verb).append(' ').append(setting.guest(guest));
    for (Object word : rest) {
      order.append(' ').append(word);
    }
    return order.toString();
  }

  private void tabulate() {
    row(FIRST_CALL, 1e6);
    row(HUNDREDTH_CALL, 1e6);
    row(FIRST_CALL_LARGE, 1e6);
    row(OPEN, 1e3);
    row(OPEN_LARGE, 1e3);
    row(FIRST, 1e3);
    row(FIRST_LARGE, 1e3);
    row(LIVE, 1_024);
    row(REST, 1_024);
    row(ONE, 1);
    row(FEW, 1);
    rowWithoutRatios("the switch alone, of 64 (ns)", c -> difference(FEW, ONE, c), c -> false);
    rowWithoutRatios(MANY, c -> contest.median(MANY, c), c -> contest.isWide(MANY, c));
    for (Kernel kernel : Kernel.SUITE) {
      row(kernel.label(), 1e3);
    }
    row(GEOMETRIC_MEAN, this::suite, c -> false, 1e3);
    row(Kernel.ALMOST_LARGE.label(), 1e3);
    for (Kernel kernel : Kernel.LARGE) {
      row(kernel.label(), 1e3);
    }
    row(ECHO, 1);
    row(ALLOCATION, 1);
    row(NOTHING_WRITTEN, 1);
    for (int pages : TOUCHED_PAGES) {
      row(touch(pages), 1e3);
      row(rollback(pages), 1e3);
    }
  }

  private interface Value {
    OptionalDouble of(Contender contender);
  }

  private interface Doubt {
    boolean of(Contender contender);
  }

  private void row(String name, double unit) {
    row(name, c -> contest.median(name, c), c -> contest.isWide(name, c), unit);
  }

  private void row(String name, Value value, Doubt wide, double unit) {
    List<String> cells = cells(name, value, wide, unit);
    for (Ratio ratio : ratios) {
      OptionalDouble found = ratio(value.of(ratio.ours), value.of(ratio.peer));
      cells.add(found.isEmpty() ? "–" : Report.number(found.getAsDouble()));
    }
    table.add(cells);
  }

  /** For differences, which may be next to nothing, and for what isn't the same from all. */
  private void rowWithoutRatios(String name, Value value, Doubt wide) {
    List<String> cells = cells(name, value, wide, 1);
    ratios.forEach(ratio -> cells.add(""));
    table.add(cells);
  }

  private List<String> cells(String name, Value value, Doubt wide, double unit) {
    var cells = new ArrayList<String>();
    cells.add(name);
    for (Contender contender : all) {
      OptionalDouble found = value.of(contender);
      cells.add(
          found.isEmpty()
              ? "–"
              : (wide.of(contender) ? "~" : "") + Report.number(found.getAsDouble() / unit));
    }
    return cells;
  }

  private OptionalDouble suite(Contender contender) {
    return geometricMean(Kernel.SUITE, contender);
  }

  private OptionalDouble geometricMean(List<Kernel> kernels, Contender contender) {
    double logarithms = 0;
    for (Kernel kernel : kernels) {
      OptionalDouble median = contest.median(kernel.label(), contender);
      if (median.isEmpty()) {
        return OptionalDouble.empty();
      }
      logarithms += Math.log(median.getAsDouble());
    }
    return OptionalDouble.of(Math.exp(logarithms / kernels.size()));
  }

  private OptionalDouble difference(String more, String less, Contender contender) {
    OptionalDouble a = contest.median(more, contender);
    OptionalDouble b = contest.median(less, contender);
    return a.isEmpty() || b.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(a.getAsDouble() - b.getAsDouble());
  }

  private static OptionalDouble ratio(OptionalDouble a, OptionalDouble b) {
    return a.isEmpty() || b.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(a.getAsDouble() / b.getAsDouble());
  }

  private void figures(Report report) {
    figure(report, "first_call_ms", contest.median(FIRST_CALL, MOORING), 1e6);
    figure(report, "hundredth_call_ms", contest.median(HUNDREDTH_CALL, MOORING), 1e6);
    figure(report, "first_call_large_ms", contest.median(FIRST_CALL_LARGE, MOORING), 1e6);
    figure(report, "open_us", contest.median(OPEN, MOORING), 1e3);
    figure(report, "open_large_module_us", contest.median(OPEN_LARGE, MOORING), 1e3);
    figure(report, "open_and_call_us", contest.median(FIRST, MOORING), 1e3);
    figure(report, "open_vs_chicory", ratio(OPEN, MOORING, CHICORY), 1);
    figure(report, "open_vs_v8", ratio(OPEN, MOORING, V8), 1);
    figure(report, "open_large_module_vs_chicory", ratio(OPEN_LARGE, MOORING, CHICORY), 1);
    figure(report, "open_large_module_vs_v8", ratio(OPEN_LARGE, MOORING, V8), 1);
    figure(report, "heap_per_session_kib", contest.median(LIVE, MOORING), 1_024);
    figure(report, "heap_at_rest_kib", contest.median(REST, MOORING), 1_024);
    figure(report, "switch_ns", difference(FEW, ONE, MOORING), 1);
    figure(report, "switch_100k_ns", difference(MANY, ONE, MOORING), 1);
    figure(report, "compute_vs_v8", ratio(this::suite, MOORING, V8), 1);
    figure(report, "compute_vs_wasmtime", ratio(this::suite, MOORING, WASMTIME), 1);
    figure(report, "compute_worst_vs_v8", worst(), 1);
    Value large = c -> geometricMean(Kernel.LARGE, c);
    figure(report, "compute_large_vs_v8", ratio(large, MOORING, V8), 1);
    figure(report, "transaction_ns", transaction(), 1);
    figure(report, "transaction_alloc_bytes", contest.median(ALLOCATION, MOORING), 1);
    for (int pages : TOUCHED_PAGES) {
      String name = pages == 1 ? "rollback_1_page_us" : "rollback_" + pages + "_pages_us";
      figure(report, name, contest.median(rollback(pages), MOORING), 1e3);
    }
    if (ours.contains(BEFORE)) {
      figure(report, "one_vs_before", ratio(ONE, MOORING, BEFORE), 1);
      figure(report, "few_vs_before", ratio(FEW, MOORING, BEFORE), 1);
      figure(report, "many_vs_before", ratio(MANY, MOORING, BEFORE), 1);
      figure(report, "commit_100_pages_vs_before", ratio(touch(100), MOORING, BEFORE), 1);
      figure(report, "rollback_10_pages_vs_before", ratio(rollback(10), MOORING, BEFORE), 1);
      figure(report, "compute_vs_before", ratio(this::suite, MOORING, BEFORE), 1);
    }
  }

  /** What a call that writes a page takes longer than one that writes none. */
  private OptionalDouble transaction() {
    return difference(touch(1), NOTHING_WRITTEN, MOORING);
  }

  /** The kernel of the nine in which V8 is furthest ahead. */
  private OptionalDouble worst() {
    double worst = 0;
    for (Kernel kernel : Kernel.SUITE) {
      OptionalDouble found = ratio(kernel.label(), MOORING, V8);
      if (found.isEmpty()) {
        return found;
      }
      worst = Math.max(worst, found.getAsDouble());
    }
    return OptionalDouble.of(worst);
  }

  private OptionalDouble ratio(String name, Contender ours, Contender peer) {
    return ratio(c -> contest.median(name, c), ours, peer);
  }

  private static OptionalDouble ratio(Value value, Contender ours, Contender peer) {
    return ratio(value.of(ours), value.of(peer));
  }

  private static void figure(Report report, String name, OptionalDouble value, double unit) {
    report.figure(name, value.isEmpty() ? value : OptionalDouble.of(value.getAsDouble() / unit));
  }

  private void note(Report report) {
    contest.notes().forEach(report::absent);
    var counts = new StringBuilder();
    for (Contender contender : all) {
      String count = contest.remark(MANY, contender);
      if (!count.isEmpty()) {
        counts.append(counts.isEmpty() ? "" : ", ").append(contender.label()).append(' ');
        counts.append(String.format(Locale.ROOT, "%,d", Integer.parseInt(count)));
      }
    }
    report.note(
        "Medians. `~`: the middle half of the samples spreads over more than 10 %. Ratios are ours divided by the"
            + " other's.");
    report.note(
        "As many as fit: "
            + counts
            + " sessions, called in an order that is not that of their making. Fewer are"
            + " easier on the caches, so this row has no ratios.");
    report.note(
        "'Open' is all that an embedder does to have a session that can be called; an engine may put work off until"
            + " the first call, which is why 'open and call once' is there too. Chicory and wasmtime zero or map 17"
            + " pages; what wasmtime and V8 do when a session ends is outside the times.");
    report.note(
        "Memory is live heap after collection for Mooring and Chicory, and resident memory, which is coarser,"
            + " for V8 and wasmtime. Code, which all sessions share, is in none. Chicory keeps pages.");
    report.note(
        "wasmtime is reached through its Java binding: its calls cost two crossings of JNI and its opening defines"
            + " four host functions through JNI. Its times for computing are its own. It is of 2023, as the binding is.");
    report.note(
        "Our computing times include the transaction: every page that a kernel writes is compared, and kept if it"
            + " differs. The peers can't undo.");
    report.note(
        "A rollback's time is that of the whole call: writing, the trap, and undoing; the line above it is the same"
            + " call where it commits.");
  }
}
