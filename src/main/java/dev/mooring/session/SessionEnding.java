package dev.mooring.session;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a session's life ends, and who ends it: its client, who closes, is gone or doesn't read; the
 * server, which goes away or stops; its age; its guest; or our own failure.
 *
 * <pre>
 * OPEN ──── close, error, going away ────> DRAINING ──── all served ────> CLOSED
 *   └──────────────── the guest's state or the client is gone ──────────────┘
 * </pre>
 *
 * <p>A session that is to end serves what is queued first ({@link #drain}), unless its client or
 * its guest's state is gone ({@link #close}); then the guest's {@code mooring_close} runs, in a
 * turn like everything that runs guests ({@link #endInTurn}). Every ending goes through {@link
 * #end}, but for a session that is {@link #leave taken elsewhere}, which is none.
 *
 * <p>Event loop only.
 */
final class SessionEnding {
  private enum Phase {
    OPEN,
    DRAINING,
    CLOSED
  }

  private static final Logger LOG = LoggerFactory.getLogger(SessionEnding.class);
  private static final long NANOS_PER_MILLI = 1_000_000;

  /**
   * How long a goodbye may wait for its tenant's time, in milliseconds. Beyond that the session
   * ends without: one that has ended must not linger because others of its tenant go on.
   */
  static final int MAX_GOODBYE_WAIT_MILLIS = 5_000;

  private static final long NO_END = Long.MAX_VALUE;

  private final SessionLoop home;
  private final Session session;
  private final OutputGate gate;
  private Phase phase = Phase.OPEN;

  /** How it will end, while it drains. */
  private @Nullable EndReason pending;

  /** Whether it is to end as soon as its guest has heard of it. */
  private boolean saysGoodbye;

  /** Until when its goodbye waits for its tenant's time, once it does. */
  private long goodbyeUntilNanos = NO_END;

  /** Until when it may take over its end of life, on the clock of the day; 0 if it isn't asked. */
  private long graceEndMillis;

  /**
   * Of a session that has just begun.
   *
   * @param gate the session's
   */
  SessionEnding(SessionLoop home, Session session, OutputGate gate) {
    this.home = home;
    this.session = session;
    this.gate = gate;
  }

  boolean isOpen() {
    return phase == Phase.OPEN;
  }

  boolean isDraining() {
    return phase == Phase.DRAINING;
  }

  /** Whether it is over, or has gone elsewhere. */
  boolean isClosed() {
    return phase == Phase.CLOSED;
  }

  /** The connection is gone. */
  void disconnected() {
    close(pending instanceof EndReason.Failed failed ? failed : new EndReason.Disconnected());
  }

  /** The client doesn't read what it is sent: ends at once, as nothing could be said to it. */
  void stalled(Problem problem) {
    close(new EndReason.Failed(problem));
  }

  /** Our own failure: it ends the session at once, and what it was is in the log. */
  void crashed(Throwable cause) {
    try {
      session.withNames(LOG.atError()).setCause(cause).log("the server failed");
    } finally { // Perhaps it is the log that fails.
      end(new EndReason.Failed(Problem.ofOurs()));
    }
  }

  /** Announces that the session will end, serves what waits, and ends it. */
  void goAway(String message) {
    if (phase == Phase.OPEN) {
      goAway(GoAwayReason.SERVER_SHUTDOWN, message);
    }
  }

  private void goAway(GoAwayReason reason, String message) {
    boolean stays = session.isKept() && reason == GoAwayReason.SERVER_SHUTDOWN;
    if (!session.isAttached()) {
      if (!stays) {
        close(new EndReason.GoneAway());
      }
      return;
    }
    gate.goAway(session.lastCallId(), reason, message);
    if (stays) { // What is sent from now on is read by whoever serves it next.
      session.pauseReading();
      session.release(new EndReason.GoneAway());
    } else {
      drain(new EndReason.GoneAway());
    }
    gate.flush();
  }

  /**
   * Looks whether the session has lived for as long as it may: then announces that it will end,
   * serves what waits, and ends it; or ends it now, if it was asked and has had its time.
   *
   * @return whether it was asked now
   */
  boolean endOfLife() {
    if (session.terms().endMillis() == SessionLifetime.NEVER || phase == Phase.CLOSED) {
      return false;
    }
    long now = home.loop().currentTimeMillis();
    if (graceEndMillis != 0) {
      if (now >= graceEndMillis) {
        expire();
      }
      return false;
    }
    if (phase != Phase.OPEN || now < session.terms().endMillis()) {
      return false; // One that ends needs no asking.
    }
    graceEndMillis = now + graceMillis();
    goAway(GoAwayReason.SESSION_LIFETIME, "the session has lived as long as it may; open another");
    return true;
  }

  /** Somebody who runs the server wants it to end: announces it, serves what waits, and ends. */
  void endedByOperator(String message) {
    if (phase == Phase.OPEN) {
      goAway(GoAwayReason.OPERATOR, message);
    }
  }

  private int graceMillis() {
    return session.terms().limits().lifetime().graceMillis();
  }

  private void expire() {
    session.refuseWaiting("the session has lived as long as it may; use another connection");
    close(
        new EndReason.Failed(
            new Problem(
                ErrorCode.SESSION_EXPIRED,
                "the session has lived as long as it may, and wasn't done after another "
                    + graceMillis()
                    + " ms")));
  }

  /** Ends the session now: calls that wait are refused, and the guest hears nothing of it. */
  void stop() {
    if (session.isAttached()) {
      if (pending == null) {
        gate.goAway(
            session.lastIdBeforeWaiting(), GoAwayReason.SERVER_SHUTDOWN, "the server stops");
      }
      session.refuseWaiting("the server stops; use another connection");
    }
    end(pending == null ? new EndReason.GoneAway() : pending);
  }

  /** Serves what waits, then ends; a failure takes the place of an ending in good order. */
  void drain(EndReason ending) {
    boolean supersedes = pending == null || ending instanceof EndReason.Failed;
    if (phase == Phase.CLOSED || !supersedes || pending instanceof EndReason.Failed) {
      return;
    }
    pending = ending;
    enter(Phase.DRAINING, ending);
    session.stopTimers();
    gate.keepNoMore(); // Its client, who isn't read any more, couldn't acknowledge it.
    if (session.isBusy()) {
      session.becomeReady();
    } else {
      close(ending);
    }
  }

  /** Ends the session: at once, or, if its guest is to hear of it, in a turn, as that runs it. */
  void close(EndReason ending) {
    if (phase == Phase.CLOSED) {
      return;
    }
    if (saysGoodbye || !session.hasGoodbye() || !home.tryAddGoodbye()) {
      end(ending);
      return;
    }
    saysGoodbye = true;
    session.dropWhatWaits();
    session.pauseReading();
    pending = ending;
    if (phase != Phase.DRAINING) {
      enter(Phase.DRAINING, ending);
    }
    session.becomeReady();
  }

  /** Whether all is served, and a turn is wanted in which it ends. */
  boolean wantsTurn() {
    return phase == Phase.DRAINING && !session.hasWaiting();
  }

  /** Whether there is nothing left to do but to let the guest know that its session ends. */
  boolean isLeaving() {
    return wantsTurn() && session.hasGoodbye();
  }

  /** A goodbye waits for its tenant's time as all else does, but not for ever; then it is over. */
  boolean mayWait(long now, long waitNanos) {
    if (!isLeaving() || pending == null) {
      return true;
    }
    if (goodbyeUntilNanos == NO_END) {
      goodbyeUntilNanos = now + MAX_GOODBYE_WAIT_MILLIS * NANOS_PER_MILLI;
    }
    if (now + waitNanos - goodbyeUntilNanos <= 0) {
      return true;
    }
    end(pending);
    return false;
  }

  /**
   * Ends the session in its turn, if all is served and its guest can hear of it now. A goodbye may
   * run for as long as a call: after one that has used the turn up, it takes the next.
   *
   * @param usedNanos of the turn
   */
  void endInTurn(long usedNanos) {
    EndReason ending = pending;
    if (ending != null
        && wantsTurn()
        && (usedNanos < TurnScheduler.TURN_NANOS || !session.hasGoodbye())) {
      session.sayGoodbye(ending);
      end(ending);
    }
  }

  /** The one end of every session. Whatever goes wrong with it, it is over, and its client told. */
  private void end(EndReason ending) {
    if (phase == Phase.CLOSED) {
      return;
    }
    Phase last = phase;
    leave();
    try {
      session.forget();
      session.letGo();
      session.count(ending);
      session.logAccount(LOG.atDebug()).log("{} -> {}: {}", last, phase, ending.name());
    } finally {
      gate.end(ending);
    }
  }

  /** It is here no more. */
  void leave() {
    phase = Phase.CLOSED;
    home.went(session);
    session.unfollow();
    if (saysGoodbye) {
      home.removeGoodbye();
    }
  }

  private void enter(Phase next, EndReason why) {
    session.withNames(LOG.atDebug()).log("{} -> {}: {}", phase, next, why.name());
    phase = next;
  }
}
