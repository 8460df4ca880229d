package dev.mooring.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** What is made of figures, whoever measured them. */
final class ReportTest {
  private static final ReportText.Paint PLAIN =
      new ReportText.Paint() {
        @Override
        public String heading(String text) {
          return text;
        }

        @Override
        public String bad(String text) {
          return text;
        }

        @Override
        public String dim(String text) {
          return text;
        }
      };

  private static Report report(double p99Micros, long errors, boolean saturated) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("schema", Report.SCHEMA);
    tree.put("saturated", saturated);
    tree.put("throughput_per_second", 1_000.0);
    tree.put("latency", Map.of("p50_us", 10.0, "p99_us", p99Micros));
    tree.put("errors", errors == 0 ? Map.of() : Map.of("TIMEOUT", errors));
    tree.put("client", Map.of("reasons", saturated ? List.of("too slow by half") : List.of()));
    tree.put("settings", Map.of("pipeline", errors));
    return new Report(tree);
  }

  @Test
  void json_readAgain_isTheSame() {
    Report report = report(4_000, 3, true);

    assertEquals(report.toJson(), Report.parse("a.json", report.toJson()).toJson());
  }

  @Test
  void parse_ofAnythingElse_saysWhatIsExpected() {
    for (String text : List.of("hello", "{\"schema\": 7}", "")) {
      LoadFailure failure = assertThrows(LoadFailure.class, () -> Report.parse("a.json", text));
      assertEquals(LoadFailure.Kind.USAGE, failure.kind());
      assertTrue(String.valueOf(failure.getMessage()).contains("a.json"));
    }
  }

  @Test
  void saturation_isOnEveryOutput() {
    Report report = report(4_000, 0, true);

    assertTrue(report.toJson().contains("\"saturated\" : true"));
    assertTrue(ReportText.of(report, PLAIN).startsWith("SATURATED"));
    assertTrue(ReportText.of(report, PLAIN).contains("too slow by half"));
    assertTrue(ReportHtml.of(report).contains("This client was saturated."));
    Report other = report(4_000, 0, false);
    assertTrue(Comparison.of("a", other, "b", report, PLAIN).startsWith("SATURATED: b"));
    assertTrue(ReportHtml.of("a", other, "b", report).contains("b: This client was saturated."));
    assertFalse(ReportText.of(other, PLAIN).contains("SATURATED"));
    assertFalse(ReportHtml.of(other).contains("This client was saturated."));
  }

  @Test
  void interruption_isOnEveryOutput() {
    Report whole = report(4_000, 0, false);
    Report cut =
        whole
            .with("interrupted", true)
            .with("seconds", 1.38)
            .with("settings", Map.of("duration_seconds", 20.0));

    assertTrue(cut.toJson().contains("\"interrupted\" : true"));
    assertTrue(ReportText.of(cut, PLAIN).startsWith("interrupted after 1.4 of 20 s\n"));
    assertTrue(ReportHtml.of(cut).contains("interrupted after 1.4 of 20 s"));
    assertTrue(Comparison.of("a", whole, "b", cut, PLAIN).startsWith("b: interrupted after"));
    assertFalse(ReportText.of(whole, PLAIN).contains("interrupted"));
    assertFalse(ReportHtml.of(whole).contains("interrupted"));
    Report counted =
        cut.with("settings", Map.of("count", 3_000)).with("calls", Map.of("scheduled", 1_400));
    assertEquals("interrupted after 1,400 of 3,000 calls", Verdict.interruption(counted));
    Report search = cut.with("steps", List.of(Map.of("verdict", "held")));
    assertEquals("interrupted at step 1", Verdict.interruption(search));
  }

  @Test
  void clientHealth_eachSign_isAReason() {
    Histogram lag = histogram(50_000);
    Histogram late = histogram(5_000_000);
    Histogram latency = histogram(6_000_000);

    assertEquals(0, reasons(0.5, 0.5, 0, lag, latency, 1));
    assertEquals(1, reasons(0.5, 0.95, 0, lag, latency, 1), "a busy loop");
    assertEquals(1, reasons(1_000, 0.5, 0, lag, latency, 1), "the whole machine");
    assertEquals(1, reasons(0.5, 0.5, 0.1, lag, latency, 1), "garbage");
    assertEquals(1, reasons(0.5, 0.5, 0, late, latency, 1), "lag");
    assertEquals(0, reasons(0.5, 0.5, 0, late, histogram(500_000_000), 1), "lag of no weight");
    assertEquals(1, reasons(0.5, 0.5, 0, lag, latency, 0.9), "too few sent");
  }

  private static int reasons(
      double cores, double loop, double gc, Histogram lag, Histogram latency, double sent) {
    return ClientHealth.reasons(new ClientHealth.Use(cores, loop, gc, 1), lag, latency, sent)
        .size();
  }

  private static Histogram histogram(long nanos) {
    var histogram = new Histogram(Recorders.HIGHEST_NS, Recorders.DIGITS);
    histogram.recordValueWithCount(nanos, 100);
    return histogram;
  }

  @Test
  void expectations_areMetOrNot() {
    Report report = report(4_000, 3, false);

    assertTrue(met("p99<5ms", report));
    assertFalse(met("p99<4ms", report));
    assertTrue(met("p99<=4000us", report));
    assertTrue(met("p99 >= 0.004s", report));
    assertTrue(met("errors=3", report));
    assertFalse(met("errors=0", report));
    assertTrue(met("errors=0", report(1, 0, false)));
    assertTrue(met("throughput>999", report));
    assertTrue(met("latency.p50_us=10us", report));
    assertFalse(met("cpu_per_call<1s", report), "what wasn't measured meets nothing");
    assertEquals(2, Expectation.parse("p99<5ms,errors=0").size());
  }

  @Test
  void expectations_thatMakeNoSense_sayWhatIsExpected() {
    for (String text :
        List.of("", "p99", "p99<", "p99<5", "p99<5parsecs", "speed>1", "errors=0ms")) {
      assertEquals(
          LoadFailure.Kind.USAGE,
          assertThrows(LoadFailure.class, () -> Expectation.parse(text), text).kind());
    }
  }

  private static boolean met(String text, Report report) {
    return Expectation.parse(text).getFirst().judge(report).met();
  }

  @Test
  void comparison_showsWhatChanged() {
    String text = Comparison.of("a", report(1_000, 0, false), "b", report(1_500, 7, false), PLAIN);

    assertTrue(text.contains("+50.0 %"), text);
    assertTrue(text.contains("TIMEOUT"), text);
    assertTrue(text.lines().anyMatch(line -> line.startsWith("pipeline")), text);
  }

  @Test
  void scale_ticks_areRoundAndReachTheEnd() {
    assertEquals(List.of(0.0, 10.0, 20.0, 30.0, 40.0), Scale.linear(37).ticks());
    assertEquals(0.5, Scale.logarithmic(1, 10_000).place(100));
    assertEquals(1, Scale.nines(99.9).place(99.9), 1e-9);
    assertTrue(Scale.linear(0).ticks().size() < 10);
  }

  @Test
  void plans_outOfRange_sayWhatIsExpected() {
    for (String text : List.of("", "x", "-1", "10..5", "1=", "5=0", "9GiB", "@/no/such/file")) {
      assertThrows(LoadFailure.class, () -> PayloadSpec.parse(text), text);
    }
    assertEquals(new PayloadSpec.Range(1024, 4096), PayloadSpec.parse("1KiB..4KiB"));
    assertThrows(LoadFailure.class, () -> CallSpec.parse("0:echo"));
    assertThrows(LoadFailure.class, () -> CallSpec.parse("3:"));
    assertEquals(new CallSpec(9, "put", "a=b c"), CallSpec.parse("9:put a=b c"));
    assertThrows(LoadFailure.class, () -> new Load.OpenLoop(0, false, 1));
    assertThrows(LoadFailure.class, () -> new Load.ClosedLoop(0));
    assertThrows(LoadFailure.class, () -> Step.parse("x1", java.time.Duration.ofSeconds(1)));
    assertEquals(150, Step.parse("x1.5", java.time.Duration.ofSeconds(1)).next(100));
    assertEquals(105, Step.parse("+5", java.time.Duration.ofSeconds(1)).next(100));
  }

  @Test
  void room_forMoreConnectionsThanTheMachineTakes_saysWhatHelps() {
    try (var server = new KnownServer()) {
      LoadPlan plan = Plans.of(server).connections(30_000).plan();
      LoadFailure files = assertThrows(LoadFailure.class, () -> Room.checkFiles(plan, 20_000));
      assertTrue(String.valueOf(files.getMessage()).contains("ulimit -n"));
      LoadFailure ports = assertThrows(LoadFailure.class, () -> Room.checkPorts(plan, 28_232));
      assertTrue(String.valueOf(ports.getMessage()).contains("--source"));
      Room.checkFiles(plan, 30_100);
      Room.checkPorts(plan, 30_000);
    }
  }
}
