package dev.mooring.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The figures are what arithmetic says, for servers whose delays are known. A busy machine adds to
 * every one of them: so the lower bounds are sharp, and the upper ones have wide room.
 */
final class ArithmeticTest {
  private final KnownServer server = new KnownServer();

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void closedLoop_serverAnswersAfterADelay_latencyIsTheDelay() {
    server.delay = Duration.ofMillis(20);
    Report report = Plans.of(server).connections(4).millis(2_000).run();

    assertBetween(20, report.number("latency.min_us") / 1e3, 60);
    assertBetween(20, report.number("latency.p50_us") / 1e3, 80);
    assertBetween(20, report.number("service_time.p50_us") / 1e3, 80);
    // Four callers, each at most every 20 ms.
    assertBetween(50, report.number("throughput_per_second"), 201);
    assertEquals(0, report.members("errors").size());
  }

  @Test
  void closedLoop_pipelined_throughputIsThePipelineByTheDelay() {
    server.delay = Duration.ofMillis(50);
    Report report = Plans.of(server).closed(10).millis(2_000).run();

    assertBetween(50, report.number("latency.p50_us") / 1e3, 200);
    assertBetween(50, report.number("throughput_per_second"), 211);
  }

  /**
   * A second of standing still in four: a quarter of the calls wait, each for what is left of that
   * second. So a tenth of all wait 0.6 s or more, a hundredth 0.96 s, a thousandth 0.996 s.
   */
  @Test
  void openLoop_serverStallsForASecond_percentilesTell() {
    server.delay = Duration.ofMillis(1);
    server.stallAfter = Duration.ofMillis(1_500);
    server.stall = Duration.ofSeconds(1);
    Report report = Plans.of(server).open(1_000).connections(4).millis(4_000).run();

    assertBetween(3_900, report.number("calls.scheduled"), 4_010);
    assertEquals(report.number("calls.scheduled"), report.number("calls.answered"));
    assertBetween(1, report.number("latency.p50_us") / 1e3, 300);
    assertBetween(500, report.number("latency.p90_us") / 1e3, 900);
    assertBetween(850, report.number("latency.p99_us") / 1e3, 1_400);
    assertBetween(950, report.number("latency.p999_us") / 1e3, 1_500);
    assertBetween(990, report.number("latency.max_us") / 1e3, 1_600);
  }

  /** What a closed loop doesn't send during the stall, it doesn't count. */
  @Test
  void closedLoop_serverStallsForASecond_onlyTheMaximumTells() {
    server.delay = Duration.ofMillis(1);
    server.stallAfter = Duration.ofMillis(1_500);
    server.stall = Duration.ofSeconds(1);
    Report report = Plans.of(server).millis(4_000).run();

    assertTrue(report.number("calls.answered") > 200, report.toJson());
    assertBetween(1, report.number("latency.p99_us") / 1e3, 300);
    assertBetween(950, report.number("latency.max_us") / 1e3, 1_600);
  }

  /**
   * Half as many calls are served as come, one at a time: the call that should be sent at t is sent
   * at 2 t. So over 2 s the median waits a second, though the server takes 20 ms for each.
   */
  @Test
  void openLoop_serverIsHalfAsFastAsTheRate_latencyGrowsAndServiceTimeDoesNot() {
    server.delay = Duration.ofMillis(20);
    Report report = Plans.of(server).load(new Load.OpenLoop(100, false, 1)).millis(2_000).run();

    assertBetween(20, report.number("service_time.p50_us") / 1e3, 60);
    assertBetween(800, report.number("latency.p50_us") / 1e3, 4_000);
    assertBetween(1_900, report.number("latency.max_us") / 1e3, 8_000);
    assertEquals(200, report.number("calls.answered"), 2);
  }

  @Test
  void openLoop_serverNeverAnswers_callsTimeOutAndTheirWaitIsLatency() {
    server.manners = KnownServer.Manners.NEVER_ANSWERS;
    Report report = Plans.of(server).open(100).timeout(300).millis(1_000).run();

    assertEquals(0, report.number("calls.answered"));
    assertEquals(100, report.number("errors.TIMEOUT"), 2);
    assertEquals(report.number("errors.TIMEOUT"), report.number("calls.failed"));
    assertBetween(300, report.number("latency.min_us") / 1e3, 1_000);
  }

  @Test
  void openLoop_constantRate_sendsThatMany() {
    Report report = Plans.of(server).open(500).connections(3).eventLoops(2).run();

    assertEquals(500, report.number("calls.scheduled"), 4);
    assertEquals(500, report.number("wanted_per_second"));
  }

  /** Four standard deviations of a Poisson count. */
  @Test
  void openLoop_poissonArrivals_comeAtThatMeanButUnevenly() {
    Report report = Plans.of(server).load(new Load.OpenLoop(2_000, true, 1024)).run();

    assertEquals(2_000, report.number("calls.scheduled"), 4 * Math.sqrt(2_000));
  }

  @Test
  void ramp_openLoop_isNotMeasuredAndRaisesTheRate() {
    Report report = Plans.of(server).open(400).connections(10).ramp(1_000).millis(1_000).run();

    assertEquals(400, report.number("calls.scheduled"), 4);
    // Half the rate, on average, during the ramp.
    assertBetween(450, (double) server.calls.get(), 750);
    assertEquals(10, server.sessions.get());
  }

  private static void assertBetween(double lowest, double value, double highest) {
    assertTrue(
        // A histogram's lowest value is known to a thousandth.
        value >= lowest * 0.999 && value <= highest,
        () -> value + " is not between " + lowest + " and " + highest);
  }
}
