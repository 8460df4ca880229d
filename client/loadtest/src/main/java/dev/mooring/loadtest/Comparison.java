package dev.mooring.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.DoubleFunction;

/** Two reports beside each other, as lines for people. */
public final class Comparison {
  private final Report a;
  private final Report b;
  private final ReportText.Paint paint;
  private final List<String> lines = new ArrayList<>();

  private Comparison(Report a, Report b, ReportText.Paint paint) {
    this.a = a;
    this.b = b;
    this.paint = paint;
  }

  /** The figures of both, and what changed from the first to the second; with an end of line. */
  public static String of(String nameA, Report a, String nameB, Report b, ReportText.Paint paint) {
    var comparison = new Comparison(a, b, paint);
    comparison.write(nameA, nameB);
    return String.join("\n", comparison.lines) + "\n";
  }

  /** '+12.3 %', '×2.4', 'the same'. */
  static String change(double from, double to) {
    if (Double.isNaN(from) || Double.isNaN(to)) {
      return "";
    }
    if (from == to) {
      return "the same";
    }
    if (from == 0) {
      return "from 0";
    }
    double ratio = to / from;
    return ratio >= 2 || ratio <= 0.5
        ? String.format(Locale.ROOT, "×%.2f", ratio)
        : String.format(Locale.ROOT, "%+.1f %%", (ratio - 1) * 100);
  }

  private void write(String nameA, String nameB) {
    saturation(nameA, a);
    saturation(nameB, b);
    interruption(nameA, a);
    interruption(nameB, b);
    lines.add(paint.dim(line("", shortened(nameA), shortened(nameB), "")));
    row("calls/s", "throughput_per_second", Units::count);
    row("calls/s wanted", "wanted_per_second", Units::count);
    for (String figure : List.of("mean", "p50", "p90", "p99", "p999", "p9999", "max")) {
      row("latency " + figure, "latency." + figure + "_us", Units::micros);
    }
    row("service time p99", "service_time.p99_us", Units::micros);
    row("open p99", "connections.open.p99_us", Units::micros);
    row("failed", "calls.failed", Units::count);
    var codes = new TreeSet<>(a.members("errors").keySet());
    codes.addAll(b.members("errors").keySet());
    codes.forEach(code -> row(code, "errors." + code, Units::count));
    row("server CPU per call", "server.cpu_us_per_call", Units::micros);
    row("server memory", "server.rss_max_bytes", Units::bytes);
    row("knee", "knee_per_second", Units::count);
    differences();
  }

  private void saturation(String name, Report report) {
    if (report.isSaturated()) {
      lines.add(
          paint.bad("SATURATED: " + name + " is of a client that was the bottleneck")
              + "\n"
              + String.join(
                  "\n", report.words("client.reasons").stream().map(r -> "  - " + r).toList()));
    }
  }

  private void interruption(String name, Report report) {
    if (report.isInterrupted()) {
      lines.add(paint.bad(name + ": " + Verdict.interruption(report)));
    }
  }

  private void row(String name, String path, DoubleFunction<String> print) {
    double from = a.number(path);
    double to = b.number(path);
    if (!Double.isNaN(from) || !Double.isNaN(to)) {
      lines.add(line(name, print.apply(from), print.apply(to), change(from, to)));
    }
  }

  /** Two tests that were not the same are told apart. */
  private void differences() {
    var names = new TreeSet<>(a.members("settings").keySet());
    names.addAll(b.members("settings").keySet());
    for (String name : names) {
      String from = a.shown("settings." + name);
      String to = b.shown("settings." + name);
      if (!from.equals(to)) {
        lines.add(paint.dim(line(name.replace('_', ' '), from, to, "")));
      }
    }
  }

  private static String line(String name, String from, String to, String change) {
    return String.format(Locale.ROOT, "%-22s %15s %15s  %s", name, from, to, change)
        .stripTrailing();
  }

  private static String shortened(String name) {
    return name.length() <= 15 ? name : "…" + name.substring(name.length() - 14);
  }
}
