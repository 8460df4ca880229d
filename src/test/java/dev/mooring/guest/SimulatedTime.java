package dev.mooring.guest;

import dev.mooring.guest.deadline.GuestClock;
import dev.mooring.guest.log.LogLimits;

/**
 * The time of a simulation, for loops, guests and their watchdog alike. It stands until somebody
 * lets it pass; then the watchdog looks as often as it would, but where {@link #keepWatchdog it is
 * kept from that}. A guest that reads the time of day takes {@link #READ_NANOS} for it, so one that
 * waits for a time to come sees it come, or is stopped.
 *
 * <p>One thread.
 */
public final class SimulatedTime implements GuestClock {
  public static final long READ_NANOS = 10_000;

  private final GuestRuntime runtime;
  private long nowNanos;
  private long nextLookNanos;

  /** With a runtime for guests, who live by it. */
  public SimulatedTime(long budgetBytes) {
    runtime = new GuestRuntime(budgetBytes, LogLimits.OF_ALL, this);
    nextLookNanos = runtime.watchdog().look();
  }

  public GuestRuntime runtime() {
    return runtime;
  }

  /** A guest of this repository, for that runtime. */
  public GuestModule compile(String guest) {
    return GuestFixture.compile(GuestFixture.bytes(guest), runtime);
  }

  /** Lets time pass. */
  public void pass(long nanos) {
    long endNanos = nowNanos + nanos;
    while (nextLookNanos <= endNanos) {
      nowNanos = Math.max(nowNanos, nextLookNanos);
      nextLookNanos = nowNanos + runtime.watchdog().look();
    }
    nowNanos = endNanos;
  }

  /** Lets the watchdog not look for so long, as on a machine that is busy with something else. */
  public void keepWatchdog(long nanos) {
    nextLookNanos = Math.max(nextLookNanos, nowNanos + nanos);
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public long unixNanos() {
    pass(READ_NANOS);
    return nowNanos;
  }
}
