package dev.mooring.guest.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class LogBudgetTest {
  private static final long SECOND = 1_000_000_000;

  /** Near the end of what a long holds: the clock may start anywhere. */
  private static final long START = Math.subtractExact(Long.MAX_VALUE, 2 * SECOND);

  private static int taken(LogBudget budget, int bytes, long nowNanos) {
    int taken = 0;
    while (taken < 1_000 && !budget.isSpent(nowNanos)) {
      budget.charge(bytes, nowNanos);
      taken++;
    }
    return taken;
  }

  @Test
  void charge_lines_givesASecondsWorthAtOnce() {
    var budget = new LogBudget(new LogLimits(10, 0), START);
    assertEquals(10, taken(budget, 1 << 20, START));
    assertEquals(5, taken(budget, 1, START + SECOND / 2));
    assertEquals(10, taken(budget, 1, START + 60 * SECOND), "no more than that is saved up");
  }

  @Test
  void charge_bytes_letsTheLastLineThroughWholeAndPaysItBack() {
    var budget = new LogBudget(new LogLimits(0, 1_000), START);
    assertEquals(1, taken(budget, 3_000, START));
    assertTrue(budget.isSpent(START + 2 * SECOND), "two seconds' worth is owed");
    assertFalse(budget.isSpent(START + 2 * SECOND + SECOND / 10));
  }

  @Test
  void charge_zero_isAnyNumber() {
    assertEquals(1_000, taken(new LogBudget(new LogLimits(0, 0), START), 1 << 20, START));
  }

  @Test
  void limits_negative_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> new LogLimits(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> new LogLimits(0, -1));
  }
}
