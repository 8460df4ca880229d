package dev.mooring.transport.loop;

import dev.mooring.session.SessionCounts;
import dev.mooring.session.SessionLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Asks one event loop how it does. One that is held up answers late: until then it counts as it was
 * when it last answered, and no second question waits behind the first.
 *
 * <p>Thread-safe.
 */
final class LoopProbe {
  private final SessionLoop sessions;
  private final ConnectionSweep sweep;
  private final LoopLoad load;
  private @Nullable Future<?> asked;
  private volatile LoopStatus last;

  LoopProbe(int loop, SessionLoop sessions, ConnectionSweep sweep, LoopLoad load) {
    this.sessions = sessions;
    this.sweep = sweep;
    this.load = load;
    this.last =
        new LoopStatus(loop, false, 0, 0, new SessionCounts.Sum().toCounts(), HeldBytes.NONE, 0, 0);
  }

  /** Asks; done when the loop has answered. */
  synchronized Future<?> ask() {
    Future<?> waiting = asked;
    if (waiting == null || waiting.isDone()) {
      try {
        waiting = load.loop().submit(this::look);
      } catch (RejectedExecutionException stopped) {
        waiting = load.loop().newSucceededFuture(null);
      }
      asked = waiting;
    }
    return waiting;
  }

  private void look() {
    var sum = new SessionCounts.Sum();
    sessions.addTo(sum);
    last =
        new LoopStatus(
            last.loop(),
            false,
            sessions.sessionCount(),
            sessions.liveSpaces(),
            sum.toCounts(),
            sweep.held(),
            sessions.busyNanos(),
            sessions.overdrafts());
  }

  /** What it last answered, and whether it is sick now. */
  LoopStatus status() {
    return last.withSick(load.isSick());
  }
}
