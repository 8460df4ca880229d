package dev.mooring.store.postgres;

/**
 * The time of day on the database's clock, as last heard and counted on from there. Nothing here
 * depends on this machine's clock of the day, which may be wrong, or set.
 *
 * <p>Thread-safe.
 */
final class NodeClock {
  /** What the database's clock is ahead of this process's counter of time, in nanoseconds. */
  private volatile long aheadNanos;

  /** It is so late there at the moment. */
  void set(long nowMillis) {
    set(nowMillis, System.nanoTime());
  }

  /** It was so late there, then on this process's counter. */
  void set(long nowMillis, long atNanos) {
    aheadNanos = nowMillis * 1_000_000 - atNanos;
  }

  long currentTimeMillis() {
    return (System.nanoTime() + aheadNanos) / 1_000_000;
  }
}
