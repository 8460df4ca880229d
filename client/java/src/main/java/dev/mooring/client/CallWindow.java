package dev.mooring.client;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * How much of one session is unanswered, and where callers wait for room.
 *
 * <p>Invariant: calls ≤ {@code maxCalls}, and bytes ≤ {@code maxBytes}; a call that is larger than
 * all the room there is counts as exactly that much, so that it goes, alone.
 *
 * <p>Any thread. Whoever waits does so in the order of coming, and only the first of them looks for
 * room; the others queue at the turnstile. So a large call isn't overtaken for ever by small ones,
 * and giving room back, which the event loop does for every answer, is one addition and one look at
 * whether somebody waits.
 */
final class CallWindow {
  /** The lower bits of {@link #used} count bytes, the upper ones calls. */
  private static final int BYTE_BITS = 40;

  private static final long ONE_CALL = 1L << BYTE_BITS;
  private static final long BYTES = ONE_CALL - 1;

  private int maxCalls;
  private int maxBytes;
  private final AtomicLong used = new AtomicLong();
  private final ReentrantLock turnstile = new ReentrantLock(true);

  /** Who looks for room, behind the turnstile. */
  private volatile @Nullable Thread first;

  private volatile boolean closed;

  CallWindow(OpenOptions.InFlight inFlight) {
    this.maxCalls = inFlight.maxCalls();
    this.maxBytes = inFlight.maxBytes();
  }

  /** Has no more room than this, of which there is at least 1. Before anybody asks for room. */
  void narrow(long calls, long bytes) {
    assert used.get() == 0;
    maxCalls = (int) Math.min(calls, maxCalls);
    maxBytes = (int) Math.min(bytes, maxBytes);
  }

  /**
   * Takes room for one call, if there is some; never waits, and may overtake those who do.
   *
   * @param bytes give the same number back
   */
  boolean tryAcquire(int bytes) {
    long more = ONE_CALL + Math.min(bytes, maxBytes);
    while (true) {
      long before = used.get();
      long after = before + more;
      if (after >>> BYTE_BITS > maxCalls || (after & BYTES) > maxBytes) {
        return false;
      }
      if (used.compareAndSet(before, after)) {
        return true;
      }
    }
  }

  /** As {@link #tryAcquire}, but overtakes nobody. */
  boolean tryAcquireInTurn(int bytes) {
    return !turnstile.isLocked() && tryAcquire(bytes);
  }

  /**
   * Takes room for one call, after those who wait already.
   *
   * @return false when the window was closed before there was room
   */
  boolean acquire(int bytes) throws InterruptedException {
    turnstile.lockInterruptibly();
    first = Thread.currentThread();
    try {
      // The order matters: first is written before room is looked for, and release() gives room
      // before it reads first. So one of the two sees the other.
      while (!closed) {
        if (tryAcquire(bytes)) {
          return true;
        }
        LockSupport.park(this);
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      return false;
    } finally {
      first = null;
      turnstile.unlock();
    }
  }

  /** Gives back the room of a call of that many bytes. */
  void release(int bytes) {
    long after = used.addAndGet(-(ONE_CALL + Math.min(bytes, maxBytes)));
    assert after >= 0;
    LockSupport.unpark(first);
  }

  /** Whoever waits, or comes later, gets no room by {@link #acquire} any more. */
  void close() {
    closed = true;
    LockSupport.unpark(first);
  }
}
