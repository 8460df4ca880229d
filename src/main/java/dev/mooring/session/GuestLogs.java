package dev.mooring.session;

import dev.mooring.guest.log.LogBudget;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the guests of one event loop may log together with all others, and who of them logged more.
 * That is told now and then, by a few lines at a time: what bounds the log must not flood it.
 *
 * <p>Event loop only, but for the constructor.
 */
final class GuestLogs {
  /** How long what was dropped waits to be told. */
  static final int TELL_MILLIS = 10_000;

  /** Of how many sessions it is told then; the others wait for the next time. */
  static final int TOLD_AT_ONCE = 16;

  private final Loop loop;
  private final LogBudget all;
  private final Set<GuestLogger> untold = new LinkedHashSet<>();
  private @Nullable TraceParent trace;
  private boolean scheduled;
  private long dropped;

  /** Of a loop whose guests have logged nothing. */
  GuestLogs(Loop loop, LogBudget all) {
    this.loop = loop;
    this.all = all;
  }

  /** What is logged from now on is about a call of this trace; null: of none. */
  void trace(@Nullable TraceParent of) {
    trace = of;
  }

  @Nullable TraceParent trace() {
    return trace;
  }

  long nanoTime() {
    return loop.nanoTime();
  }

  /** Whether all guests together have logged what they may. */
  boolean isSpent(long nowNanos) {
    return all.isSpent(nowNanos);
  }

  /** A line of so many bytes is logged. */
  void charge(int bytes, long nowNanos) {
    all.charge(bytes, nowNanos);
  }

  /** A line was dropped. */
  void dropped(GuestLogger by) {
    dropped++;
    if (by.dropped() == 1) {
      untold.add(by);
      schedule();
    }
  }

  private void schedule() {
    if (!scheduled && !untold.isEmpty()) {
      scheduled = true;
      loop.schedule(this::tell, TELL_MILLIS);
    }
  }

  private void tell() {
    scheduled = false;
    Iterator<GuestLogger> waiting = untold.iterator();
    for (int i = 0; i < TOLD_AT_ONCE && waiting.hasNext(); i++) {
      waiting.next().tellDropped();
      waiting.remove();
    }
    schedule();
  }

  /** A session has ended. What it dropped is told now, as far as anything may be logged. */
  void ended(GuestLogger logger) {
    if (untold.remove(logger) && !all.isSpent(loop.nanoTime())) {
      logger.tellDropped();
    }
  }

  /** Lines that were dropped since the loop began. */
  long dropped() {
    return dropped;
  }
}
