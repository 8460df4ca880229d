package dev.mooring.server;

import dev.mooring.transport.DoorCounts;
import dev.mooring.transport.Transport;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What a running server does now and then: looks whether files have changed, and tells the operator
 * who was turned away.
 *
 * <p>On a thread of its own, since files may be slow.
 */
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final int FILES_SECONDS = 1;
  private static final int COUNTS_SECONDS = 60;

  private final Transport transport;
  private final ScheduledExecutorService thread;
  private DoorCounts told = new DoorCounts(Map.of());

  /**
   * Begins.
   *
   * @param watched files, and what to do when they have changed
   */
  Housekeeping(Transport transport, Map<WatchedFiles, Runnable> watched) {
    this.transport = transport;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().name("mooring-housekeeping").daemon().unstarted(task));
    watched.forEach(
        (files, reload) ->
            every(
                FILES_SECONDS,
                () -> {
                  if (files.haveChanged()) {
                    reload.run();
                  }
                }));
    every(COUNTS_SECONDS, this::tellCounts);
  }

  private void every(int seconds, Runnable task) {
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

  /** One line a minute, and none if nothing has come. */
  private void tellCounts() {
    DoorCounts now = transport.doorCounts();
    DoorCounts more = now.since(told);
    told = now;
    if (!more.byReason().isEmpty()) {
      LoggingEventBuilder event = LOG.atInfo();
      for (var reason : more.byReason().entrySet()) {
        event = event.addKeyValue(reason.getKey(), reason.getValue());
      }
      event.log("turned away in the last minute");
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
