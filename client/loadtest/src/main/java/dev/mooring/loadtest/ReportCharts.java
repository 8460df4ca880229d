package dev.mooring.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;

/** The drawings of a report, or of two, each in its own colour. */
final class ReportCharts {
  /** The first run's, and the second's. */
  static final List<String> COLOURS = List.of("a", "b");

  private final List<ReportHtml.Run> runs;
  private final Scale time;

  ReportCharts(List<ReportHtml.Run> runs) {
    this.runs = runs;
    this.time = Scale.upTo(highest("at_seconds"));
  }

  boolean hasServer() {
    return highest("server_cpu_cores") >= 0;
  }

  boolean hasErrors() {
    return highest("failed") > 0;
  }

  String throughput() {
    double wanted =
        runs.stream()
            .mapToDouble(run -> run.report().number("wanted_per_second"))
            .filter(rate -> !Double.isNaN(rate))
            .max()
            .orElse(0);
    Chart chart =
        overTime(Scale.linear(Math.max(wanted, highest("throughput_per_second"))), Units::count);
    for (int i = 0; i < runs.size(); i++) {
      chart.add(line(i, "answered", look(i), "throughput_per_second"));
    }
    if (wanted > 0) {
      double end = highest("at_seconds");
      chart.add(
          new Chart.Series(
              "wanted",
              "c dashed",
              List.of(new Chart.Point(0, wanted), new Chart.Point(end, wanted))));
    }
    return chart.draw("throughput over time");
  }

  String latency() {
    Chart chart = overTime(Scale.logarithmic(lowest("p50_us"), highest("max_us")), Units::micros);
    if (runs.size() == 1) {
      chart
          .add(line(0, "max", "c", "max_us"))
          .add(line(0, "p99", "b", "p99_us"))
          .add(line(0, "p50", "a", "p50_us"));
    } else {
      for (int i = 0; i < runs.size(); i++) {
        chart.add(line(i, "p99", COLOURS.get(i), "p99_us"));
        chart.add(line(i, "p50", COLOURS.get(i) + " dashed", "p50_us"));
      }
    }
    return chart.draw("latency over time");
  }

  String errors() {
    double highest = highest(point -> point.number("failed") / point.number("seconds"));
    Chart chart = overTime(Scale.linear(highest), Units::count);
    for (int i = 0; i < runs.size(); i++) {
      chart.add(
          line(
              i,
              "failed",
              COLOURS.get(i),
              point -> point.number("failed") / point.number("seconds")));
    }
    return chart.draw("errors over time");
  }

  String serverCpu() {
    Chart chart = overTime(Scale.linear(highest("server_cpu_cores")), ReportCharts::plain);
    for (int i = 0; i < runs.size(); i++) {
      chart.add(line(i, "cores", COLOURS.get(i), "server_cpu_cores"));
    }
    return chart.draw("the server's CPU over time");
  }

  String serverMemory() {
    Chart chart =
        overTime(Scale.linear(highest("server_rss_bytes") / (1 << 20)), mib -> plain(mib) + " MiB");
    for (int i = 0; i < runs.size(); i++) {
      chart.add(
          line(
              i,
              "resident",
              COLOURS.get(i),
              point -> point.number("server_rss_bytes") / (1 << 20)));
    }
    return chart.draw("the server's memory over time");
  }

  String spectrum() {
    double lowest = Double.MAX_VALUE;
    double highest = 1;
    double percentile = 99;
    for (ReportHtml.Run run : runs) {
      for (Map<String, Object> entry : run.report().objects("latency.spectrum")) {
        var point = new Report(entry);
        lowest = Math.min(lowest, Math.max(point.number("us"), 1));
        highest = Math.max(highest, point.number("us"));
        if (point.number("percentile") < 100) {
          percentile = Math.max(percentile, point.number("percentile"));
        }
      }
    }
    var chart =
        new Chart(
            Scale.nines(percentile),
            ReportCharts::percent,
            Scale.logarithmic(Math.min(lowest, highest), highest),
            Units::micros);
    for (int i = 0; i < runs.size(); i++) {
      Report report = runs.get(i).report();
      chart.add(spectrum(name(i, "latency"), COLOURS.get(i), report, "latency.spectrum"));
      if (runs.size() == 1 && !Double.isNaN(report.number("wanted_per_second"))) {
        chart.add(spectrum("service time", "b", report, "service_time.spectrum"));
      }
    }
    return chart.draw("percentiles of latency");
  }

  private static Chart.Series spectrum(String name, String look, Report report, String path) {
    var points = new ArrayList<Chart.Point>();
    for (Map<String, Object> entry : report.objects(path)) {
      var point = new Report(entry);
      points.add(new Chart.Point(point.number("percentile"), point.number("us")));
    }
    return new Chart.Series(name, look, points);
  }

  private Chart overTime(Scale vertical, DoubleFunction<String> text) {
    return new Chart(time, seconds -> plain(seconds) + " s", vertical, text);
  }

  private Chart.Series line(int run, String name, String look, String path) {
    return line(run, name, look, point -> point.number(path));
  }

  private Chart.Series line(int run, String name, String look, ToDoubleFunction<Report> value) {
    var points = new ArrayList<Chart.Point>();
    for (Report point : timeline(runs.get(run))) {
      points.add(new Chart.Point(point.number("at_seconds"), value.applyAsDouble(point)));
    }
    return new Chart.Series(name(run, name), look, points);
  }

  private String look(int run) {
    return runs.size() == 1 ? "a filled" : COLOURS.get(run);
  }

  private String name(int run, String name) {
    return runs.size() == 1 ? name : runs.get(run).name() + ": " + name;
  }

  private double highest(String path) {
    return highest(point -> point.number(path));
  }

  /** The highest value of all timelines; -1 if there is none. */
  private double highest(ToDoubleFunction<Report> value) {
    return runs.stream()
        .flatMap(run -> timeline(run).stream())
        .mapToDouble(value)
        .filter(Double::isFinite)
        .max()
        .orElse(-1);
  }

  private double lowest(String path) {
    return runs.stream()
        .flatMap(run -> timeline(run).stream())
        .mapToDouble(point -> point.number(path))
        .filter(Double::isFinite)
        .min()
        .orElse(1);
  }

  private static List<Report> timeline(ReportHtml.Run run) {
    return run.report().objects("timeline").stream().map(Report::new).toList();
  }

  /** '50 %', '99.9 %'. */
  private static String percent(double percentile) {
    return plain(Math.round(percentile * 1e5) / 1e5) + " %";
  }

  private static String plain(double number) {
    return number == Math.rint(number)
        ? String.format(Locale.ROOT, "%.0f", number)
        : String.format(Locale.ROOT, "%.5f", number).replaceAll("0+$", "");
  }
}
