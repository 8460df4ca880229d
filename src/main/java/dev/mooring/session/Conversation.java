package dev.mooring.session;

import dev.mooring.access.Tenant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What one client says on one connection, before and around its session: that the first message is
 * an {@code Open} of the right version and the only one, that calls' ids rise, and what becomes of
 * it all when something else comes. What is asked of a session goes to the session.
 *
 * <pre>
 * CONNECTED ── open ──> OPENING ── session there ──> OPEN ── session let go of ──> ENDED
 *     │                    │                                                           ^
 *     └────────────────────┴──────── close, error, going away, connection lost ────────┘
 * </pre>
 *
 * <p>Event loop only.
 */
public final class Conversation {
  /** The version of the protocol that this server speaks. */
  public static final int PROTOCOL_VERSION = 1;

  private enum Phase {
    CONNECTED,
    OPENING,
    OPEN,
    ENDED
  }

  private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

  private final SessionLoop home;
  private final Peer peer;
  private Phase phase = Phase.CONNECTED;
  private @Nullable SessionOpening opening;
  private @Nullable SessionResumption resumption;
  private @Nullable StoreSearch search;
  private @Nullable Session session;

  Conversation(SessionLoop home, Peer peer) {
    this.home = home;
    this.peer = peer;
  }

  /** Whether nothing has come of it yet: no {@code Open}, and nothing that ends it. */
  public boolean awaitsOpen() {
    return phase == Phase.CONNECTED;
  }

  /** How long it may be so, in milliseconds. */
  public int firstMessageMillis() {
    return home.limits().firstMessageMillis();
  }

  /** The client's {@code Open}. */
  public void open(OpenRequest open) {
    assert home.loop().inLoop();
    if (!awaitsOpen()) {
      fail(
          new Problem(
              ErrorCode.ALREADY_OPEN,
              "a second Open; a connection has one session, so use another connection"));
      return;
    }
    Problem problem = OpenValidator.check(open, home.limits(), home.kept());
    if (problem != null) {
      fail(problem);
      return;
    }
    receive(open, false);
  }

  /**
   * An {@code Open} that is as it should be.
   *
   * @param isSearched whether a shared store was asked for the session already
   */
  private void receive(OpenRequest open, boolean isSearched) {
    switch (OpenAuthorization.receive(open, peer, home.authority(), home.kept(), isSearched)) {
      case OpenAuthorization.Answer.Search(StoreSearch.Wanted wanted) -> search(open, wanted);
      case OpenAuthorization.Answer.Welcome(TenantShare share) -> {
        if (open.keep() == null) {
          begin(open, share, null);
        } else {
          beginKept(open, open.keep(), share);
        }
      }
      case OpenAuthorization.Answer.Resumes(KeptSession kept, Tenant tenant) ->
          resume(open, kept, tenant);
      case OpenAuthorization.Answer.Refused(Problem refusal) -> fail(refusal);
    }
  }

  private void search(OpenRequest open, StoreSearch.Wanted wanted) {
    enter(Phase.OPENING, "look for a session");
    peer.pause(PauseReason.OPENING);
    search =
        new StoreSearch(
            home,
            wanted,
            problem -> {
              search = null;
              if (problem == null) {
                receive(open, true);
              } else {
                fail(problem);
              }
            });
    search.begin();
  }

  private void begin(OpenRequest open, @Nullable TenantShare share, @Nullable KeptSession kept) {
    opening = new SessionOpening(home, peer, open, share, kept, opener());
    enter(Phase.OPENING, "open " + open.module());
    opening.begin();
  }

  private void beginKept(OpenRequest open, OpenRequest.Keep keep, @Nullable TenantShare share) {
    Tenant tenant = share == null ? null : share.tenant();
    var name = OpenAuthorization.nameOf(open, keep, tenant);
    var made = KeptSession.make(home, open, keep, name, tenant);
    if (made instanceof KeptSession.Made.New(KeptSession kept)) {
      begin(open, share, kept);
      return;
    }
    if (share != null) {
      share.leave();
    }
    if (made instanceof KeptSession.Made.Existing(KeptSession kept)) {
      Problem problem = OpenAuthorization.checkPolicy(keep, true);
      if (problem == null) {
        resume(open, kept, tenant);
      } else {
        fail(problem);
      }
    } else {
      fail(
          new Problem(
              ErrorCode.SERVER_OVERLOADED,
              "as many sessions are kept as may be, or they hold as much; try again later"));
    }
  }

