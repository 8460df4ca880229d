package dev.mooring.server.testing.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.client.Value;
import java.util.concurrent.TimeUnit;

/**
 * Counts, one call after the other, with a pause between them; and sees how long it had to wait for
 * an answer.
 */
final class Stepper extends Program {
  private static final long PAUSE_MILLIS = 20;

  private volatile long longestNanos;

  @Override
  void run() throws Exception {
    long count = 0;
    while (!isStopped()) {
      long began = System.nanoTime();
      long counted = session().call("add", Value.i64(1)).get(SECONDS, TimeUnit.SECONDS).i64();
      longestNanos = Math.max(longestNanos, System.nanoTime() - began);
      assertEquals(++count, counted);
      calls.incrementAndGet();
      Thread.sleep(PAUSE_MILLIS);
    }
  }

  /** How long it waited for an answer, at most. */
  long longestNanos() {
    return longestNanos;
  }
}
