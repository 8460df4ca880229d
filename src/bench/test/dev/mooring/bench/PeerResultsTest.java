package dev.mooring.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.bench.PeerResults.Metric;
import java.io.IOException;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** That what is printed of servers is what was measured of them. */
final class PeerResultsTest {
  private static final PeerCase LOAD = PeerCase.PIPELINED;

  private final PeerResults results = new PeerResults();

  private static LoadReport report(double throughput, boolean saturated) throws IOException {
    return LoadReport.parse(
        """
        {"saturated": %b, "throughput_per_second": %f, "server": {"cpu_us_per_call": 2},
         "latency": {"p50_us": 1000, "p99_us": 3000, "p999_us": null}, "errors": {}}"""
            .formatted(saturated, throughput));
  }

  @Test
  void ratio_severalRounds_isMedianOfTheirRatios() throws IOException {
    double[][] rounds = {{100, 200}, {200, 250}, {1_000, 500}};
    for (double[] round : rounds) {
      results.add(LOAD, Rival.MOORING, report(round[0], false));
      results.add(LOAD, Rival.NETTY_ECHO, report(round[1], false));
    }
    assertEquals(
        OptionalDouble.of(0.8),
        results.ratio(LOAD, Metric.THROUGHPUT, Rival.MOORING, Rival.NETTY_ECHO));
    assertEquals(OptionalDouble.of(250), results.median(LOAD, Rival.NETTY_ECHO, Metric.THROUGHPUT));
  }

  @Test
  void ratio_roundThatFailed_comparesOnlyOthers() throws IOException {
    results.add(LOAD, Rival.MOORING, report(100, false));
    results.addNothing(LOAD, Rival.NETTY_ECHO);
    results.add(LOAD, Rival.MOORING, report(300, false));
    results.add(LOAD, Rival.NETTY_ECHO, report(600, false));
    assertEquals(
        OptionalDouble.of(0.5),
        results.ratio(LOAD, Metric.THROUGHPUT, Rival.MOORING, Rival.NETTY_ECHO));
  }

  @Test
  void ratio_nothingMeasured_isAbsent() throws IOException {
    results.add(LOAD, Rival.MOORING, report(100, false));
    results.addNothing(LOAD, Rival.NETTY_ECHO);
    assertTrue(results.ratio(LOAD, Metric.THROUGHPUT, Rival.MOORING, Rival.NETTY_ECHO).isEmpty());
    assertTrue(results.median(LOAD, Rival.MOORING, Metric.P999).isEmpty());
  }

  @Test
  void isSaturated_halfOfTheRounds_isSaid() throws IOException {
    results.add(LOAD, Rival.MOORING, report(100, true));
    results.add(LOAD, Rival.MOORING, report(100, false));
    results.add(LOAD, Rival.NETTY_ECHO, report(100, false));
    assertTrue(results.isSaturated(LOAD, Rival.MOORING));
    assertFalse(results.isSaturated(LOAD, Rival.NETTY_ECHO));
    String table = String.join("\n", results.table().lines());
    assertTrue(table.contains("~100"), table);
  }
}
