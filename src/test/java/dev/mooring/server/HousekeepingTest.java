package dev.mooring.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class HousekeepingTest {
  @Test
  void task_thatFailsInAnyWay_isRunAgain() throws InterruptedException {
    var runs = new CountDownLatch(2);
    try (var housekeeping = new Housekeeping()) {
      housekeeping.every(
          1,
          () -> {
            runs.countDown();
            throw new AssertionError("broken on purpose");
          });
      assertTrue(runs.await(60, TimeUnit.SECONDS), "it was run once, and not again");
    }
  }
}
