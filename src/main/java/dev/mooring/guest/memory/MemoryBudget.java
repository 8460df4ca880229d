package dev.mooring.guest.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much heap all guests of a process may hold together.
 *
 * <p>What counts is what spaces really hold, not the memory that their modules declare: a million
 * sessions that wrote a page each hold a million pages. Loops take and give in large pieces (see
 * {@link PagePool}), so this is no place where they meet.
 *
 * <p>Thread-safe.
 */
public final class MemoryBudget {
  /** One in so many bytes is for {@link Windows} alone. */
  public static final int WINDOWS_PART = 8;

  private final long limitBytes;
  private final AtomicLong usedBytes = new AtomicLong();

  /**
   * A budget of its own.
   *
   * @param limitBytes what guests may hold, in bytes
   */
  public MemoryBudget(long limitBytes) {
    if (limitBytes < 0) {
      throw new IllegalArgumentException("a negative memory budget: " + limitBytes);
    }
    this.limitBytes = limitBytes;
  }

  /** Takes {@code bytes}, all or nothing. */
  public boolean tryTake(long bytes) {
    return tryTake(bytes, limitBytes);
  }

  /**
   * The same, for what spaces hold. The last part of the budget isn't for them: whoever holds
   * something must be able to run, too.
   */
  boolean tryTakeForPages(long bytes) {
    return tryTake(bytes, pagesLimitBytes());
  }

  private long pagesLimitBytes() {
    return limitBytes - limitBytes / WINDOWS_PART;
  }

  /** As much as could be taken for pages now. */
  long leftForPagesBytes() {
    return Math.max(0, pagesLimitBytes() - usedBytes.get());
  }

  private boolean tryTake(long bytes, long limit) {
    long used;
    do {
      used = usedBytes.get();
      if (bytes > limit - used) {
        return false;
      }
    } while (!usedBytes.compareAndSet(used, used + bytes));
    return true;
  }

  /** As much as could be taken now. */
  public long leftBytes() {
    return limitBytes - usedBytes.get();
  }

  /** Gives back what was taken. */
  public void give(long bytes) {
    usedBytes.addAndGet(-bytes);
  }

  /** The bytes that loops hold for their guests, in use or at the ready. */
  public long usedBytes() {
    return usedBytes.get();
  }

  /** The bytes that guests may hold. */
  public long limitBytes() {
    return limitBytes;
  }
}
