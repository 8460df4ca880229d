package dev.mooring.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page as a browser has it: it renders without errors, and its numbers are the JSON's. */
final class ReportPageIT {
  private static final Pattern FIGURE =
      Pattern.compile(
          "<data data-run=\"([01])\" data-path=\"([^\"]+)\" value=\"([^\"]+)\">([^<]+)<");
  private static final Pattern MARKED_ERRORS =
      Pattern.compile("<html[^>]* data-errors=\"([^\"]*)\"");

  @TempDir private Path folder = Path.of("");

  private final KnownServer server = new KnownServer();

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void page_ofATest_rendersAndItsNumbersAreTheJsons() throws Exception {
    Chromium chromium = Chromium.find();
    server.failsEvery = 10;
    Report report = run("run.json", 500);
    Chromium.Rendered page = open(chromium, ReportHtml.of(report));

    assertFigures(page, List.of(read("run.json")));
    for (String path :
        List.of(
            "throughput_per_second",
            "latency.p50_us",
            "latency.p99_us",
            "latency.p999_us",
            "latency.max_us",
            "service_time.p99_us",
            "connections.open.p99_us",
            "calls.failed",
            "errors.GUEST_FAILED",
            "server.cpu_us_per_call")) {
      assertTrue(
          figures(page).stream().anyMatch(figure -> figure.group(2).equals(path)),
          path + " is on the page");
    }
    for (String chart :
        List.of(
            "throughput over time",
            "latency over time",
            "percentiles of latency",
            "errors over time")) {
      assertDrawn(page, chart);
    }
  }

  @Test
  void page_ofTwoTests_rendersAndItsNumbersAreTheJsons() throws Exception {
    Chromium chromium = Chromium.find();
    Report a = run("a.json", 300);
    Report b = run("b.json", 600);
    Chromium.Rendered page = open(chromium, ReportHtml.of("a", a, "b <&>", b));

    assertFigures(page, List.of(read("a.json"), read("b.json")));
    Set<String> runs =
        figures(page).stream().map(figure -> figure.group(1)).collect(Collectors.toSet());
    assertEquals(Set.of("0", "1"), runs);
    assertTrue(page.document().contains("b &lt;&amp;&gt;: p99"), "the name is text, not markup");
    assertDrawn(page, "latency over time");
  }

  /** So that the other tests mean something. */
  @Test
  void page_withAnError_isSeenToHaveIt() throws Exception {
    Chromium chromium = Chromium.find();
    Chromium.Rendered page = open(chromium, Html.page("broken", "<script>nothing.such()</script>"));

    assertTrue(errors(page).contains("nothing is not defined"), errors(page));
  }

  private Report run(String name, double rate) throws IOException {
    Report report =
        Plans.of(server)
            .open(rate)
            .connections(4)
            .pid(ProcessHandle.current().pid())
            .millis(1_000)
            .run();
    Files.writeString(folder.resolve(name), report.toJson());
    return report;
  }

  private Chromium.Rendered open(Chromium chromium, String html)
      throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("page.html"), html);
    Chromium.Rendered page = chromium.open(file, folder);
    assertTrue(page.document().contains("data-loaded=\"yes\""), "the page has come to its end");
    return page;
  }

  private Report read(String name) throws IOException {
    return Report.parse(name, Files.readString(folder.resolve(name)));
  }

  private static void assertFigures(Chromium.Rendered page, List<Report> reports) {
    assertEquals("", errors(page));
    assertFalse(page.console().contains("CONSOLE"), page.console());
    for (MatchResult figure : figures(page)) {
      Report report = reports.get(Integer.parseInt(figure.group(1)));
      String path = figure.group(2);
      assertEquals(report.number(path), Double.parseDouble(figure.group(3)), path);
      String shown = figure.group(4);
      // 'p50_us' is shown with a unit; a count as it is.
      double number = report.number(path);
      String expected =
          path.endsWith("_us") || path.endsWith("us_per_call")
              ? Units.micros(number)
              : path.endsWith("_bytes") ? Units.bytes(number) : Units.count(number);
      assertEquals(expected, shown, path);
    }
  }

  /** The drawing has a line with several points, and no place that isn't a number. */
  private static void assertDrawn(Chromium.Rendered page, String chart) {
    Matcher matcher =
        Pattern.compile("<svg[^>]*aria-label=\"" + chart + "\".*?</svg>", Pattern.DOTALL)
            .matcher(page.document());
    assertTrue(matcher.find(), chart + " is on the page");
    String svg = matcher.group();
    assertTrue(
        Pattern.compile("<path class=\"series[^\"]*\" d=\"M[0-9. ]+(L[0-9. ]+){5,}\"")
            .matcher(svg)
            .find(),
        svg);
    assertFalse(svg.contains("NaN") || svg.contains("Infinity"), svg);
  }

  private static List<MatchResult> figures(Chromium.Rendered page) {
    var figures = new ArrayList<MatchResult>();
    FIGURE.matcher(page.document()).results().forEach(figures::add);
    assertTrue(figures.size() > 10, "there are figures on the page");
    return figures;
  }

  private static String errors(Chromium.Rendered page) {
    Matcher matcher = MARKED_ERRORS.matcher(page.document());
    assertTrue(matcher.find(), "the page notes its errors");
    return matcher.group(1);
  }
}
