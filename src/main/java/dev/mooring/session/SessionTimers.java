package dev.mooring.session;

import dev.mooring.guest.call.Invocation;
import dev.mooring.state.SessionState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The timers that a session's guest has set: those that run, each with the time at which it is due,
 * and those that are due and wait for the session's turn.
 *
 * <p>Event loop only.
 */
final class SessionTimers implements Invocation.ActiveTimers {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** One that runs. */
  private final class Running implements Runnable {
    private final int id;
    private final long dueNanos;
    private final Loop.Timer timer;

    private Running(int id, long millis) {
      this.id = id;
      this.dueNanos = loop.nanoTime() + millis * NANOS_PER_MILLI;
      this.timer = loop.schedule(this, millis);
    }

    @Override
    public void run() {
      running.remove(id);
      due.add(id);
      onDue.run();
    }
  }

  private final Loop loop;
  private final Runnable onDue;
  private final Map<Integer, Running> running = new HashMap<>(4);
  private final ArrayDeque<Integer> due = new ArrayDeque<>(4);

  /** Whether any was set, stopped, or taken since they were saved last. */
  private boolean changed;

  /**
   * Of a session that has set none yet.
   *
   * @param onDue run when a timer has become due
   */
  SessionTimers(Loop loop, Runnable onDue) {
    this.loop = loop;
    this.onDue = onDue;
  }

  /** Does what the guest asked for in a call that committed. */
  void apply(Invocation invocation) {
    changed |= invocation.timerChangeCount() > 0;
    for (int i = 0; i < invocation.timerChangeCount(); i++) {
      int id = invocation.timerId(i);
      clear(id);
      if (invocation.timerMillis(i) >= 0) {
        running.put(id, new Running(id, invocation.timerMillis(i)));
      }
    }
  }

  /** Those that are set, in the order in which they become due, and how long each has left. */
  List<SessionState.Timer> save() {
    changed = false;
    long now = loop.nanoTime();
    var saved = new ArrayList<SessionState.Timer>();
    due.forEach(id -> saved.add(new SessionState.Timer(id, 0)));
    running.values().stream()
        .sorted(Comparator.comparingLong(timer -> timer.dueNanos - now))
        .map(timer -> new SessionState.Timer(timer.id, millisLeft(timer.dueNanos - now)))
        .forEach(saved::add);
    return saved;
  }

  /** Rounded up, so that none is ever early; one that is about to run has none left. */
  private static long millisLeft(long nanos) {
    return Math.ceilDiv(Math.max(0, nanos), NANOS_PER_MILLI);
  }

  /**
   * Sets those of a saved state; there must be none yet.
   *
   * @param saved in the order in which they become due
   * @param passedMillis how long ago they were saved, at least; of a clock that was set back, it
   *     may be less than 0
   */
  void restore(List<SessionState.Timer> saved, long passedMillis) {
    for (SessionState.Timer timer : saved) {
      long left = Math.min(timer.millisLeft(), timer.millisLeft() - passedMillis);
      if (left <= 0) {
        due.add(timer.id());
      } else {
        running.put(timer.id(), new Running(timer.id(), left));
      }
    }
    if (!due.isEmpty()) {
      onDue.run();
    }
  }

  private void clear(int id) {
    Running timer = running.remove(id);
    if (timer != null) {
      timer.timer.cancel();
    }
    due.remove(id);
  }

  boolean hasDue() {
    return !due.isEmpty();
  }

  /** Takes the timer that has been due longest, or null. */
  @Nullable Integer pollDue() {
    changed |= !due.isEmpty();
    return due.poll();
  }

  /** Whether they aren't what was saved last, but for the time that has passed. */
  boolean isChanged() {
    return changed;
  }

  void clear() {
    running.values().forEach(timer -> timer.timer.cancel());
    running.clear();
    due.clear();
  }

  @Override
  public int count() {
    return running.size() + due.size();
  }

  @Override
  public boolean isSet(int id) {
    return running.containsKey(id) || due.contains(id);
  }
}
