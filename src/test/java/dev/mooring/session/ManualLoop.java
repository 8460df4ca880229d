package dev.mooring.session;

import dev.mooring.guest.SimulatedTime;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A loop that runs when it is told to, on a time that stands until it is let pass. */
final class ManualLoop implements Loop {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private record Due(long nanos, long place, Runnable task) {}

  private final SimulatedTime time;
  private final RandomGenerator random;
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private @Nullable Runnable afterIo;
  private final PriorityQueue<Due> timers =
      new PriorityQueue<>(Comparator.comparingLong(Due::nanos).thenComparingLong(Due::place));
  private long timersSet;

  /** A loop with a time of its own. */
  ManualLoop() {
    this(new SimulatedTime(0));
  }

  ManualLoop(SimulatedTime time) {
    this(time, new Random(0));
  }

  ManualLoop(SimulatedTime time, RandomGenerator random) {
    this.time = time;
    this.random = random;
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
    var due = new Due(nanoTime() + delayMillis * NANOS_PER_MILLI, timersSet++, task);
    timers.add(due);
    return () -> timers.remove(due);
  }

  @Override
  public long tick() {
    return time.runtime().ticks();
  }

  @Override
  public long nanoTime() {
    return time.nanoTime();
  }

  @Override
  public long currentTimeMillis() {
    return nanoTime() / NANOS_PER_MILLI;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  int timerCount() {
    return timers.size();
  }

  /** Lets time pass; what becomes due runs. */
  void advance(long millis) {
    time.pass(millis * NANOS_PER_MILLI);
    runDue();
  }

  /** Runs what is due. */
  void runDue() {
    while (isDue()) {
      timers.remove().task().run();
    }
  }

  /** Lets time pass within a task, as a guest's call does; nothing else runs meanwhile. */
  void spend(long nanos) {
    time.pass(nanos);
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

  /**
   * Takes one thing to do: what is due first, then the tasks in their order, then what was to run
   * after the I/O.
   *
   * @return whether there was any
   */
  boolean step() {
    if (isDue()) {
      timers.remove().task().run();
      return true;
    }
    Runnable next = tasks.poll();
    if (next == null) {
      next = afterIo;
      afterIo = null;
    }
    if (next != null) {
      next.run();
    }
    return next != null;
  }

  /**
   * Runs loops until none of them has anything to do.
   *
   * @return whether there was anything
   */
  static boolean settle(Iterable<ManualLoop> loops) {
    boolean any = false;
    boolean busy = true;
    while (busy) {
      busy = false;
      for (ManualLoop loop : loops) {
        while (loop.step()) {
          busy = true;
        }
      }
      any |= busy;
    }
    return any;
  }

  /** When the next timer is due; {@link Long#MAX_VALUE} if none is set. */
  long nextDueNanos() {
    return timers.isEmpty() ? Long.MAX_VALUE : timers.element().nanos();
  }

  boolean isDue() {
    return nextDueNanos() <= nanoTime();
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
