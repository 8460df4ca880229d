package dev.mooring.guest.deadline;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Where one thread runs guests, one call after another, and where the {@link Watchdog} looks.
 *
 * <p>One word says it all: the number of the call and its phase. Entering is a release store,
 * leaving a compare-and-set, and condemning one too; so a call has either just finished or just
 * been condemned, never both. No clock is read: whoever calls says when the call's time is over.
 *
 * <p>{@code enter}, {@code leave} and the check belong to the lane's thread; the rest to the
 * watchdog's.
 */
public final class Lane {
  private static final int IDLE = 0;
  private static final int RUNNING = 1;
  private static final int CONDEMNED = 2;
  private static final int PHASE_MASK = 3;
  private static final int NUMBER_SHIFT = 2;

  /** Which lane a thread entered last. */
  private static final class Current {
    private @Nullable Lane lane;
  }

  private static final ThreadLocal<Current> CURRENT = ThreadLocal.withInitial(Current::new);
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Word.class, "state", long.class);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /** The word, a cache line away from anything that another thread writes. */
  private static final class Word {
    @SuppressWarnings("unused")
    private long before1, before2, before3, before4, before5, before6, before7;

    private long state;

    @SuppressWarnings("unused")
    private long after1, after2, after3, after4, after5, after6, after7;
  }

  private final Word word = new Word();

  /** Written before a call is entered, and meaningful to those who then see it running. */
  private long deadlineNanos;

  private long durationNanos;
  private @Nullable StopSwitch stopSwitch;
  private volatile @Nullable Thread thread;

  /** The thread's, kept here so that entering looks nothing up. */
  private Current current = new Current();

  /** The watchdog's note. */
  private long condemnedSinceNanos;

  /** The watchdog's note of the call that it saw last, and until when that may run. */
  private long seenState;

  private long mayRunUntilNanos;

  /**
   * Starts a call.
   *
   * @param deadlineNanos until when it may run
   * @param durationNanos how long it may run
   */
  public void enter(StopSwitch stopSwitch, long deadlineNanos, long durationNanos) {
    Thread caller = Thread.currentThread();
    if (thread != caller) {
      thread = caller;
      current = CURRENT.get();
    }
    current.lane = this;
    this.stopSwitch = stopSwitch;
    this.deadlineNanos = deadlineNanos;
    this.durationNanos = durationNanos;
    long number = (word.state >>> NUMBER_SHIFT) + 1;
    STATE.setRelease(word, number << NUMBER_SHIFT | RUNNING);
  }

  /**
   * Ends the call.
   *
   * @return whether it finished before anyone condemned it
   */
  public boolean leave() {
    long running = (word.state & ~PHASE_MASK) | RUNNING;
    if (STATE.compareAndSet(word, running, (running & ~PHASE_MASK) | IDLE)) {
      return true;
    }
    word.state = (running & ~PHASE_MASK) | IDLE;
    if (stopSwitch != null) {
      stopSwitch.disarm();
    }
    return false;
  }

  /** Throws if the calling thread's guest call is condemned. */
  public static void stopIfCondemned() {
    Lane lane = CURRENT.get().lane;
    if (lane != null && ((long) STATE.getOpaque(lane.word) & PHASE_MASK) == CONDEMNED) {
      throw CallStopped.INSTANCE;
    }
  }

  /**
   * Condemns the call that is running if it has run for too long.
   *
   * @param lateNanos by how much the time may have been later, when a call began that no look has
   *     seen yet, than its caller took it to be; that is added to its deadline
   * @return the switch that was armed for it, as long as it is condemned and runs; or null
   */
  @Nullable StopSwitch look(long nowNanos, long lateNanos) {
    long state = (long) STATE.getAcquire(word);
    if ((state & PHASE_MASK) == CONDEMNED) {
      return stopSwitch;
    }
    if ((state & PHASE_MASK) != RUNNING) {
      return null;
    }
    if (state != seenState) {
      seenState = state;
      mayRunUntilNanos = deadlineNanos + extraNanos(nowNanos, lateNanos);
    }
    if (nowNanos - mayRunUntilNanos < 0) {
      return null;
    }
    StopSwitch armed = stopSwitch;
    // Before the word says so: whoever sees it condemned sees since when.
    condemnedSinceNanos = nowNanos;
    // If deadline and switch are another call's by now, so is the word, and this fails.
    if (armed == null || !STATE.compareAndSet(word, state, (state & ~PHASE_MASK) | CONDEMNED)) {
      return null;
    }
    armed.arm();
    return armed;
  }

  /** What it may have lost when it began; but it has no more left than it had in the beginning. */
  private long extraNanos(long nowNanos, long lateNanos) {
    return Math.max(0, Math.min(lateNanos, nowNanos + durationNanos - deadlineNanos));
  }

  /** How long the running call still may run; {@link Long#MAX_VALUE} if there is none. */
  long remainingNanos(long nowNanos) {
    long state = (long) STATE.getAcquire(word);
    if ((state & PHASE_MASK) != RUNNING) {
      return Long.MAX_VALUE;
    }
    return (state == seenState ? mayRunUntilNanos : deadlineNanos) - nowNanos;
  }

  /** How long ago the running call was condemned; 0 if it isn't. */
  public long overdueNanos(long nowNanos) {
    return ((long) STATE.getAcquire(word) & PHASE_MASK) == CONDEMNED
        ? nowNanos - condemnedSinceNanos
        : 0;
  }

  /** The thread that runs here, once it has run a call. */
  public @Nullable Thread thread() {
    return thread;
  }
}
