package dev.mooring.session;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/** What other threads would do, in order, when it is told to. */
final class ManualExecutor implements Executor {
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  /**
   * Does so much of it, or less if there is less.
   *
   * @return whether there was anything to do
   */
  boolean run(int most) {
    int done = 0;
    while (done < most && !tasks.isEmpty()) {
      tasks.remove().run();
      done++;
    }
    return done > 0;
  }

  /** Does all of it, and what comes of it. */
  boolean run() {
    return run(Integer.MAX_VALUE);
  }

  /** It won't be done: the process has ended. */
  void clear() {
    tasks.clear();
  }
}
