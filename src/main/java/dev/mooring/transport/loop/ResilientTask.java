package dev.mooring.transport.loop;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task that is run now and then, and goes on being run though it fails: a scheduled task that
 * throws is not run again, and what depends on it would be off until a restart, unnoticed.
 *
 * <p>One thread at a time.
 */
public final class ResilientTask implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ResilientTask.class);

  /** One that fails each time is in the log no more often than this. */
  private static final long LOG_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Runnable task;
  private long failures;
  private long toldAtNanos;

  /** Runs {@code task} whenever it is run itself. */
  public ResilientTask(Runnable task) {
    this.task = task;
  }

  /** How often it has failed. */
  long failures() {
    return failures;
  }

  @Override
  public void run() {
    try {
      task.run();
    } catch (Throwable e) {
      failed(e);
    }
  }

  private void failed(Throwable cause) {
    long now = System.nanoTime();
    failures++;
    if (failures == 1 || now - toldAtNanos >= LOG_NANOS) {
      toldAtNanos = now;
      try {
        LOG.atError()
            .addKeyValue("task", task.getClass().getSimpleName())
            .addKeyValue("failures", failures)
            .setCause(cause)
            .log("failed, and is tried again");
      } catch (Throwable unsaid) {
        // There may be no memory left to say it with, and the task matters more.
      }
    }
  }
}
