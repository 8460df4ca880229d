package dev.mooring.guest.log;

import dev.mooring.rate.Rate;
import dev.mooring.rate.RateLimiter;

/**
 * Lines and bytes that may be logged now. They are earned as time passes, a second's worth at most
 * is saved up, and a line may be logged if something of both is left. It is charged afterwards: how
 * long it is, only its text tells, and of a line that is dropped no text is made.
 *
 * <p>Thread-safe: event loops share one. Those that find nothing left only read.
 */
public final class LogBudget {
  private final RateLimiter lines;
  private final RateLimiter bytes;

  /** A budget of which nothing is used. */
  public LogBudget(LogLimits limits, long nowNanos) {
    this.lines = new RateLimiter(Rate.perSecond(limits.linesPerSecond()), nowNanos);
    this.bytes = new RateLimiter(Rate.perSecond(limits.bytesPerSecond()), nowNanos);
  }

  /** Whether no line may be logged now. */
  public boolean isSpent(long nowNanos) {
    return lines.isSpent(nowNanos) || bytes.isSpent(nowNanos);
  }

  /** A line of so many bytes is logged, as they are written. */
  public void charge(int lineBytes, long nowNanos) {
    lines.charge(1, nowNanos);
    bytes.charge(lineBytes, nowNanos);
  }
}
