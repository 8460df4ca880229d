package dev.mooring.server.testing.programs;

import static java.util.Objects.requireNonNull;

import dev.mooring.client.MooringSession;
import dev.mooring.client.SessionListener;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One program with a kept session, which is at it until it is told to stop, and checks all that it
 * hears. It does nothing about the session's connections.
 */
abstract class Program implements SessionListener {
  /** What hasn't come by then is taken for lost. */
  static final long SECONDS = 120;

  final AtomicLong calls = new AtomicLong();
  final AtomicLong events = new AtomicLong();
  final AtomicLong resumptions = new AtomicLong();
  private volatile @Nullable MooringSession session;
  private volatile boolean stopped;

  /** Before it is run. */
  final void begin(MooringSession opened) {
    session = opened;
  }

  final MooringSession session() {
    return requireNonNull(session);
  }

  /**
   * Until {@link #stop}, and then until all that is due has come.
   *
   * @throws AssertionError if something was lost, doubled or out of order
   */
  abstract void run() throws Exception;

  /** Has it come to its end. */
  final void stop() {
    stopped = true;
  }

  final boolean isStopped() {
    return stopped;
  }

  /** How many answers and events have come. */
  final long heard() {
    return calls.get() + events.get();
  }

  @Override
  public final void onResumed(MooringSession resumed) {
    resumptions.incrementAndGet();
  }

  @Override
  public final String toString() {
    return getClass().getSimpleName() + " " + session().id();
  }
}
