package dev.mooring.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** When a lost connection is made again, on a clock of the test's own. */
final class BackOffTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Always the longest wait that there may be. */
  private static final RandomGenerator LONGEST =
      new Random() {
        private static final long serialVersionUID = 1L;

        @Override
        public long nextLong(long bound) {
          return bound - 1;
        }
      };

  private long now = -5;

  private BackOff backOff(Duration patience, RandomGenerator random) {
    return new BackOff(patience, () -> random);
  }

  private Duration next(BackOff backOff) {
    Duration delay = backOff.next(now);
    assertNotNull(delay);
    return delay;
  }

  @Test
  void next_attemptsInVain_areFurtherAndFurtherApartUpToABound() {
    BackOff backOff = backOff(Duration.ofDays(1), LONGEST);
    Duration expected = BackOff.FIRST;
    for (int i = 0; i < 100; i++) {
      assertEquals(expected.minusNanos(1), next(backOff));
      expected = expected.multipliedBy(2);
      if (expected.compareTo(BackOff.LONGEST) > 0) {
        expected = BackOff.LONGEST;
      }
    }
  }

  @Test
  void next_atRandom_isWithinTheBound() {
    BackOff backOff = backOff(Duration.ofDays(1), new Random(7));
    for (int i = 0; i < 1_000; i++) {
      Duration delay = next(backOff);
      assertTrue(!delay.isNegative() && delay.compareTo(BackOff.LONGEST) < 0, delay::toString);
    }
  }

  @Test
  void next_patienceOver_isNone() {
    BackOff backOff = backOff(PATIENCE, LONGEST);
    long start = now;
    int attempts = 0;
    for (Duration delay; (delay = backOff.next(now)) != null; attempts++) {
      now += delay.toNanos();
    }
    assertEquals(PATIENCE.toNanos(), now - start);
    assertTrue(attempts > 10, () -> "too few attempts");
  }

  @Test
  void next_noPatience_isNoneAtOnce() {
    assertNull(backOff(Duration.ZERO, LONGEST).next(now));
  }

  @Test
  void next_afterAConnectionOfUse_beginsAnew() {
    BackOff backOff = backOff(PATIENCE, LONGEST);
    next(backOff);
    next(backOff);
    backOff.connected(now);
    backOff.succeeded();
    now += 2 * PATIENCE.toNanos();
    assertEquals(BackOff.FIRST.minusNanos(1), next(backOff));
  }

  @Test
  void next_afterAConnectionThatLasted_beginsAnew() {
    BackOff backOff = backOff(PATIENCE, LONGEST);
    next(backOff);
    next(backOff);
    backOff.connected(now);
    now += BackOff.LONGEST.toNanos();
    assertEquals(BackOff.FIRST.minusNanos(1), next(backOff));
  }

  @Test
  void next_afterConnectionsThatNothingCameOf_isNotForEver() {
    BackOff backOff = backOff(PATIENCE, LONGEST);
    long start = now;
    for (Duration delay; (delay = backOff.next(now)) != null; ) {
      now += delay.toNanos();
      backOff.connected(now);
    }
    assertEquals(PATIENCE.toNanos(), now - start);
  }
}
