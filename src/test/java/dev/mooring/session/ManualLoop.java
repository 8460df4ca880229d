package dev.mooring.session;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** A loop that runs when it is told to, on a clock that stands until it is turned. */
final class ManualLoop implements Loop {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private record Due(long nanos, Runnable task) {}

  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private @Nullable Runnable afterIo;
  private final PriorityQueue<Due> timers =
      new PriorityQueue<>(Comparator.comparingLong(Due::nanos));
  private long nowNanos;

  /** A loop whose clock stands at 0. */
  ManualLoop() {}

  /** A loop whose clock stands elsewhere. */
  ManualLoop(long nowNanos) {
    this.nowNanos = nowNanos;
  }

  @Override
  public boolean inLoop() {
    return true;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public void executeAfterIo(Runnable task) {
    if (afterIo != null) {
      throw new IllegalStateException("a task waits already");
    }
    afterIo = task;
  }

  @Override
  public Timer schedule(Runnable task, long delayMillis) {
    var due = new Due(nowNanos + delayMillis * NANOS_PER_MILLI, task);
    timers.add(due);
    return () -> timers.remove(due);
  }

  @Override
  public long tick() {
    return nowNanos;
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  int timerCount() {
    return timers.size();
  }

  /** Lets time pass; what becomes due runs. */
  void advance(long millis) {
    nowNanos += millis * NANOS_PER_MILLI;
    while (!timers.isEmpty() && timers.peek().nanos() <= nowNanos) {
      timers.poll().task().run();
    }
  }

  /** Lets time pass within a task, as a guest's call does; nothing else runs meanwhile. */
  void spend(long nanos) {
    nowNanos += nanos;
  }

  /** One iteration: the tasks, then what was to run after the I/O. */
  void runOnce() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
    Runnable ready = afterIo;
    afterIo = null;
    if (ready != null) {
      ready.run();
    }
  }

  /** Whether nothing waits to be run, but for what waits for its time. */
  boolean isIdle() {
    return tasks.isEmpty() && afterIo == null;
  }

  /** Iterates until there is nothing to run. */
  void run() {
    while (!isIdle()) {
      runOnce();
    }
  }
}
