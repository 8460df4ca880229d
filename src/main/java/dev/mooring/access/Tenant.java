package dev.mooring.access;

import dev.mooring.rate.RateLimiter;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Somebody who is known, with what they may use and what they use.
 *
 * <p>Thread-safe: a tenant's sessions are on all event loops.
 */
public final class Tenant {
  /** The number of sessions of one that is forgotten, and gets no more. */
  private static final int FORGOTTEN = -1;

  private final String name;
  private final TenantLimits limits;
  private final RateLimiter time;
  private final AtomicInteger sessions = new AtomicInteger();
  private final AtomicLong heldBytes = new AtomicLong();
  private final AtomicInteger kept = new AtomicInteger();
  private final AtomicLong keptBytes = new AtomicLong();
  private final LongAdder opened = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder guestNanos = new LongAdder();
  private volatile long cameAtNanos;

  /**
   * A tenant with no session yet.
   *
   * @param nowNanos on the clock that its sessions will tell the time by
   */
  public Tenant(String name, TenantLimits limits, long nowNanos) {
    this.name = name;
    this.limits = limits;
    this.time = new RateLimiter(limits.guestTime(), nowNanos);
    this.cameAtNanos = nowNanos;
  }

  /** Names it in logs and metrics. */
  public String name() {
    return name;
  }

  public TenantLimits limits() {
    return limits;
  }

  /** Whether it may open a module, by the reference that a client gave. */
  public boolean mayOpen(String module) {
    boolean may = limits.allows(module);
    if (!may) {
      refused.increment();
    }
    return may;
  }

  /**
   * Has another session.
   *
   * @return whether it may; then it must {@link #leave} some day
   */
  public boolean enter() {
    int most = limits.sessions() == 0 ? Integer.MAX_VALUE : limits.sessions();
    int now;
    do {
      now = sessions.get();
      if (now == FORGOTTEN || now >= most) {
        refused.increment();
        return false;
      }
    } while (!sessions.compareAndSet(now, now + 1));
    opened.increment();
    return true;
  }

  /** Has a session less. */
  public void leave() {
    sessions.decrementAndGet();
  }

  /**
   * Has another session that outlives its connections.
   *
   * @return whether it may; then it must {@link #keepNoMore} some day
   */
  public boolean keep() {
    if (!mayKeepBytes()) {
      return false;
    }
    boolean may = kept.incrementAndGet() <= limits.keptSessions() || limits.keptSessions() == 0;
    if (!may) {
      kept.decrementAndGet();
    }
    return may;
  }

  /** Has one that was there before, however many it may have. */
  public void keepAnyway() {
    kept.incrementAndGet();
  }

  /** Has one less of those. */
  public void keepNoMore() {
    kept.decrementAndGet();
  }

  /** What those have said and wasn't acknowledged is more by this, in bytes, or less. */
  public void keepsBytes(long addedBytes) {
    keptBytes.addAndGet(addedBytes);
  }

  /** Whether that may become more. */
  public boolean mayKeepBytes() {
    return limits.keptBytes() == 0 || keptBytes.get() < limits.keptBytes();
  }

  /** It has been heard of. */
  void came(long nowNanos) {
    cameAtNanos = nowNanos;
  }

  /** When it was last heard of. */
  long cameAtNanos() {
    return cameAtNanos;
  }

  /**
   * Whether nothing is lost if it is forgotten, and made anew when it comes again: it has no
   * session, holds nothing, owes no time and has all saved up.
   */
  boolean isIdle(long nowNanos) {
    return sessions.get() == 0 && kept.get() == 0 && heldBytes.get() == 0 && time.isFull(nowNanos);
  }

  /**
   * Gets no session any more, unless it has one.
   *
   * @return whether it had none
   */
  boolean forget() {
    return sessions.compareAndSet(0, FORGOTTEN);
  }

  /** How long its guests must wait, in nanoseconds, until one of them may run; 0 if one may now. */
  public long waitNanos(long nowNanos) {
    return time.waitNanos(nowNanos);
  }

  /** One of its guests has run. */
  public void ran(long usedNanos, long nowNanos) {
    guestNanos.add(usedNanos);
    time.charge(usedNanos, nowNanos);
  }

  /** Its guests hold more, or less. */
  public void holds(long addedBytes) {
    heldBytes.addAndGet(addedBytes);
  }

  /** How much more its guests may come to hold, in bytes; at least 0. */
  public long memoryLeftBytes() {
    return limits.guestMemoryBytes() == 0
        ? Long.MAX_VALUE
        : Math.max(0, limits.guestMemoryBytes() - heldBytes.get());
  }

  /** What it uses now, and has come to. */
  public TenantUse use() {
    return new TenantUse(
        name,
        sessions.get(),
        heldBytes.get(),
        opened.sum(),
        refused.sum(),
        guestNanos.sum(),
        limits);
  }

  @Override
  public String toString() {
    return name;
  }
}
