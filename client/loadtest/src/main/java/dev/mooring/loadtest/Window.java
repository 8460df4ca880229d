package dev.mooring.loadtest;

/**
 * The time that is measured, in {@link Ticks}. A call belongs to it if it should have been sent in
 * it, whenever its answer comes. Written by the thread of the test, read by event loops.
 */
final class Window {
  private static final long NEVER = Long.MAX_VALUE;

  private volatile long startNs = NEVER;
  private volatile long endNs = NEVER;

  boolean covers(long intendedNs) {
    return intendedNs >= startNs && intendedNs < endNs;
  }

  boolean hasStarted(long now) {
    return now >= startNs;
  }

  void start(long now) {
    startNs = now;
  }

  void end(long now) {
    endNs = now;
  }

  long endNs() {
    return endNs;
  }

  double seconds() {
    return (endNs - startNs) / (double) Ticks.SECOND;
  }
}
