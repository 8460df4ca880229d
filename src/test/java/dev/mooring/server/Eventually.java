package dev.mooring.server;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.function.BooleanSupplier;

/** Waits for what another thread does. */
final class Eventually {
  private static final long LIMIT_NANOS = 20_000_000_000L;
  private static final long POLL_MILLIS = 5;

  private Eventually() {}

  static void assertEventually(BooleanSupplier condition, String what) throws InterruptedException {
    long end = System.nanoTime() + LIMIT_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        fail("it did not come about that " + what);
      }
      Thread.sleep(POLL_MILLIS);
    }
  }
}
