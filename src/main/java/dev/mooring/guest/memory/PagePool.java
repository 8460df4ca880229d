package dev.mooring.guest.memory;

import dev.mooring.guest.call.GuestTrap;

/**
 * One event loop's pages, and its account with the process's {@link MemoryBudget}.
 *
 * <p>Every page that a space owns comes from here and returns here. A bounded number is kept for
 * the next taker. A page is given out as its last owner left it: whoever takes one overwrites all
 * of it before anybody can read it.
 *
 * <p>What was given must be had again, even when everything else is refused: a space that wakes
 * takes its pages back, and a call that changes a table has it twice for as long as it runs. So a
 * part of the pool is its reserve, and only they may use it.
 *
 * <p>Invariants: {@code free[0 .. freeCount)} are pages and the rest is null; {@code usedBytes <=
 * leasedBytes}, and {@code usedBytes} counts the free pages too. Once anything is held, what is
 * free or leased and unused is the reserve at least, unless it is in use.
 *
 * <p>Event loop only.
 */
public final class PagePool {
  /** What is taken from the budget, or given back to it, at a time. */
  public static final int LEASE_BYTES = 256 * 1024;

  /** How many pages may be had again, whatever others hold. */
  static final int RESERVE_PAGES = 256;

  private static final int PAGE_BYTES = GuestMemory.TRACKED_BYTES;

  private final MemoryBudget budget;
  private final Windows windows;
  private final int reservePages;
  private final byte[][] free;
  private int freeCount;
  private long leasedBytes;
  private long usedBytes;

  /** By how much spaces at rest take less than awake. */
  private long restingBytes;

  /** As much as may be held for now. */
  private long ceilingBytes = Long.MAX_VALUE;

  /**
   * A pool without a page yet.
   *
   * @param budget where the bytes come from
   * @param windows the loop's, which go when pages are needed that the budget doesn't have
   * @param freeLimit how many pages to keep for the next taker; without any, there is no reserve
   */
  public PagePool(MemoryBudget budget, Windows windows, int freeLimit) {
    this.budget = budget;
    this.windows = windows;
    this.reservePages = Math.min(RESERVE_PAGES, freeLimit);
    this.free = new byte[freeLimit][];
  }

  /**
   * A page that a space owns from now on.
   *
   * @throws GuestTrap when the budget has none left but the reserve
   */
  byte[] take() {
    boolean mayHold = PAGE_BYTES <= ceilingBytes - heldBytes();
    if (!mayHold || (freeCount <= reservePages && !lease(PAGE_BYTES + missingReserveBytes()))) {
      throw GuestTrap.OUT_OF_MEMORY;
    }
    return takeAny();
  }

  /**
   * A page for a space that wakes, and had it before it went to rest: the reserve may be used.
   *
   * @throws GuestTrap when the budget has none left, nor the reserve
   */
  byte[] takeAgain() {
    if (freeCount == 0 && !lease(PAGE_BYTES)) {
      throw GuestTrap.OUT_OF_MEMORY;
    }
    return takeAny();
  }

  private byte[] takeAny() {
    if (freeCount == 0) {
      byte[] page = new byte[PAGE_BYTES];
      usedBytes += PAGE_BYTES;
      return page;
    }
    byte[] page = free[--freeCount];
    free[freeCount] = null;
    return page;
  }

  /** Gives a page back. The caller keeps no reference to it. */
  void give(byte[] page) {
    assert page.length == PAGE_BYTES;
    if (freeCount < free.length) {
      free[freeCount++] = page;
    } else {
      release(PAGE_BYTES);
    }
  }

  /**
   * A space goes to rest and gives its pages back. It counts as before with whoever is held to what
   * they hold, since it may wake at any time.
   *
   * @param pages the first {@code count} are given; the caller keeps no reference to them
   * @param bytes what it holds instead, which is less
   */
  void rest(byte[][] pages, int count, int bytes) {
    restingBytes += (long) count * PAGE_BYTES - bytes;
    usedBytes += bytes;
    for (int i = 0; i < count; i++) {
      give(pages[i]);
    }
    while (usedBytes > leasedBytes) { // Then some of the pages were kept for the next taker.
      free[--freeCount] = null;
      usedBytes -= PAGE_BYTES;
    }
  }

