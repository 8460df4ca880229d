package dev.mooring.guest.deadline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.server.testing.Optimized;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever happens to the watchdog, it goes on watching. */
@Optimized
@Timeout(60)
final class WatchdogTest {
  private static final long MILLI = 1_000_000;

  @Test
  void look_fails_isNotTheLast() {
    var looks = new AtomicInteger();
    var lane = new Lane();
    try (var watchdog =
        new Watchdog(
            () -> {
              switch (looks.incrementAndGet()) {
                case 1, 2, 3 -> throw new IllegalStateException("staged");
                case 4 -> throw new AssertionError("staged");
                default -> {}
              }
              return System.nanoTime();
            })) {
      watchdog.start();
      watchdog.watch(lane);
      lane.enter(new StopSwitch(), System.nanoTime(), 0);
      while (lane.overdueNanos(System.nanoTime()) == 0) {
        Thread.onSpinWait();
      }
      assertTrue(looks.get() > 4, looks + " looks");
      assertTrue(watchdog.ticks() > 4, "failed looks are ticks, too");
      assertFalse(lane.leave());
    }
  }

  /** As an event loop does that takes a tick for a millisecond, while nobody runs the watchdog. */
  @Test
  void tick_standsStill_callHasItsTimeAllTheSame() throws InterruptedException {
    long durationNanos = 50 * MILLI;
    var clock = new StoppedClock();
    var lane = new Lane();
    try (var watchdog = new Watchdog(clock)) {
      watchdog.start();
      watchdog.watch(lane);
      awaitTicks(watchdog, 3);
      clock.keepWaiting();
      long tick = watchdog.ticks();
      long takenForNow = clock.nanos.get() + Watchdog.TICK_NANOS;
      clock.nanos.addAndGet(200 * MILLI);
      assertEquals(tick, watchdog.ticks());
      lane.enter(new StopSwitch(), takenForNow + durationNanos, durationNanos);
      clock.nanos.addAndGet(10 * MILLI);
      clock.letGo();
      awaitTicks(watchdog, 3);
      assertEquals(0, lane.overdueNanos(clock.nanos.get()), "it has run for 10 of its 50 ms");
      clock.nanos.addAndGet(29 * MILLI);
      awaitTicks(watchdog, 3);
      assertEquals(0, lane.overdueNanos(clock.nanos.get()), "it has run for 39 of its 50 ms");
      clock.nanos.addAndGet(durationNanos);
      awaitTicks(watchdog, 3);
      clock.nanos.addAndGet(1);
      assertTrue(lane.overdueNanos(clock.nanos.get()) > 0);
      assertFalse(lane.leave());
    }
  }

  private static void awaitTicks(Watchdog watchdog, int count) {
    long end = watchdog.ticks() + count;
    while (watchdog.ticks() < end) {
      Thread.onSpinWait();
    }
  }

  /** Stands until it is turned, and can keep those waiting who look at it. */
  private static final class StoppedClock implements LongSupplier {
    final AtomicLong nanos = new AtomicLong(1_000 * MILLI);
    private final Semaphore open = new Semaphore(1);

    @Override
    public long getAsLong() {
      open.acquireUninterruptibly();
      open.release();
      return nanos.get();
    }

    /** When this returns, whoever looks from now on waits. */
    void keepWaiting() throws InterruptedException {
      open.acquire();
      while (!open.hasQueuedThreads()) {
        Thread.onSpinWait();
      }
    }

    void letGo() {
      open.release();
    }
  }
}
