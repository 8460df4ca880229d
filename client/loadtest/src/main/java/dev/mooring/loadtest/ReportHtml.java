package dev.mooring.loadtest;

import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;

/**
 * One report, or two beside each other, as a page: a file that needs no network and no script. Each
 * number on it that is a figure of the report names its path, and holds the value as the JSON has
 * it, so that whoever reads the page with a program reads the same.
 */
public final class ReportHtml {
  private static final List<String> PERCENTILES =
      List.of("mean", "p50", "p75", "p90", "p99", "p999", "p9999", "max");

  private final List<Run> runs;
  private final StringBuilder body = new StringBuilder();

  /** A report and what it is called where there are two. */
  record Run(String name, Report report) {}

  private ReportHtml(List<Run> runs) {
    this.runs = runs;
  }

  /** The page of one test. */
  public static String of(Report report) {
    return new ReportHtml(List.of(new Run("", report))).page("Load test");
  }

  /** The page of two tests. */
  public static String of(String nameA, Report a, String nameB, Report b) {
    return new ReportHtml(List.of(new Run(nameA, a), new Run(nameB, b)))
        .page("Load tests: " + nameA + " and " + nameB);
  }

  private boolean isComparison() {
    return runs.size() > 1;
  }

  private String page(String title) {
    head(title);
    runs.forEach(this::warning);
    runs.forEach(this::interruption);
    tiles();
    body.append("<div class=\"cards\">\n");
    var charts = new ReportCharts(runs);
    card("Throughput over time", "calls answered per second", charts.throughput());
    card("Latency over time", "from the intended send time", charts.latency());
    card(
        "Percentiles of latency",
        "each nine has as much room as the one before",
        charts.spectrum());
    if (charts.hasErrors()) {
      card("Errors over time", "failed calls and connections, per second", charts.errors());
    }
    if (charts.hasServer()) {
      card("The server's CPU over time", "cores", charts.serverCpu());
      card("The server's memory over time", "resident", charts.serverMemory());
    }
    wide("Times", times());
    wide("Errors", errors());
    runs.forEach(this::steps);
    wide("Settings", settings());
    body.append("</div>\n");
    return Html.page(title, body.toString());
  }

  private void head(String title) {
    Report report = runs.getFirst().report();
    body.append(
        "<header><h1>%s</h1><p>%s</p></header>\n"
            .formatted(
                Html.escape(title),
                Html.escape(
                    isComparison()
                        ? runs.get(0).name() + " is blue, " + runs.get(1).name() + " orange"
                        : String.join(", ", report.words("settings.servers"))
                            + " · "
                            + report.text("settings.module")
                            + " · "
                            + report.text("started_at")
                            + " · "
                            + report.text("tool"))));
  }

  private void warning(Run run) {
    if (run.report().isSaturated()) {
      body.append(
          "<div class=\"warning\"><strong>%sThis client was saturated.</strong> It was the"
                  .formatted(isComparison() ? Html.escape(run.name()) + ": " : "")
              + " bottleneck, so these are not the server's figures.<ul>");
      for (String reason : run.report().words("client.reasons")) {
        body.append("<li>").append(Html.escape(reason)).append("</li>");
      }
      body.append("</ul></div>\n");
    }
  }

  private void interruption(Run run) {
    if (run.report().isInterrupted()) {
      body.append(
          "<div class=\"warning\"><strong>%s%s.</strong></div>\n"
              .formatted(
                  isComparison() ? Html.escape(run.name()) + ": " : "",
                  Html.escape(Verdict.interruption(run.report()))));
    }
  }

  // ---- tiles ----

  private void tiles() {
    body.append("<div class=\"tiles\">\n");
    tile("Calls per second", "throughput_per_second", Units::count);
    tile("Latency p50", "latency.p50_us", Units::micros);
    tile("Latency p99", "latency.p99_us", Units::micros);
    tile("Latency p99.9", "latency.p999_us", Units::micros);
    tile("Failed calls", "calls.failed", Units::count);
    if (runs.stream().anyMatch(run -> has(run, "server.cpu_us_per_call"))) {
      tile("CPU per call", "server.cpu_us_per_call", Units::micros);
      tile("Server memory", "server.rss_max_bytes", Units::bytes);
    }
    body.append("</div>\n");
  }

  private void tile(String name, String path, DoubleFunction<String> print) {
    body.append(
        "<div class=\"tile\"><div class=\"name\">%s</div><div class=\"runs\">".formatted(name));
    for (Run run : runs) {
      boolean bad = path.equals("calls.failed") && run.report().number(path) > 0;
      body.append(
          "<div class=\"value%s\">%s</div>"
              .formatted(bad ? " bad" : look(run), figure(run, path, print)));
    }
    body.append("</div>");
    if (isComparison()) {
      body.append("<div class=\"more\">")
          .append(Html.escape(Comparison.change(number(0, path), number(1, path))))
          .append("</div>");
    }
    body.append("</div>\n");
  }

  /** Where there are two, each has its colour. */
  private String look(Run run) {
    return isComparison() ? " " + ReportCharts.COLOURS.get(runs.indexOf(run)) : "";
  }

