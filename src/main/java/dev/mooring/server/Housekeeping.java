package dev.mooring.server;

import dev.mooring.transport.loop.ResilientTask;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What a running server does now and then, such as to look whether files have changed.
 *
 * <p>On a thread of its own, since files may be slow.
 */
final class Housekeeping implements AutoCloseable {
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
    thread.scheduleWithFixedDelay(new ResilientTask(task), seconds, seconds, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
