package dev.mooring.server;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a running server does now and then, such as to look whether files have changed.
 *
 * <p>On a thread of its own, since files may be slow.
 */
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final int FILES_SECONDS = 1;

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().name("mooring-housekeeping").daemon().unstarted(task));

  /** From now on looks at these files, and runs a task when they have changed. */
  void watch(WatchedFiles files, Runnable reload) {
    every(
        FILES_SECONDS,
        () -> {
          if (files.haveChanged()) {
            reload.run();
          }
        });
  }

  /** From now on runs a task every so many seconds. */
  void every(int seconds, Runnable task) {
    thread.scheduleWithFixedDelay(() -> run(task), seconds, seconds, TimeUnit.SECONDS);
  }

  /** A task that throws would not run again. */
  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("housekeeping failed");
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
