package dev.mooring.guest;

import dev.mooring.server.testing.Optimized;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Programs at random go the same way on our engine and on an interpreter. */
@Optimized
final class RandomProgramsTest {
  private static final long BUDGET_BYTES = 256L << 20;
  private static final int KNOWN = 60;
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(3);

  @Test
  void programs_ofKnownSeeds_goTheSameWay() {
    try (var runtime = new GuestRuntime(BUDGET_BYTES)) {
      for (long seed = 1; seed <= KNOWN; seed++) {
        RandomPrograms.check(seed, runtime);
      }
    }
  }

  /** As many as there is time for; a failure says the seed. */
  @Test
  void programs_ofOtherSeeds_goTheSameWay() {
    long seed = RandomPrograms.firstSeed();
    long begun = System.nanoTime();
    try (var runtime = new GuestRuntime(BUDGET_BYTES)) {
      while (System.nanoTime() - begun < MOST_NANOS) {
        RandomPrograms.check(seed++, runtime);
      }
    }
  }
}