  /** The opposite: the space has taken its pages {@link #takeAgain again}, or is discarded. */
  void woke(int pages, int bytes) {
    restingBytes -= (long) pages * PAGE_BYTES - bytes;
    release(bytes);
  }

  /**
   * Counts bytes that a space is about to allocate otherwise.
   *
   * @throws GuestTrap when the budget doesn't have them
   */
  public void reserve(long bytes) {
    if (!tryReserve(bytes)) {
      throw GuestTrap.OUT_OF_MEMORY;
    }
  }

  /** As {@link #reserve}, for callers who have an answer of their own to 'no'. */
  public boolean tryReserve(long bytes) {
    if (bytes > ceilingBytes - heldBytes() || !lease(bytes + missingReserveBytes())) {
      return false;
    }
    usedBytes += bytes;
    return true;
  }

  /**
   * As {@link #reserve}, for what is counted out again when the call ends, and so may use the
   * reserve.
   */
  public void reserveForUndo(long bytes) {
    if (heldBytes() + bytes - ceilingBytes > reserveBytes() || !lease(bytes)) {
      throw GuestTrap.OUT_OF_MEMORY;
    }
    usedBytes += bytes;
  }

  /** Makes sure that so much is leased and unused; false if the budget doesn't have it. */
  private boolean lease(long bytes) {
    long missing = usedBytes + bytes - leasedBytes;
    if (missing > 0) {
      long lease = (missing + LEASE_BYTES - 1) / LEASE_BYTES * LEASE_BYTES;
      while (!budget.tryTakeForPages(lease)) {
        if (!windows.giveWay()) {
          return false;
        }
      }
      leasedBytes += lease;
    }
    return true;
  }

  private long reserveBytes() {
    return (long) reservePages * PAGE_BYTES;
  }

  /** What of the reserve isn't there as free pages, and so must be leased and unused. */
  private long missingReserveBytes() {
    return (long) Math.max(0, reservePages - freeCount) * PAGE_BYTES;
  }

  /** Counts bytes out that were counted in with {@link #reserve}. */
  public void release(long bytes) {
    assert usedBytes >= bytes;
    long spare = leasedBytes - usedBytes + bytes - missingReserveBytes();
    if (spare >= 2 * LEASE_BYTES) {
      // One lease is kept, so that a loop at its edge doesn't go to and fro.
      long back = spare / LEASE_BYTES * LEASE_BYTES - LEASE_BYTES;
      budget.give(back); // First: a guest that is growing may run out of stack here.
      leasedBytes -= back;
    }
    usedBytes -= bytes;
  }

  /**
   * Drops the free pages and gives every byte that nobody uses back to the budget, the reserve's
   * too: nothing runs here any more.
   */
  public void trim() {
    while (freeCount > 0) {
      free[--freeCount] = null;
      usedBytes -= PAGE_BYTES;
    }
    long unused = (leasedBytes - usedBytes) / LEASE_BYTES * LEASE_BYTES;
    leasedBytes -= unused;
    budget.give(unused);
  }

  /** What spaces hold when they are awake: all that is used but for the free pages. */
  public long heldBytes() {
    return usedBytes - (long) freeCount * PAGE_BYTES + restingBytes;
  }

  /**
   * From now on, until this is said again, no more than so much may come to be held in addition;
   * what is undone or had before may go beyond it by as much as the reserve.
   */
  public void allowGrowth(long bytes) {
    long held = heldBytes();
    ceilingBytes = held + Math.min(bytes, Long.MAX_VALUE - held);
  }

  /** How much more may come to be held now, in bytes, if nobody else takes it first. */
  public long leftBytes() {
    long unused = leasedBytes - usedBytes + (long) freeCount * PAGE_BYTES - reserveBytes();
    long left = Math.min(unused + budget.leftForPagesBytes(), ceilingBytes - heldBytes());
    return Math.max(0, left);
  }

  long usedBytes() {
    return usedBytes;
  }
}
