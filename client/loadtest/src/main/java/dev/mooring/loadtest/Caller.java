package dev.mooring.loadtest;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One simulated client: it always has a connection, or is about to. Its calls outlive its
 * connections as long as they haven't been sent.
 *
 * <p>One event loop.
 */
final class Caller {
  private static final long FIRST_PAUSE_NS = 50 * Ticks.MILLI;
  private static final long LONGEST_PAUSE_NS = Ticks.SECOND;

  final LoadLoop loop;
  final SocketAddress server;
  final @Nullable SocketAddress source;
  final CallRing calls = new CallRing();

  /** The connection, while there is one. */
  private @Nullable Link link;

  /** Whether the first attempt has come to an end, good or bad. */
  private boolean settled;

  private long pauseNs = FIRST_PAUSE_NS;

  /** Whether the loop already knows that this caller has something to send. */
  boolean touched;

  /** Whether what its next connection takes says more about this client than about the server. */
  boolean untimed;

  Caller(LoadLoop loop, SocketAddress server, @Nullable SocketAddress source) {
    this.loop = loop;
    this.server = server;
    this.source = source;
  }

  /** Begins to connect, unless the test is about to end. */
  boolean connect() {
    if (loop.isFinishing()) {
      return false;
    }
    link = new Link(this, !untimed);
    untimed = false;
    link.connect();
    return true;
  }

  boolean isOpen() {
    return link != null && link.isOpen();
  }

  /** Whether there is a connection, or one in the making. */
  boolean hasLink() {
    return link != null;
  }

  /** Sends what may be sent. */
  void pump(long now) {
    if (link != null) {
      link.pump(now);
    }
  }

  /** The session is open, for the first time or again. */
  void opened() {
    pauseNs = FIRST_PAUSE_NS;
    settle();
  }

  /**
   * The connection is gone.
   *
   * @param code why, if that is an error; null if it ended in good order
   */
  void ended(Link ended, @Nullable String code, String message) {
    if (link != ended) {
      return;
    }
    link = null;
    failSent(code == null ? "CONNECTION_LOST" : code, message);
    settle();
    if (loop.isFinishing()) {
      return;
    }
    if (code == null) {
      loop.dialing().enqueue(this);
    } else {
      loop.dialing().enqueueLater(this, pauseNs);
      pauseNs = Math.min(2 * pauseNs, LONGEST_PAUSE_NS);
    }
  }

  /** What is due: calls that nobody waits for any more, and steps that took too long. */
  void look(long now) {
    while (calls.hasAwaited() && now - calls.oldestAwaitedNs() >= loop.callTimeoutNs()) {
      loop.tally().gaveUp(calls.oldestAwaitedNs(), now);
      calls.giveUp();
    }
    if (link != null) {
      link.look(now);
    }
  }

  /** Says goodbye. */
  void finish(long now) {
    if (link != null) {
      link.leave(now);
    }
  }

  /** Doesn't wait for the goodbye. */
  void cut() {
    if (link != null) {
      link.cut();
    }
  }

  private void settle() {
    if (!settled) {
      settled = true;
      loop.settled();
    }
  }

  /** What was sent over a connection that is gone will have no answer. */
  private void failSent(String code, String message) {
    while (calls.inFlight() > 0) {
      if (!calls.oldestIsGivenUp()) {
        loop.tally().failed(calls.oldestIntendedNs(), code, message);
      }
      calls.remove();
    }
  }
}
