package dev.mooring.server.fault;

import static dev.mooring.server.testing.Eventually.PATIENCE_SECONDS;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * Keeps a session whose guest writes to the log, there and then: in the middle of a call, with its
 * event loop. A session that was let go is never kept again.
 */
final class GuestGate extends UnsynchronizedAppenderBase<ILoggingEvent> {
  private final Set<String> free = new HashSet<>();
  private final Set<String> kept = new HashSet<>();
  private boolean closed;
  private int mayPass;

  /** From now on guests write to nobody else. */
  void attach() {
    start();
    log().setLevel(Level.INFO);
    log().setAdditive(false);
    log().addAppender(this);
  }

  void detach() {
    log().detachAppender(this);
    log().setAdditive(true);
  }

  private static Logger log() {
    return (Logger) LoggerFactory.getLogger("dev.mooring.guest.log");
  }

  synchronized void close() {
    closed = true;
  }

  synchronized void letOnePass() {
    mayPass = 1;
    notifyAll();
  }

  synchronized void open() {
    closed = false;
    mayPass = 0;
    free.addAll(kept);
    kept.clear();
    notifyAll();
  }

  synchronized void awaitArrival() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (kept.isEmpty()) {
      assertTrue(System.nanoTime() < end, "no guest came");
      wait(TimeUnit.SECONDS.toMillis(1));
    }
  }

  @Override
  protected synchronized void append(ILoggingEvent event) {
    String session =
        event.getKeyValuePairs().stream()
            .filter(pair -> pair.key.equals("session"))
            .map(pair -> String.valueOf(pair.value))
            .findFirst()
            .orElseThrow();
    if (!closed || free.contains(session)) {
      return;
    }
    kept.add(session);
    notifyAll();
    try {
      while (mayPass == 0 && !free.contains(session)) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    mayPass = 0;
  }
}