  private void resume(OpenRequest open, KeptSession kept, @Nullable Tenant tenant) {
    resumption = new SessionResumption(home, peer, open, tenant, resumer());
    enter(Phase.OPENING, "go on with a session");
    resumption.begin(kept);
  }

  private SessionResumption.Resumer resumer() {
    return new SessionResumption.Resumer() {
      @Override
      public void resumed(Session session, SessionResumption how) {
        have(session, "resumed");
        session.attach(peer);
        session.sayResumed(how);
      }

      @Override
      public void failed(Problem problem) {
        fail(problem);
      }
    };
  }

  private SessionOpening.Opener opener() {
    return new SessionOpening.Opener() {
      @Override
      public void opened(Session opened) {
        have(opened, "opened");
        opened.sayOpened();
      }

      @Override
      public void failed(Problem problem) {
        fail(problem);
      }

      @Override
      public void crashed(Throwable cause) {
        Conversation.this.crashed(cause);
      }
    };
  }

  private void have(Session opened, String how) {
    enter(Phase.OPEN, how);
    opening = null;
    resumption = null;
    session = opened;
    opened.onRelease(this::released);
    home.hasSession(this);
  }

  private void released() {
    enter(Phase.ENDED, "detached");
    session = null;
  }

  /**
   * Goes on with a session that was taken down to a record, on whichever loop. Nothing is said to
   * the client.
   *
   * @param revived made of the record on this conversation's loop
   * @throws IllegalStateException if there is a session already
   */
  public void resume(Session revived) {
    assert home.loop().inLoop();
    if (!awaitsOpen()) {
      throw new IllegalStateException("a conversation has one session");
    }
    have(revived, "resumed");
    revived.attach(peer);
  }

  /**
   * Gives the session up, which goes on without a connection. The conversation is over; its
   * connection is the caller's to end.
   *
   * @throws IllegalStateException if there is none
   */
  public Session detach() {
    assert home.loop().inLoop();
    Session taken = session;
    if (taken == null || taken.ending().isClosed()) {
      throw new IllegalStateException("there is no session");
    }
    taken.detach();
    enter(Phase.ENDED, "detached");
    session = null;
    return taken;
  }

  /** A {@code Call}. The request is the caller's; its input is copied or retained if it is kept. */
  public void call(CallRequest call) {
    assert home.loop().inLoop();
    Session open = session;
    if (open == null) {
      notOpen("Call");
      return;
    }
    long last = open.lastCallId();
    if (Long.compareUnsigned(call.id(), last) <= 0) {
      if (open.answerAgain(call.id())) {
        return;
      }
      fail(
          new Problem(
              ErrorCode.INVALID_CALL_ID,
              "call "
                  + Long.toUnsignedString(call.id())
                  + " after call "
                  + Long.toUnsignedString(last)
                  + "; ids start at 1 and rise"));
      return;
    }
    open.call(call);
  }

  /** A {@code Cancel}: takes the call out of the queue if it still waits there. */
  public void cancel(long callId) {
    assert home.loop().inLoop();
    if (session == null) {
      notOpen("Cancel");
    } else {
      session.cancel(callId);
    }
  }

  /** A {@code Ping}: answered at once, whatever waits. */
  public void ping(long token) {
    assert home.loop().inLoop();
    if (session == null) {
      notOpen("Ping");
    } else {
      session.ping(token);
    }
  }

  /** An {@code Acknowledge}: all that the session has said, up to this sequence, has come. */
  public void acknowledge(long received) {
    assert home.loop().inLoop();
    if (session == null) {
      notOpen("Acknowledge");
    } else if (!session.acknowledge(received)) {
      fail(
          new Problem(
              ErrorCode.MALFORMED_MESSAGE,
              "Acknowledge of "
                  + Long.toUnsignedString(received)
                  + (session.isKept() ? ", which wasn't said yet" : "; this session isn't kept")));
    }
  }

  private void notOpen(String message) {
    fail(
        new Problem(
            ErrorCode.NOT_OPEN,
            message + " before Open; the first message of a connection must be Open"));
  }

  /** A {@code Close}: serves what waits, then ends, also a session that is kept. */
  public void closeRequested() {
    end(new EndReason.ClientClosed());
  }

  /** The end of what the client sends: serves what waits, then ends; a kept session stays. */
  public void inputEnded() {
    if (session != null && session.outlivesClient()) {
      letGo(session, new EndReason.Detached());
    } else {
      closeRequested();
    }
  }

