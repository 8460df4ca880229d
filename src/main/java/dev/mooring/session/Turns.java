package dev.mooring.session;

import java.util.ArrayDeque;

/**
 * One event loop's ready ring: the sessions that have something to run, each taking its turn. After
 * {@link #ROUND_NANOS} the loop looks at its I/O before it goes on.
 *
 * <p>Event loop only.
 */
final class Turns {
  /** How many calls one session may run before the next session's turn. */
  static final int TURN_CALLS = 64;

  /** How long one session may run before the next session's turn; a call is not cut short. */
  static final long TURN_NANOS = 1_000_000;

  /** How long sessions may run before the loop looks at its I/O. */
  static final long ROUND_NANOS = 1_000_000;

  private final Loop loop;
  private final ArrayDeque<Session> ready = new ArrayDeque<>();
  private final Runnable round = this::round;
  private boolean scheduled;

  Turns(Loop loop) {
    this.loop = loop;
  }

  /** Puts a session at the end of the ring; it must not be in it. */
  void add(Session session) {
    ready.add(session);
    if (!scheduled) {
      scheduled = true;
      loop.executeAfterIo(round);
    }
  }

  private void round() {
    long start = loop.nanoTime();
    long now = start;
    while (now - start < ROUND_NANOS) {
      Session session = ready.poll();
      if (session == null) {
        break;
      }
      now = takeTurn(session, now);
    }
    scheduled = !ready.isEmpty();
    if (scheduled) {
      loop.executeAfterIo(round);
    }
  }

  /** A turn that throws is a bug of ours; it ends one session and no other. */
  private long takeTurn(Session session, long now) {
    try {
      return session.takeTurn(now);
    } catch (RuntimeException | Error e) {
      session.crashed(e);
      return loop.nanoTime();
    }
  }
}
