package dev.mooring.session;

import dev.mooring.guest.Invocation;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The timers that a session's guest has set: those that run, and those that are due and wait for
 * the session's turn.
 *
 * <p>Event loop only.
 */
final class SessionTimers implements Invocation.ActiveTimers {
  private final Loop loop;
  private final Runnable onDue;
  private final Map<Integer, Loop.Timer> running = new HashMap<>(4);
  private final ArrayDeque<Integer> due = new ArrayDeque<>(4);

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
    for (int i = 0; i < invocation.timerChangeCount(); i++) {
      int id = invocation.timerId(i);
      clear(id);
      if (invocation.timerMillis(i) >= 0) {
        running.put(id, loop.schedule(() -> elapsed(id), invocation.timerMillis(i)));
      }
    }
  }

  private void elapsed(int id) {
    running.remove(id);
    due.add(id);
    onDue.run();
  }

  private void clear(int id) {
    Loop.Timer timer = running.remove(id);
    if (timer != null) {
      timer.cancel();
    }
    due.remove(id);
  }

  boolean hasDue() {
    return !due.isEmpty();
  }

  /** Takes the timer that has been due longest, or null. */
  @Nullable Integer pollDue() {
    return due.poll();
  }

  void clear() {
    running.values().forEach(Loop.Timer::cancel);
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