  private double number(int run, String path) {
    return runs.get(run).report().number(path);
  }

  private static boolean has(Run run, String path) {
    return !Double.isNaN(run.report().number(path));
  }

  /** A number of the report: for people, and as it is. */
  private String figure(Run run, String path, DoubleFunction<String> print) {
    double value = run.report().number(path);
    return Double.isNaN(value)
        ? "–"
        : "<data data-run=\"%d\" data-path=\"%s\" value=\"%s\">%s</data>"
            .formatted(
                runs.indexOf(run), path, run.report().text(path), Html.escape(print.apply(value)));
  }

  // ---- cards ----

  private void card(String title, String about, String content) {
    body.append("<section class=\"card\"><h2>%s</h2>".formatted(Html.escape(title)));
    if (!about.isEmpty()) {
      body.append("<p class=\"about\">%s</p>".formatted(Html.escape(about)));
    }
    body.append(content).append("</section>\n");
  }

  private void wide(String title, String content) {
    body.append("<section class=\"card wide\"><h2>%s</h2>".formatted(Html.escape(title)));
    body.append(content).append("</section>\n");
  }

  private String times() {
    var table = new StringBuilder("<table><tr><th></th>");
    for (String percentile : PERCENTILES) {
      table.append("<th>").append(label(percentile)).append("</th>");
    }
    table.append("</tr>");
    for (Run run : runs) {
      timeRow(table, run, "latency", "latency");
      timeRow(table, run, "service time", "service_time");
      timeRow(table, run, "connect", "connections.connect");
      timeRow(table, run, "open", "connections.open");
      timeRow(table, run, "first reply", "connections.first_reply");
      timeRow(table, run, "send lag", "client.send_lag");
    }
    return table.append("</table>").toString();
  }

  private void timeRow(StringBuilder table, Run run, String name, String path) {
    if (has(run, path + ".p50_us")) {
      table.append("<tr><td>").append(Html.escape(named(run, name))).append("</td>");
      for (String percentile : PERCENTILES) {
        table
            .append("<td>")
            .append(figure(run, path + "." + percentile + "_us", Units::micros))
            .append("</td>");
      }
      table.append("</tr>");
    }
  }

  private static String label(String percentile) {
    return switch (percentile) {
      case "p999" -> "p99.9";
      case "p9999" -> "p99.99";
      default -> percentile;
    };
  }

  private String named(Run run, String name) {
    return isComparison() ? run.name() + ": " + name : name;
  }

  private String errors() {
    var table = new StringBuilder();
    for (Run run : runs) {
      for (String code : run.report().members("errors").keySet()) {
        table.append(
            "<tr><td>%s</td><td>%s</td><td class=\"text\">%s</td></tr>"
                .formatted(
                    Html.escape(named(run, code)),
                    figure(run, "errors." + code, Units::count),
                    Html.escape(run.report().text("error_messages." + code))));
      }
    }
    return table.isEmpty() ? "<p class=\"none\">None.</p>" : "<table>" + table + "</table>";
  }

  private void steps(Run run) {
    List<Map<String, Object>> steps = run.report().objects("steps");
    if (steps.isEmpty()) {
      return;
    }
    var table =
        new StringBuilder(
            "<table><tr><th>rate</th><th>calls/s</th><th>p50</th><th>p99</th><th></th></tr>");
    for (Map<String, Object> step : steps) {
      var one = new Report(step);
      boolean held = one.isHeld();
      table.append(
          "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td class=\"%s\">%s</td></tr>"
              .formatted(
                  Units.count(one.number("rate_per_second")),
                  Units.count(one.number("throughput_per_second")),
                  Html.escape(Units.micros(one.number("p50_us"))),
                  Html.escape(Units.micros(one.number("p99_us"))),
                  held ? "good" : "bad",
                  Html.escape(one.text("verdict"))));
    }
    card(named(run, "Steps"), "the knee: " + ReportText.knee(run.report()), table + "</table>");
  }

  private String settings() {
    if (!isComparison()) {
      return "<dl>" + pairs(runs.getFirst()) + "</dl>";
    }
    var table = new StringBuilder("<table><tr><th></th>");
    runs.forEach(
        run -> table.append("<th class=\"text\">").append(Html.escape(run.name())).append("</th>"));
    table.append("</tr>");
    for (String name : runs.getFirst().report().members("settings").keySet()) {
      table.append("<tr><td>").append(Html.escape(name.replace('_', ' '))).append("</td>");
      runs.forEach(
          run ->
              table
                  .append("<td class=\"text\">")
                  .append(Html.escape(run.report().shown("settings." + name)))
                  .append("</td>"));
      table.append("</tr>");
    }
    return table.append("</table>").toString();
  }

  private static String pairs(Run run) {
    var pairs = new StringBuilder();
    for (String name : run.report().members("settings").keySet()) {
      pairs
          .append("<div><dt>")
          .append(Html.escape(name.replace('_', ' ')))
          .append("</dt><dd>")
          .append(Html.escape(run.report().shown("settings." + name)))
          .append("</dd></div>");
    }
    return pairs.toString();
  }
}
