package dev.mooring.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** That an imitation does what can be reckoned. */
final class RackSimulationTest {
  private static final double LONG = 3_600;

  private static RackSimulation.Outcome run(int sessions, int databases, boolean skips) {
    return RackSimulation.run(new RackSimulation.Setup(sessions, 10, databases, 100, skips), LONG);
  }

  @Test
  void fewerThanClientsWaitFor_takesAsLongAsTheDatabase() {
    RackSimulation.Outcome outcome = run(900, 1, false);
    assertEquals(9, outcome.allSeconds(), 0.1);
    assertEquals(4.5, outcome.halfSeconds(), 0.1);
    assertEquals(0, outcome.wasted());
  }

  @Test
  void moreDatabases_shareIt() {
    assertEquals(3, run(900, 3, true).allSeconds(), 0.2);
  }

  @Test
  void unwantedOnesPassedOver_nextToNothingIsInVain() {
    RackSimulation.Outcome outcome = run(10_000, 1, true);
    assertTrue(outcome.allSeconds() < 120, () -> "" + outcome);
    assertTrue(outcome.wasted() < 1_000, () -> "" + outcome);
  }

  @Test
  void unwantedOnesTakenOver_muchIsInVain() {
    RackSimulation.Outcome outcome = run(10_000, 1, false);
    assertTrue(outcome.wasted() > 10_000, () -> "" + outcome);
  }
}
