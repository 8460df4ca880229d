package dev.mooring.access;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much a tenant may run: so much time in each second, of which at most one second's worth is
 * saved up. Who ran is charged afterwards, since nobody knows before how long a call will take; so
 * time may be owed, and then nothing of the tenant's runs until it is earned.
 *
 * <p>Thread-safe.
 */
final class TimeQuota {
  private static final long SECOND_NANOS = 1_000_000_000;
  private static final int MILLIS_PER_SECOND = 1_000;

  private final int millisPerSecond;

  /**
   * The moment at which all that ran will have been earned. It may lie ahead, and isn't let fall
   * behind by more than what may be saved up.
   */
  private final AtomicLong evenAtNanos;

  /**
   * A quota with nothing used.
   *
   * @param millisPerSecond 0: there is no bound
   */
  TimeQuota(int millisPerSecond, long nowNanos) {
    this.millisPerSecond = millisPerSecond;
    this.evenAtNanos = new AtomicLong(nowNanos - SECOND_NANOS);
  }

  /** How long nothing may run; 0 if something may. */
  long waitNanos(long nowNanos) {
    return millisPerSecond == 0 ? 0 : Math.max(0, evenAtNanos.get() - nowNanos);
  }

  /** Whether it is as if it had just begun: nothing is owed, and all that may be is saved up. */
  boolean isFull(long nowNanos) {
    return millisPerSecond == 0 || evenAtNanos.get() - nowNanos <= -SECOND_NANOS;
  }

  /** Something has run. */
  void charge(long usedNanos, long nowNanos) {
    if (millisPerSecond == 0) {
      return;
    }
    long toEarnNanos = usedNanos * MILLIS_PER_SECOND / millisPerSecond;
    long before;
    long after;
    do {
      before = evenAtNanos.get();
      long since = before - nowNanos > -SECOND_NANOS ? before : nowNanos - SECOND_NANOS;
      after = since + toEarnNanos;
    } while (!evenAtNanos.compareAndSet(before, after));
  }
}
