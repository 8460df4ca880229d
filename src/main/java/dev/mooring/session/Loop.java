package dev.mooring.session;

import java.util.random.RandomGenerator;

/** The event loop that owns a session. */
public interface Loop {
  /** Whether the caller runs on it. */
  boolean inLoop();

  /** Runs a task on it, later; from any thread. */
  void execute(Runnable task);

  /**
   * Runs a task on it after the I/O that is ready now. Event loop only.
   *
   * @throws IllegalStateException if another waits for that
   */
  void executeAfterIo(Runnable task);

  /** Runs a task on it in {@code delayMillis}. Event loop only. */
  Timer schedule(Runnable task, long delayMillis);

  /**
   * As long as {@link #tick} stays the same, no more time than this has passed, unless the machine
   * has no time for whoever raises it: what a call would lose by that, the watchdog gives back.
   */
  long TICK_NANOS = 1_000_000;

  /** A number that changes with time, and costs less than the time. */
  long tick();

  /** {@link System#nanoTime}, on which the watchdog counts calls' deadlines. */
  long nanoTime();

  /** The time of day, by which sessions age, in milliseconds since 1970. */
  long currentTimeMillis();

  /** What is left to chance here. Event loop only. */
  RandomGenerator random();

  /** A task that has yet to run. */
  interface Timer {
    /** Takes it back, if it hasn't run. Event loop only. */
    void cancel();
  }
}
