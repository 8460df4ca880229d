package dev.mooring.transport.loop;

import dev.mooring.session.SessionLoop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether one event loop is held up by a call that was to stop and hasn't. Then the loop is sick:
 * it gets no new connections until the call has ended, and the log says where it hangs.
 *
 * <p>The acceptor's thread only.
 */
final class LoopHealth implements Runnable {
  static final int PERIOD_MILLIS = 100;

  private static final Logger LOG = LoggerFactory.getLogger(LoopHealth.class);
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final SessionLoop sessions;
  private final LoopLoad load;
  private final long sickAfterNanos;

  LoopHealth(SessionLoop sessions, LoopLoad load, int sickAfterMillis) {
    this.sessions = sessions;
    this.load = load;
    this.sickAfterNanos = sickAfterMillis * NANOS_PER_MILLI;
  }

  @Override
  public void run() {
    long overdueNanos = sessions.overdueNanos();
    if (!load.isSick() && overdueNanos >= sickAfterNanos) {
      load.sick(true);
      Thread thread = sessions.guestThread();
      LOG.atError()
          .addKeyValue("loop", name(thread))
          .addKeyValue("overdueMillis", overdueNanos / NANOS_PER_MILLI)
          .setCause(thread == null ? null : whereItIs(thread))
          .log("a call can't be stopped; its event loop gets no new connections");
    } else if (load.isSick() && overdueNanos == 0) {
      load.sick(false);
      LOG.atWarn().addKeyValue("loop", name(sessions.guestThread())).log("the event loop is well");
    }
  }

  private static String name(@Nullable Thread thread) {
    return thread == null ? "unknown" : thread.getName();
  }

  private static Throwable whereItIs(Thread thread) {
    var stack = new Throwable("the stack of " + thread.getName());
    stack.setStackTrace(thread.getStackTrace());
    return stack;
  }
}
