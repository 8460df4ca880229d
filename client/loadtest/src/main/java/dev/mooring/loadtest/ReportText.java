package dev.mooring.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A report as lines for people. */
public final class ReportText {
  /** What lines are painted with, where that is wanted. */
  public interface Paint {
    String heading(String text);

    String bad(String text);

    String dim(String text);
  }

  private final Report report;
  private final Paint paint;
  private final List<String> lines = new ArrayList<>();

  private ReportText(Report report, Paint paint) {
    this.report = report;
    this.paint = paint;
  }

  /** The whole report, with an end of line. */
  public static String of(Report report, Paint paint) {
    var text = new ReportText(report, paint);
    text.write();
    return String.join("\n", text.lines) + "\n";
  }

  private void write() {
    saturation();
    interruption();
    load();
    times();
    row("errors", errors());
    Map<String, Object> messages = report.members("error_messages");
    messages.forEach(
        (code, message) -> lines.add(paint.dim("             " + code + ": " + message)));
    row(
        "bytes",
        "%s/s sent, %s/s received"
            .formatted(
                Units.bytes(report.number("bytes.sent_per_second")),
                Units.bytes(report.number("bytes.received_per_second"))));
    connections();
    client();
    server();
    steps();
    for (Map<String, Object> expectation : report.objects("expectations")) {
      boolean met = Boolean.TRUE.equals(expectation.get("met"));
      row("expected", expectation.get("expectation") + (met ? ": met" : paint.bad(": not met")));
    }
  }

  private void saturation() {
    if (report.isSaturated()) {
      lines.add(
          paint.bad(
              "SATURATED: this client was the bottleneck; these are not the server's figures"));
      for (String reason : report.words("client.reasons")) {
        lines.add(paint.bad("  - " + reason));
      }
      lines.add("");
    }
  }

  private void interruption() {
    if (report.isInterrupted()) {
      lines.add(paint.bad(Verdict.interruption(report)));
      lines.add("");
    }
  }

  private void load() {
    double wanted = report.number("wanted_per_second");
    String rate = Units.count(report.number("throughput_per_second")) + " calls/s";
    row(
        "throughput",
        paint.heading(rate)
            + (Double.isNaN(wanted) ? "" : " of " + Units.count(wanted) + " wanted")
            + " over "
            + Units.seconds(report.number("seconds"))
            + ", "
            + Units.count(report.number("calls.answered"))
            + " answered"
            + (report.number("calls.failed") > 0
                ? ", " + paint.bad(Units.count(report.number("calls.failed")) + " failed")
                : ""));
  }

  private void times() {
    lines.add("");
    lines.add(
        paint.dim(
            String.format(
                Locale.ROOT,
                "%-13s%9s%9s%9s%9s%9s%9s%9s",
                "",
                "mean",
                "p50",
                "p90",
                "p99",
                "p99.9",
                "p99.99",
                "max")));
    timeRow("latency", "latency");
    timeRow("service time", "service_time");
    timeRow("connect", "connections.connect");
    timeRow("open", "connections.open");
    timeRow("first reply", "connections.first_reply");
    timeRow("send lag", "client.send_lag");
    lines.add("");
  }

  private void timeRow(String name, String path) {
    if (Double.isNaN(report.number(path + ".p50_us"))) {
      return;
    }
    var line = new StringBuilder(String.format(Locale.ROOT, "%-13s", name));
    for (String figure : List.of("mean", "p50", "p90", "p99", "p999", "p9999", "max")) {
      String value = Units.micros(report.number(path + "." + figure + "_us"));
      line.append(String.format(Locale.ROOT, "%9s", value));
    }
    lines.add(line.toString());
  }

  private String errors() {
    Map<String, Object> errors = report.members("errors");
    if (errors.isEmpty()) {
      return "none";
    }
    var parts = new ArrayList<String>();
    errors.forEach((code, count) -> parts.add(count + " " + code));
    return paint.bad(String.join(", ", parts));
  }

  private void connections() {
    row(
        "connections",
        "%s of %s open at the end, %s opened in all%s%s"
            .formatted(
                Units.count(report.number("connections.open_at_end")),
                Units.count(report.number("connections.wanted")),
                Units.count(report.number("connections.opened")),
                report.number("connections.opened_per_second") > 0
                    ? ", " + Units.count(report.number("connections.opened_per_second")) + "/s"
                    : "",
                report.number("connections.failed") > 0
                    ? ", " + paint.bad(Units.count(report.number("connections.failed")) + " failed")
                    : ""));
  }

  private void client() {
    row(
        "this client",
        "%.2f cores, busiest loop %.0f %%, garbage collection %.1f %%"
            .formatted(
                report.number("client.cpu_cores"),
                100 * report.number("client.busiest_loop"),
                100 * report.number("client.gc_share")));
  }

  private void server() {
    if (Double.isNaN(report.number("server.cpu_cores"))) {
      return;
    }
    row(
        "the server",
        "%.2f cores, %s of CPU per call, resident %s before, %s connected, %s at most"
            .formatted(
                report.number("server.cpu_cores"),
                Units.micros(report.number("server.cpu_us_per_call")),
                Units.bytes(report.number("server.rss_before_bytes")),
                Units.bytes(report.number("server.rss_connected_bytes")),
                Units.bytes(report.number("server.rss_max_bytes"))));
  }

  private void steps() {
    List<Map<String, Object>> steps = report.objects("steps");
    if (steps.isEmpty()) {
      return;
    }
    lines.add("");
    lines.add(
        paint.dim(
            String.format(
                Locale.ROOT,
                "%12s%12s%9s%9s%9s%9s",
                "rate",
                "calls/s",
                "p50",
                "p99",
                "failed",
                "")));
    for (Map<String, Object> step : steps) {
      var one = new Report(step);
      lines.add(
          String.format(
              Locale.ROOT,
              "%12s%12s%9s%9s%9s  %s",
              Units.count(one.number("rate_per_second")),
              Units.count(one.number("throughput_per_second")),
              Units.micros(one.number("p50_us")),
              Units.micros(one.number("p99_us")),
              Units.count(one.number("failed")),
              one.isHeld() ? one.text("verdict") : paint.bad(one.text("verdict"))));
    }
    row("knee", knee(report));
  }

  /** The last rate that was held, and what came above it: it may be this client that gave way. */
  static String knee(Report report) {
    double knee = report.number("knee_per_second");
    var last = new Report(report.objects("steps").getLast());
    String verdict = last.text("verdict");
    if (Double.isNaN(knee)) {
      String first = Units.count(last.number("rate_per_second"));
      return "below %s calls/s, the first rate: %s".formatted(first, verdict);
    }
    String held = Units.count(knee) + " calls/s";
    return last.isHeld() ? held + ", and no step was too much" : held + "; above it " + verdict;
  }

  private void row(String name, String value) {
    lines.add(String.format(Locale.ROOT, "%-13s%s", name, value));
  }
}
