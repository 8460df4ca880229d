package dev.mooring.access;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TimeQuotaTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000 * MILLI;

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE - 500 * 1_000_000L, -42})
  void charge_moreThanWasSavedUp_isOwedAndEarned(long start) {
    var quota = new TimeQuota(100, start);
    assertEquals(0, quota.waitNanos(start));
    quota.charge(100 * MILLI, start);
    assertEquals(0, quota.waitNanos(start));
    quota.charge(50 * MILLI, start);
    assertEquals(500 * MILLI, quota.waitNanos(start));
    assertEquals(200 * MILLI, quota.waitNanos(start + 300 * MILLI));
    assertEquals(0, quota.waitNanos(start + 500 * MILLI));
  }

  @Test
  void idling_savesUpASecondsWorthAtMost() {
    var quota = new TimeQuota(2_000, 0);
    quota.charge(2 * SECOND, 100 * SECOND);
    assertEquals(0, quota.waitNanos(100 * SECOND));
    quota.charge(2 * MILLI, 100 * SECOND);
    assertEquals(MILLI, quota.waitNanos(100 * SECOND));
  }

  @Test
  void noBound_neverWaits() {
    var quota = new TimeQuota(0, 0);
    quota.charge(Long.MAX_VALUE, 0);
    assertEquals(0, quota.waitNanos(0));
  }
}
