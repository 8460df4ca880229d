package dev.mooring.loadtest;

/**
 * The one clock of a load test: nanoseconds since some moment at its beginning, so never negative.
 */
final class Ticks {
  static final long SECOND = 1_000_000_000L;
  static final long MILLI = 1_000_000L;

  private static final long ORIGIN = System.nanoTime();

  private Ticks() {}

  static long now() {
    return System.nanoTime() - ORIGIN;
  }
}
