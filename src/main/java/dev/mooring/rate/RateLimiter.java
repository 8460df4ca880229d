package dev.mooring.rate;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * Holds somebody to a {@link Rate}. All that it remembers is the moment at which everything so far
 * will have been earned (the generic cell rate algorithm): it may lie ahead, and isn't let fall
 * behind by more than what may be saved up.
 *
 * <p>Whoever knows what something costs takes it beforehand ({@link #tryTake}). Whoever learns it
 * afterwards asks whether anything is left ({@link #isSpent}), and charges it then, which may
 * overdraw.
 *
 * <p>Thread-safe, without a lock: those that find nothing left only read. Times are of any one
 * clock that counts nanoseconds, which may run over.
 */
public final class RateLimiter {
  private static final AtomicLongFieldUpdater<RateLimiter> EVEN_AT =
      AtomicLongFieldUpdater.newUpdater(RateLimiter.class, "evenAtNanos");

  private final Rate rate;
  private volatile long evenAtNanos;

  /** Nothing has been used, and all is saved up that may be. */
  public RateLimiter(Rate rate, long nowNanos) {
    this.rate = rate;
    this.evenAtNanos = nowNanos - burstNanos();
  }

  private long burstNanos() {
    return isBounded() ? rate.nanos(rate.burst()) : 0;
  }

  private boolean isBounded() {
    return rate.units() > 0;
  }

  /** Takes so many, if as many are left; says whether they were. */
  public boolean tryTake(long units, long nowNanos) {
    if (!isBounded()) {
      return true;
    }
    long before;
    long after;
    do {
      before = evenAtNanos;
      after = since(before, nowNanos) + rate.nanos(units);
      if (after - nowNanos > 0) {
        return false;
      }
    } while (!EVEN_AT.compareAndSet(this, before, after));
    return true;
  }

  /** Whether so many are left. */
  public boolean has(long units, long nowNanos) {
    return !isBounded() || since(evenAtNanos, nowNanos) + rate.nanos(units) - nowNanos <= 0;
  }

  /** Whether nothing is left. */
  public boolean isSpent(long nowNanos) {
    return isBounded() && evenAtNanos - nowNanos >= 0;
  }

  /** How long it takes until something is left; 0 if something is. */
  public long waitNanos(long nowNanos) {
    return isBounded() ? Math.max(0, evenAtNanos - nowNanos) : 0;
  }

  /** Whether it is as if nothing had been used. */
  public boolean isFull(long nowNanos) {
    return !isBounded() || evenAtNanos - nowNanos <= -burstNanos();
  }

  /** So many were used, whether they were left or not. */
  public void charge(long units, long nowNanos) {
    if (!isBounded()) {
      return;
    }
    long toEarnNanos = rate.nanos(units);
    long before;
    do {
      before = evenAtNanos;
    } while (!EVEN_AT.compareAndSet(this, before, since(before, nowNanos) + toEarnNanos));
  }

  /** From when on it is to be earned. */
  private long since(long evenAt, long nowNanos) {
    long earliest = nowNanos - burstNanos();
    return evenAt - earliest > 0 ? evenAt : earliest;
  }
}
