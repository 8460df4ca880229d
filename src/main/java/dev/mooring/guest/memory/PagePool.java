package dev.mooring.guest.memory;

import dev.mooring.guest.call.GuestTrap;

/**
 * One event loop's page buffers, and its account with the process's {@link MemoryBudget}.
 *
 * <p>Every buffer of a page that a space owns, or that a running call needs to undo a store, comes
 * from here and returns here. A bounded number is kept for the next taker. A buffer is given out as
 * its last owner left it: whoever takes one overwrites all of it before anybody can read it.
 *
 * <p>A call that changes what its space holds already needs a copy to undo that, for as long as it
 * runs. So that it can go on when everything else is refused, a part of the pool is its reserve:
 * only undo copies may use it.
 *
 * <p>Invariants: {@code free[0 .. freeCount)} are buffers and the rest is null; {@code usedBytes <=
 * leasedBytes}, and {@code usedBytes} counts the free buffers too. Between calls, once anything is
 * held: what is free or leased and unused is the reserve at least.
 *
 * <p>Event loop only.
 */
public final class PagePool {
  /** What is taken from the budget, or given back to it, at a time. */
  public static final int LEASE_BYTES = 256 * 1024;

  /** How many undo copies a call may make, whatever others hold; each layout's pool has its own. */
  static final int RESERVE_BUFFERS = 256;

  private final MemoryBudget budget;
  private final int bufferBytes;
  private final int reserveBuffers;
  private final byte[][] free;
  private int freeCount;
  private long leasedBytes;
  private long usedBytes;

  /** As much as may be held for now. */
  private long ceilingBytes = Long.MAX_VALUE;

  /**
   * A pool without a buffer yet.
   *
   * @param budget where the bytes come from
   * @param bufferBytes the length of each buffer
   * @param freeLimit how many buffers to keep for the next taker; without any, there is no reserve
   */
  public PagePool(MemoryBudget budget, int bufferBytes, int freeLimit) {
    this.budget = budget;
    this.bufferBytes = bufferBytes;
    this.reserveBuffers = Math.min(RESERVE_BUFFERS, freeLimit);
    this.free = new byte[Math.max(1, freeLimit)][];
  }

  /**
   * The buffer that {@link #take} would give, without giving it: for a copy that comes back when
   * the call ends.
   *
   * <p>A guest may run out of stack anywhere, here too. Whoever copies into this buffer first, and
   * then takes it and writes it down without another method's frame in between, can't lose it.
   *
   * @throws GuestTrap when the budget has none left, nor the reserve
   */
  public byte[] peek() {
    if (freeCount == 0) {
      byte[] buffer = new byte[bufferBytes];
      if (!mayUndo(bufferBytes)) {
        throw GuestTrap.OUT_OF_MEMORY;
      }
      usedBytes += bufferBytes;
      free[0] = buffer;
      freeCount = 1;
    }
    return free[freeCount - 1];
  }

  /**
   * As {@link #peek}, for a page that a space will own.
   *
   * @throws GuestTrap when the budget has none left but the reserve
   */
  byte[] peekToKeep() {
    boolean mayHold = bufferBytes <= ceilingBytes - heldBytes();
    if (!mayHold || (freeCount <= reserveBuffers && !lease(bufferBytes + missingReserveBytes()))) {
      throw GuestTrap.OUT_OF_MEMORY;
    }
    return peek();
  }

  /** Takes the buffer that {@link #peek} showed. */
  public void take() {
    free[--freeCount] = null;
  }

  /** Gives a buffer back. The caller keeps no reference to it. */
  public void give(byte[] buffer) {
    assert buffer.length == bufferBytes;
    if (freeCount < free.length) {
      free[freeCount++] = buffer;
    } else {
      release(bufferBytes);
    }
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
    if (!mayUndo(bytes)) {
      throw GuestTrap.OUT_OF_MEMORY;
    }
    usedBytes += bytes;
  }

  private boolean mayUndo(long bytes) {
    return heldBytes() + bytes - ceilingBytes <= reserveBytes() && lease(bytes);
  }

  /** Makes sure that so much is leased and unused; false if the budget doesn't have it. */
  private boolean lease(long bytes) {
    long missing = usedBytes + bytes - leasedBytes;
    if (missing > 0) {
      long lease = (missing + LEASE_BYTES - 1) / LEASE_BYTES * LEASE_BYTES;
      if (!budget.tryTake(lease)) {
        return false;
      }
      leasedBytes += lease;
    }
    return true;
  }

  private long reserveBytes() {
    return (long) reserveBuffers * bufferBytes;
  }

  /** What of the reserve isn't there as free buffers, and so must be leased and unused. */
  private long missingReserveBytes() {
    return (long) Math.max(0, reserveBuffers - freeCount) * bufferBytes;
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
   * Drops the free buffers and gives every byte that nobody uses back to the budget, the reserve's
   * too: nothing runs here any more.
   */
  public void trim() {
    while (freeCount > 0) {
      free[--freeCount] = null;
      usedBytes -= bufferBytes;
    }
    long unused = (leasedBytes - usedBytes) / LEASE_BYTES * LEASE_BYTES;
    leasedBytes -= unused;
    budget.give(unused);
  }

  /** What spaces hold: all that is used, but for the free buffers. */
  public long heldBytes() {
    return usedBytes - freeBytes();
  }

  private long freeBytes() {
    return (long) freeCount * bufferBytes;
  }

  /**
   * From now on, until this is said again, no more than so much may come to be held in addition;
   * undo copies may go beyond it by as much as the reserve.
   */
  public void allowGrowth(long bytes) {
    long held = heldBytes();
    ceilingBytes = held + Math.min(bytes, Long.MAX_VALUE - held);
  }

  long usedBytes() {
    return usedBytes;
  }
}