  /**
   * Something that the connection can't go on after: what was asked before it is served, then the
   * client is told and all ends, but for a kept session. The problem is of the connection's or the
   * opening's scope.
   */
  public void fail(Problem problem) {
    if (session != null && session.outlivesClient() && problem.code().letsSessionStay()) {
      letGo(session, new EndReason.Failed(problem));
    } else {
      end(new EndReason.Failed(problem));
    }
  }

  /** Ends the connection once what was asked before is served; its kept session stays. */
  private void letGo(Session kept, EndReason how) {
    assert home.loop().inLoop();
    peer.pause(PauseReason.DRAINING);
    kept.release(how);
  }

  private void end(EndReason ending) {
    assert home.loop().inLoop();
    peer.pause(PauseReason.DRAINING);
    if (session != null) {
      session.ending().drain(ending);
    } else {
      endWithoutSession(ending);
    }
  }

  /** The connection is gone. */
  public void disconnected() {
    assert home.loop().inLoop();
    if (session != null && session.outlivesClient()) {
      session.releaseNow(new EndReason.Disconnected());
    } else if (session != null) {
      session.ending().disconnected();
    } else {
      endWithoutSession(new EndReason.Disconnected());
    }
  }

  /** Our own failure: it ends everything at once, and what it was is in the log. */
  public void crashed(Throwable cause) {
    if (session != null) {
      session.ending().crashed(cause);
      return;
    }
    try {
      withNames(LOG.atError()).setCause(cause).log("the server failed");
    } finally { // Perhaps it is the log that fails.
      endWithoutSession(new EndReason.Failed(Problem.ofOurs()));
    }
  }

  /** The client doesn't read what it is sent: ends at once, as nothing could be said to it. */
  public void stalled(Problem problem) {
    assert home.loop().inLoop();
    if (session != null && session.outlivesClient()) {
      if (problem.code() == ErrorCode.RATE_EXCEEDED) {
        session.dropCalls();
      }
      session.releaseNow(new EndReason.Failed(problem));
    } else if (session != null) {
      session.ending().stalled(problem);
    } else {
      endWithoutSession(new EndReason.Failed(problem));
    }
  }

  /** The server goes away: nothing begins any more, and what is there ends in good order. */
  void goAway(String message) {
    endWithoutSession(new EndReason.Failed(new Problem(ErrorCode.SHUTTING_DOWN, message)));
  }

  private void endWithoutSession(EndReason ending) {
    if (phase == Phase.OPEN || phase == Phase.ENDED) {
      return;
    }
    home.endedWithoutSession(this);
    try {
      enter(Phase.ENDED, ending.name());
      if (opening != null) {
        opening.cancel();
      }
      if (search != null) {
        search.cancel();
      }
      if (resumption != null) {
        resumption.cancel();
      }
    } finally {
      peer.end(ending);
    }
  }

  /** What waits to be done is charged, in bytes: the calls, or the opening's configuration. */
  public long queuedBytes() {
    if (session != null) {
      return session.queuedBytes();
    }
    return phase == Phase.OPENING && opening != null ? opening.heldBytes() : 0;
  }

  /** Whether something is being done for the client, or waits to be. */
  public boolean isBusy() {
    return session != null ? session.isBusy() : phase == Phase.OPENING;
  }

  /** The client reads again what it is sent. */
  public void writable() {
    assert home.loop().inLoop();
    if (session != null) {
      session.writable();
    }
  }

  /** Sends what has been said, as nothing more of the client is read for now. */
  public void flush() {
    if (session != null) {
      session.flush();
    }
  }

  /**
   * Looks whether the session has lived for as long as it may, and then asks it to end.
   *
   * @return whether it was asked now
   */
  public boolean endOfLife() {
    return session != null && session.ending().endOfLife();
  }

  /** Names the session in logs; the connection while there is none. */
  public String name() {
    if (session != null) {
      return session.id();
    }
    return opening == null ? peer.address() : opening.id();
  }

  private void enter(Phase next, String reason) {
    Phase last = phase;
    phase = next;
    withNames(LOG.atDebug()).log("{} -> {}: {}", last, next, reason);
  }

  private LoggingEventBuilder withNames(LoggingEventBuilder event) {
    LoggingEventBuilder named = event.addKeyValue("peer", peer.address());
    return opening == null ? named : named.addKeyValue("session", opening.id());
  }
}
