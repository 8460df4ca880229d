package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever happens to the watchdog, it goes on watching. */
@Timeout(60)
final class WatchdogTest {
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
      watchdog.watch(lane);
      lane.enter(new StopSwitch(), System.nanoTime());
      while (lane.overdueNanos(System.nanoTime()) == 0) {
        Thread.onSpinWait();
      }
      assertTrue(looks.get() > 4, looks + " looks");
      assertTrue(watchdog.ticks() > 4, "failed looks are ticks, too");
      assertFalse(lane.leave());
    }
  }
}
