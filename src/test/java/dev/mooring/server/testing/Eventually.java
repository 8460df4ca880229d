package dev.mooring.server.testing;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for what another thread does. */
public final class Eventually {
  /** What hasn't come about by then is taken for what never will. */
  public static final int PATIENCE_SECONDS = 20;

  private static final long POLL_MILLIS = 5;

  private Eventually() {}

  public static void assertEventually(BooleanSupplier condition, String what)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        fail("it did not come about that " + what);
      }
      Thread.sleep(POLL_MILLIS);
    }
  }
}
