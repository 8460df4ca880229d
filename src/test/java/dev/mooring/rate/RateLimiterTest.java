package dev.mooring.rate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RateLimiterTest {
  private static final long SECOND = 1_000_000_000;

  private static int taken(RateLimiter limiter, long nowNanos) {
    int taken = 0;
    while (taken < 1_000 && limiter.tryTake(1, nowNanos)) {
      taken++;
    }
    return taken;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE - SECOND / 2, -42})
  void tryTake_givesTheBurstThenTheRate(long start) {
    var limiter = new RateLimiter(new Rate(10, SECOND, 3), start);
    assertEquals(3, taken(limiter, start));
    assertEquals(0, taken(limiter, start + SECOND / 20));
    assertEquals(1, taken(limiter, start + SECOND / 10));
    assertEquals(3, taken(limiter, start + 60 * SECOND), "no more than that is saved up");
  }

  @Test
  void tryTake_moreThanIsLeft_takesNothing() {
    var limiter = new RateLimiter(Rate.perSecond(10), 0);
    assertFalse(limiter.tryTake(11, 0));
    assertFalse(limiter.has(11, 0));
    assertTrue(limiter.has(10, 0));
    assertTrue(limiter.tryTake(10, 0));
    assertFalse(limiter.tryTake(1, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE - SECOND / 2, -42})
  void charge_moreThanWasSavedUp_isOwedAndEarned(long start) {
    var limiter = new RateLimiter(Rate.perSecond(100), start);
    limiter.charge(100, start);
    assertEquals(0, limiter.waitNanos(start));
    limiter.charge(50, start);
    assertTrue(limiter.isSpent(start));
    assertEquals(SECOND / 2, limiter.waitNanos(start));
    assertEquals(SECOND / 5, limiter.waitNanos(start + 3 * SECOND / 10));
    assertEquals(0, limiter.waitNanos(start + SECOND / 2));
    assertFalse(limiter.isFull(start + SECOND));
    assertTrue(limiter.isFull(start + 3 * SECOND / 2));
  }

  @Test
  void noBound_isNeverSpent() {
    var limiter = new RateLimiter(Rate.perSecond(0), 0);
    limiter.charge(Long.MAX_VALUE, 0);
    assertEquals(1_000, taken(limiter, 0));
    assertEquals(0, limiter.waitNanos(0));
    assertTrue(limiter.isFull(0));
  }

  @Test
  void charge_muchAtAHighRate_doesNotRunOver() {
    var limiter = new RateLimiter(Rate.perSecond(Integer.MAX_VALUE), 0);
    limiter.charge(10L * Integer.MAX_VALUE, 0);
    assertEquals(9 * SECOND, limiter.waitNanos(0));
  }

  @Test
  void tryTake_fromManyThreads_givesNoMoreThanThereIs() throws InterruptedException {
    var limiter = new RateLimiter(Rate.perSecond(100_000), 0);
    var taken = new AtomicInteger();
    var threads = new Thread[4];
    for (int i = 0; i < threads.length; i++) {
      threads[i] =
          new Thread(
              () -> {
                for (int j = 0; j < 50_000; j++) {
                  taken.addAndGet(limiter.tryTake(1, 0) ? 1 : 0);
                }
              });
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(100_000, taken.get());
  }

  @Test
  void rate_thatIsNone_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Rate(-1, SECOND, 1));
    assertThrows(IllegalArgumentException.class, () -> new Rate(1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Rate(1, SECOND, 0));
  }
}
