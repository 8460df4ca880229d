package dev.mooring.guest;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Lines and bytes that may be logged now. They are earned as time passes, a second's worth at most
 * is saved up, and a line may be logged if something of both is left. It is charged afterwards: how
 * long it is, only its text tells, and of a line that is dropped no text is made.
 *
 * <p>Thread-safe: event loops share one. Those that find nothing left only read.
 */
public final class LogBudget {
  private static final long SECOND_NANOS = 1_000_000_000;

  private final LogLimits limits;

  /**
   * The moments at which all that was logged will have been earned. They may lie ahead, and aren't
   * let fall behind by more than what may be saved up.
   */
  private final AtomicLong linesEvenAtNanos;

  private final AtomicLong bytesEvenAtNanos;

  /** A budget of which nothing is used. */
  public LogBudget(LogLimits limits, long nowNanos) {
    this.limits = limits;
    this.linesEvenAtNanos = new AtomicLong(nowNanos - SECOND_NANOS);
    this.bytesEvenAtNanos = new AtomicLong(nowNanos - SECOND_NANOS);
  }

  /** Whether no line may be logged now. */
  public boolean isSpent(long nowNanos) {
    return isSpent(limits.linesPerSecond(), linesEvenAtNanos, nowNanos)
        || isSpent(limits.bytesPerSecond(), bytesEvenAtNanos, nowNanos);
  }

  /** A line of so many bytes is logged, as they are written. */
  public void charge(int bytes, long nowNanos) {
    charge(limits.linesPerSecond(), linesEvenAtNanos, 1, nowNanos);
    charge(limits.bytesPerSecond(), bytesEvenAtNanos, bytes, nowNanos);
  }

  private static boolean isSpent(int perSecond, AtomicLong evenAtNanos, long nowNanos) {
    return perSecond > 0 && evenAtNanos.get() - nowNanos >= 0;
  }

  private static void charge(int perSecond, AtomicLong evenAtNanos, int used, long nowNanos) {
    if (perSecond == 0) {
      return;
    }
    long toEarnNanos = Math.ceilDiv(used * SECOND_NANOS, perSecond);
    long before;
    long after;
    do {
      before = evenAtNanos.get();
      long since = before - nowNanos > -SECOND_NANOS ? before : nowNanos - SECOND_NANOS;
      after = since + toEarnNanos;
    } while (!evenAtNanos.compareAndSet(before, after));
  }
}
