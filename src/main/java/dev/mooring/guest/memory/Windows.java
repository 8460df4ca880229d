package dev.mooring.guest.memory;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's windows: the arrays that its guests compute in. They are made when they are
 * needed, counted by the guests' budget, and nothing is lost with one: what spaces hold, they hold
 * themselves. So they are dropped when others need the room, the least recently used first, or when
 * nobody has needed them for a while.
 *
 * <p>Event loop only.
 */
public final class Windows {
  /** What the windows of a loop may take together; one that a call needs may go beyond it. */
  public static final long LIMIT_BYTES = 64L << 20;

  /** And of a small budget they may take one in so many bytes, likewise. */
  private static final int BUDGETS_PART = 2;

  /** After so many ticks without use a window is dropped. */
  public static final int IDLE_TICKS = 40;

  /** After so many ticks without use a window goes if pages are needed. */
  private static final int PAUSE_TICKS = 4;

  private final MemoryBudget budget;
  private final long limitBytes;
  private final List<Window> windows = new ArrayList<>();
  private long heldBytes;
  private @Nullable GuestMemory running;
  private int now;

  /** None yet. */
  public Windows(MemoryBudget budget) {
    this(budget, Math.min(LIMIT_BYTES, budget.limitBytes() / BUDGETS_PART));
  }

  Windows(MemoryBudget budget, long limitBytes) {
    this.budget = budget;
    this.limitBytes = limitBytes;
  }

  /** How often {@link #tick} was called: the clock by which what is unused is told. */
  public int now() {
    return now;
  }

  /** Drops the windows that nobody has used for {@link #IDLE_TICKS}. */
  public void tick() {
    now++;
    for (int i = windows.size() - 1; i >= 0; i--) {
      Window window = windows.get(i);
      if (now - window.usedAt >= IDLE_TICKS) {
        drop(window);
      }
    }
  }

  /** What all windows take, in bytes. */
  public long heldBytes() {
    return heldBytes;
  }

  /**
   * Counts a window that the caller makes next and then {@link #add}s; others are dropped for it if
   * they must be.
   *
   * @return false if the budget doesn't have it
   */
  boolean tryReserve(int length) {
    long wanted = bytes(length);
    if (wanted > budget.leftBytes() + droppableBytes()) {
      return false; // Nobody goes for nothing.
    }
    while (heldBytes + wanted > limitBytes && dropOldest(0)) {
      // Until there is room.
    }
    while (!budget.tryTake(wanted)) {
      if (!dropOldest(0)) {
        return false;
      }
    }
    heldBytes += wanted;
    return true;
  }

  /** What windows take that can go for the one that is running. */
  public long droppableBytes() {
    long sum = 0;
    for (Window window : windows) {
      if (isFree(window)) {
        sum += bytes(window.bytes.length);
      }
    }
    return sum;
  }

  /** As {@link #tryReserve}, if nobody has to go for it. */
  boolean tryReserveSpare(int length) {
    long wanted = bytes(length);
    if (heldBytes + wanted > limitBytes || !budget.tryTake(wanted)) {
      return false;
    }
    heldBytes += wanted;
    return true;
  }

  /** Whether the memory that is running, or about to, can do without a window. */
  private boolean isFree(Window window) {
    return running == null || !running.uses(window);
  }

  /** Says whose windows a call is using from now on; null for nobody's. */
  void running(@Nullable GuestMemory memory) {
    if (running != memory) {
      running = memory;
    }
  }

  /** Undoes a reservation: the window wasn't made. */
  void release(int length) {
    heldBytes -= bytes(length);
    budget.give(bytes(length));
  }

  private static long bytes(int length) {
    return (long) length + (length >> GuestMemory.TRACKED_SHIFT);
  }

  /** Adds a window that was reserved. */
  void add(Window window) {
    window.usedAt = now;
    windows.add(window);
  }

  /** Drops a window; its owner is told. */
  void drop(Window window) {
    windows.remove(window);
    release(window.bytes.length);
    window.owner.dropped(window);
  }

  /** Drops a window for pages' sake, if there is one that has been out of use for a moment. */
  boolean giveWay() {
    return dropOldest(PAUSE_TICKS);
  }

  /**
   * Drops the window that wasn't used for the longest.
   *
   * @param ticks that it must have been out of use for
   * @return false if there is none
   */
  private boolean dropOldest(int ticks) {
    Window oldest = null;
    for (Window window : windows) {
      boolean mayGo = isFree(window) && now - window.usedAt >= ticks;
      if (mayGo && (oldest == null || window.usedAt - oldest.usedAt < 0)) {
        oldest = window;
      }
    }
    if (oldest == null) {
      return false;
    }
    drop(oldest);
    return true;
  }

  /** Drops all: nothing runs here any more. */
  public void clear() {
    for (int i = windows.size() - 1; i >= 0; i--) {
      drop(windows.get(i));
    }
  }
}
