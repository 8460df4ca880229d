package dev.mooring.session;

import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.Invocation;
import dev.mooring.state.StateException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A session: a module's instance with its queue of calls, its turns and its end. It is attached to
 * one connection or to none; on none, nothing runs.
 *
 * <pre>
 * OPEN ──── close, error, going away ────> DRAINING ──── all served ────> CLOSED
 *   └──────────────── the guest's state or the client is gone ──────────────┘
 * </pre>
 *
 * <p>Calls are queued and run in the session's turns, in order; each ends with a result or an
 * error, in order. A session that is to end serves what is queued first, unless its client or its
 * guest's state is gone; then the guest's {@code mooring_close} runs, in a turn like everything
 * that runs guests. Every ending goes through {@link #end}, but for a session that is {@link
 * #suspend taken down to a value}, which is none.
 *
 * <p>Event loop only.
 */
public final class Session {
  private enum Phase {
    OPEN,
    DRAINING,
    CLOSED
  }

  private static final Logger LOG = LoggerFactory.getLogger(Session.class);
  private static final long NANOS_PER_MILLI = 1_000_000;

  /**
   * How long a goodbye may wait for its tenant's time, in milliseconds. Beyond that the session
   * ends without: one that has ended must not linger because others of its tenant go on.
   */
  static final int MAX_GOODBYE_WAIT_MILLIS = 5_000;

  private static final long NO_END = Long.MAX_VALUE;

  private final SessionLoop home;
  private final GuestModule module;
  private final SessionTerms terms;
  private final SessionLimits limits;

  /** Null where nobody is asked who they are. */
  private final @Nullable TenantShare share;

  private final CallQueue queue;
  private final Turn turn;
  private final Account account = new Account();
  private final OutputGate gate = new OutputGate();

  /** The client; only {@link #attach} and {@link #detach} change it. */
  private Peer peer = DetachedPeer.INSTANCE;

  private Phase phase = Phase.OPEN;
  private @Nullable Instance instance;
  private @Nullable Ending pendingEnding;

  /** The last call that was taken. */
  private long lastCallId;

  /** The last call that was answered. */
  private long lastDoneId;

  /** Whether it is to end as soon as its guest has heard of it. */
  private boolean saysGoodbye;

  /** Until when its goodbye waits for its tenant's time, once it does. */
  private long goodbyeUntilNanos = NO_END;

  /** Until when it may take over its end of life, on the clock of the day; 0 if it isn't asked. */
  private long graceEndMillis;

  private Session(
      SessionLoop home, GuestModule module, SessionTerms terms, @Nullable TenantShare share) {
    this.home = home;
    this.module = module;
    this.terms = terms;
    this.limits = terms.limits();
    this.share = share;
    this.queue = new CallQueue(home.spareCalls());
    this.turn = new Turn();
  }

  /**
   * Opens a session, which runs its guest; whoever calls this has a turn.
   *
   * @throws SpaceRefused if there is no memory for the guest, or it failed
   */
  static Session open(
      SessionLoop home,
      GuestModule module,
      SessionTerms terms,
      @Nullable TenantShare share,
      Peer peer,
      long nowNanos)
      throws SpaceRefused {
    var session = new Session(home, module, terms, share);
    session.instance = Instance.open(home, module, terms, session.turn::becomeReady, nowNanos);
    home.opened(session);
    session.attach(peer);
    session.log("opened " + module.digest());
    return session;
  }

  /**
   * Makes a session of a record, on this loop; no guest code runs. It is on no connection yet.
   *
   * @param module the one that the record's state is of
   * @throws StateException if the state is none of the module's
   * @throws SpaceRefused if there is no memory for the guest
   */
  static Session resume(
      SessionLoop home, GuestModule module, SessionRecord record, @Nullable TenantShare share)
      throws StateException, SpaceRefused {
    var session = new Session(home, module, record.terms(), share);
    session.instance = Instance.restore(home, module, record, session.turn::becomeReady);
    session.lastCallId = record.lastDoneId();
    session.lastDoneId = record.lastDoneId();
    home.came(session);
    session.log("resumed");
    return session;
  }

  /** Gives the session a client, in the place of none. */
  void attach(Peer client) {
    if (peer != DetachedPeer.INSTANCE) {
      throw new IllegalStateException("the session is on a connection already");
    }
    peer = client;
    gate.leadTo(client);
    client.opened();
    turn.becomeReady();
  }

  /** Takes the client away, which is told nothing: nothing runs until there is another. */
  void detach() {
    gate.flush();
    gate.leadTo(DetachedPeer.INSTANCE);
    peer = DetachedPeer.INSTANCE;
  }

  /**
   * Takes the session down to a value, with which it can go on anywhere; here it is gone, without
   * an ending. Calls that waited are dropped, unanswered.
   *
   * @throws IllegalStateException if it is on a connection, or ends
   */
  public SessionRecord suspend() {
    assert home.loop().inLoop();
    if (peer != DetachedPeer.INSTANCE || phase != Phase.OPEN || instance == null) {
      throw new IllegalStateException("a session that is on a connection, or ends, stays");
    }
    var record =
        new SessionRecord(terms, instance.save(), home.loop().currentTimeMillis(), lastDoneId);
    log("suspended");
    phase = Phase.CLOSED;
    home.went(this);
    letGo();
    return record;
  }

  /** Says what the client has got, and what its guest said when it was opened. */
  void sayOpened() {
    gate.opened(new OpenedSession(terms.id(), module.digest(), module.exports(), limits));
    if (instance != null) {
      instance.deliverEffects(gate);
    }
    gate.flush();
  }

  /** Its turns begin, with the standing that its opening's has left. */
  void begin(SessionOpening opening) {
    turn.inheritFrom(opening);
    turn.becomeReady();
  }

  /** A turn was taken for it, of so many nanoseconds. */
  void tookTurn(long nanos) {
    account.turnNanos += nanos;
  }

  /** The last call that was taken; ids rise. */
  long lastCallId() {
    return lastCallId;
  }

  /** A call, with an id above all others so far. */
  void call(CallRequest call) {
    if (phase == Phase.CLOSED) {
      return;
    }
    lastCallId = call.id();
    enqueue(call);
    if (queue.size() >= limits.queuedCalls() || queue.bytes() >= limits.queuedBytes()) {
      peer.pause(PauseReason.QUEUE);
    }
    turn.becomeReady();
  }

  private void enqueue(CallRequest call) {
    if (phase == Phase.DRAINING) {
      queue.addProblem(
          call.id(),
          new Problem(
              ErrorCode.CALL_REFUSED, "this session is going away; use another connection"));
      return;
    }
    if (peer.isServerOverloaded()) {
      queue.addProblem(
          call.id(),
          new Problem(
              ErrorCode.CALL_REFUSED,
              "the server holds as many bytes for its clients as it may; try again later"));
      return;
    }
    List<ExportedFunction> exports = module.exports();
    ExportedFunction function = CallValidator.find(call, exports, module);
    if (function == null) {
      queue.addProblem(call.id(), CallValidator.notFound(call, exports));
      return;
    }
    Problem problem = CallValidator.checkArguments(call, function);
    if (problem != null) {
      queue.addProblem(call.id(), problem);
      return;
    }
    long deadline =
        call.timeoutMillis() == 0
            ? CallQueue.NO_DEADLINE
            : home.loop().nanoTime()
                + Integer.toUnsignedLong(call.timeoutMillis()) * NANOS_PER_MILLI;
    queue.add(call, function, deadline);
  }

  /** Takes a call out of the queue if it still waits there. */
  void cancel(long callId) {
    queue.replace(callId, new Problem(ErrorCode.CANCELLED, "cancelled before its turn"));
  }

  /** Answers at once, whatever waits. */
  void ping(long token) {
    if (phase != Phase.CLOSED) {
      gate.pong(token);
    }
  }

  /** Sends what has been said since the last turn. */
  void flush() {
    if (phase != Phase.CLOSED) {
      gate.flush();
    }
  }

  /** The connection is gone. */
  void disconnected() {
    close(pendingEnding instanceof Ending.Failed failed ? failed : new Ending.Disconnected());
  }

  /** Our own failure: it ends the session at once, and what it was is in the log. */
  void crashed(Throwable cause) {
    try {
      withNames(LOG.atError()).setCause(cause).log("the server failed");
    } finally { // Perhaps it is the log that fails.
      end(new Ending.Failed(Problem.ofOurs()));
    }
  }

  /** The client doesn't read what it is sent: ends at once, as nothing could be said to it. */
  void stalled(Problem problem) {
    close(new Ending.Failed(problem));
  }

  /** What waits to be done is charged, in bytes. */
  long queuedBytes() {
    return queue.bytes();
  }

  /** Whether something is being done for the client, or waits to be. */
  boolean isBusy() {
    return turn.isInRing() || !queue.isEmpty();
  }

  /** The client reads again what it is sent. */
  void writable() {
    turn.becomeReady();
  }

  /** Announces that the session will end, serves what waits, and ends it. */
  void goAway(String message) {
    if (phase == Phase.OPEN) {
      goAway(GoAwayReason.SERVER_SHUTDOWN, message);
    }
  }

  private void goAway(GoAwayReason reason, String message) {
    if (peer == DetachedPeer.INSTANCE) {
      close(new Ending.GoneAway());
      return;
    }
    gate.goAway(lastCallId, reason, message);
    drain(new Ending.GoneAway());
    gate.flush();
  }

  /**
   * Looks whether the session has lived for as long as it may: then announces that it will end,
   * serves what waits, and ends it; or ends it now, if it was asked and has had its time.
   *
   * @return whether it was asked now
   */
  boolean endOfLife() {
    if (terms.endMillis() == SessionLifetime.NEVER || phase == Phase.CLOSED) {
      return false;
    }
    long now = home.loop().currentTimeMillis();
    if (graceEndMillis != 0) {
      if (now >= graceEndMillis) {
        expire();
      }
      return false;
    }
    if (phase != Phase.OPEN || now < terms.endMillis()) {
      return false; // One that ends needs no asking.
    }
    graceEndMillis = now + limits.lifetime().graceMillis();
    goAway(GoAwayReason.SESSION_LIFETIME, "the session has lived as long as it may; open another");
    return true;
  }

  private void expire() {
    refuseWaiting("the session has lived as long as it may; use another connection");
    close(
        new Ending.Failed(
            new Problem(
                ErrorCode.SESSION_EXPIRED,
                "the session has lived as long as it may, and wasn't done after another "
                    + limits.lifetime().graceMillis()
                    + " ms")));
  }

  /** Ends the session now: calls that wait are refused, and the guest hears nothing of it. */
  void stop() {
    boolean isAttached = peer != DetachedPeer.INSTANCE;
    if (isAttached && pendingEnding == null) {
      gate.goAway(
          queue.isEmpty() ? lastCallId : queue.first().id - 1,
          GoAwayReason.SERVER_SHUTDOWN,
          "the server stops");
    }
    if (isAttached) {
      refuseWaiting("the server stops; use another connection");
    }
    end(pendingEnding == null ? new Ending.GoneAway() : pendingEnding);
  }

  private void refuseWaiting(String why) {
    while (!queue.isEmpty() && phase != Phase.CLOSED) {
      answer(queue.first().id, new Problem(ErrorCode.CALL_REFUSED, why));
      queue.removeFirst();
    }
  }

  /** Serves what waits, then ends; a failure takes the place of an ending in good order. */
  void drain(Ending ending) {
    boolean supersedes = pendingEnding == null || ending instanceof Ending.Failed;
    if (phase == Phase.CLOSED || !supersedes || pendingEnding instanceof Ending.Failed) {
      return;
    }
    pendingEnding = ending;
    enter(Phase.DRAINING, ending.name());
    if (instance != null) {
      instance.stopTimers();
    }
    if (queue.isEmpty() && !turn.isInRing()) {
      close(ending);
    } else {
      turn.becomeReady();
    }
  }

  private boolean canRun() {
    return instance != null && (!queue.isEmpty() || instance.hasDueTimer()) && gate.isWritable();
  }

  /** Whether there is nothing left to do but to let the guest know that its session ends. */
  private boolean isLeaving() {
    return phase == Phase.DRAINING && queue.isEmpty() && hasGoodbye();
  }

  /** A goodbye waits for its tenant's time as all else does, but not for ever; then it is over. */
  private boolean mayWait(long now, long waitNanos) {
    if (!isLeaving() || pendingEnding == null) {
      return true;
    }
    if (goodbyeUntilNanos == NO_END) {
      goodbyeUntilNanos = now + MAX_GOODBYE_WAIT_MILLIS * NANOS_PER_MILLI;
    }
    if (now + waitNanos - goodbyeUntilNanos <= 0) {
      return true;
    }
    end(pendingEnding);
    return false;
  }

  /** The session, as the turns see it. */
  private final class Turn extends MeteredTurn {
    Turn() {
      super(home, share);
    }

    @Override
    boolean wantsTurn() {
      return switch (phase) {
        case OPEN -> canRun();
        case DRAINING -> canRun() || queue.isEmpty();
        case CLOSED -> false;
      };
    }

    @Override
    boolean runsGuest() {
      return canRun() || isLeaving();
    }

    @Override
    boolean mayWait(long nowNanos, long waitNanos) {
      return Session.this.mayWait(nowNanos, waitNanos);
    }

    @Override
    long run(long startNanos) {
      return runTurn(startNanos);
    }

    @Override
    Peer peer() {
      return peer;
    }

    @Override
    void crashed(Throwable cause) {
      Session.this.crashed(cause);
    }
  }

  private long runTurn(long startNanos) {
    long now = startNanos;
    int calls = 0;
    long tick = home.loop().tick();
    long latest = now;
    while (calls < TurnScheduler.TURN_CALLS
        && now - startNanos < TurnScheduler.TURN_NANOS
        && canRun()
        && instance != null) {
      runNext(instance, now, latest);
      calls++;
      // A small call takes no longer than a few readings of the clock: so it is read once in a
      // tick.
      long nextTick = home.loop().tick();
      if (nextTick == tick) {
        latest = now + Loop.TICK_NANOS;
      } else {
        tick = nextTick;
        now = home.loop().nanoTime();
        latest = now;
      }
    }
    // A goodbye may run for as long as a call: after one that has used the turn up, it takes the
    // next.
    if (phase == Phase.DRAINING
        && queue.isEmpty()
        && pendingEnding != null
        && (now - startNanos < TurnScheduler.TURN_NANOS || !hasGoodbye())) {
      if (instance != null) {
        sayGoodbye(instance, pendingEnding);
      }
      end(pendingEnding);
    }
    now = home.loop().nanoTime();
    account.turnNanos += now - startNanos;
    finishTurn();
    return now;
  }

  private void finishTurn() {
    if (phase == Phase.CLOSED) {
      return;
    }
    if (queue.size() <= limits.queuedCalls() / 2 && queue.bytes() <= limits.queuedBytes() / 2) {
      peer.resume(PauseReason.QUEUE);
    }
    gate.flush();
    peer.queueChanged();
  }

  /**
   * Runs a timer or a call.
   *
   * @param now the time is this, or later
   * @param latest the time is this, or earlier: from here on it counts for a call's deadline
   */
  private void runNext(Instance instance, long now, long latest) {
    Integer timer = instance.pollDueTimer();
    if (timer != null) {
      runTimer(instance, timer, latest);
      return;
    }
    CallQueue.Entry call = queue.first();
    if (call.problem != null || call.function == null) {
      answer(call.id, call.problem);
    } else if (now >= call.deadlineNanos) {
      answer(
          call.id,
          new Problem(ErrorCode.DEADLINE_EXCEEDED, "its time was over before its turn came"));
    } else {
      runCall(instance, call, call.function, latest);
    }
    if (!queue.isEmpty()) {
      queue.removeFirst();
    }
  }

  private void runCall(
      Instance instance, CallQueue.Entry call, ExportedFunction function, long now) {
    CallOutcome outcome = ran(instance.call(call, function, now));
    if (outcome.committed()) {
      Invocation invocation = home.invocation();
      instance.deliverEffects(gate);
      lastDoneId = call.id;
      gate.result(call.id, function.results(), invocation.results(), invocation.output());
      invocation.clear();
    } else {
      answer(call.id, Outcomes.callFailed(function.name(), outcome));
      endIfWanted(function.name(), outcome);
    }
  }

  private void runTimer(Instance instance, int timer, long now) {
    ExportedFunction hook = instance.timerHook();
    if (hook == null) {
      return;
    }
    CallOutcome outcome = ran(instance.timer(hook, timer, now));
    if (outcome.committed()) {
      instance.deliverEffects(gate);
    } else {
      String message = Outcomes.callFailed(hook.name(), outcome).message();
      // No client hears of it, and some of it are the guest's words: it counts as the guest's line.
      if (LOG.isInfoEnabled() && instance.mayLog()) {
        String words = instance.written(message, peer.address());
        // Not as an argument: JSON has the arguments beside the message.
        withNames(LOG.atInfo()).addKeyValue("timer", timer).log("timer failed: " + words);
      }
      endIfWanted(hook.name(), outcome);
    }
  }

  private CallOutcome ran(CallOutcome outcome) {
    turn.hasRun();
    account.ran(outcome);
    home.counters().ran(outcome);
    return outcome;
  }

  private void answer(long callId, @Nullable Problem problem) {
    if (problem != null) {
      home.counters().answered(problem.code());
      lastDoneId = callId;
      gate.error(callId, problem);
    }
  }

  /** If the operator wants it so, a failed call ends its session, though its state is whole. */
  private void endIfWanted(String function, CallOutcome outcome) {
    Problem cause = Outcomes.callFailed(function, outcome);
    if (limits.onFailure() == OnFailure.ROLLBACK || cause.code() == ErrorCode.GUEST_FAILED) {
      return;
    }
    queue.clear();
    close(
        new Ending.Failed(
            new Problem(
                ErrorCode.SESSION_LOST,
                "the session ends with the call that failed: " + cause.message(),
                cause.trap())));
  }

  /** Ends the session: at once, or, if its guest is to hear of it, in a turn, as that runs it. */
  private void close(Ending ending) {
    if (phase == Phase.CLOSED) {
      return;
    }
    if (saysGoodbye || !hasGoodbye() || !home.tryAddGoodbye()) {
      end(ending);
      return;
    }
    saysGoodbye = true;
    dropWhatWaits();
    peer.pause(PauseReason.DRAINING);
    pendingEnding = ending;
    if (phase != Phase.DRAINING) {
      enter(Phase.DRAINING, ending.name());
    }
    turn.becomeReady();
  }

  private boolean hasGoodbye() {
    return instance != null && instance.hasGoodbye();
  }

  private void dropWhatWaits() {
    if (instance != null) {
      instance.stopTimers();
    }
    queue.clear();
    turn.stopWaiting();
  }

  /** The one end of every session. Whatever goes wrong with it, it is over, and its client told. */
  private void end(Ending ending) {
    if (phase == Phase.CLOSED) {
      return;
    }
    Phase last = phase;
    phase = Phase.CLOSED;
    home.went(this);
    try {
      letGo();
      home.counters().ended(ending, account);
      account
          .log(withNames(LOG.atDebug()))
          .addKeyValue("bytesIn", peer.bytesIn())
          .addKeyValue("bytesOut", peer.bytesOut())
          .log("{} -> {}: {}", last, Phase.CLOSED, ending.name());
    } finally {
      gate.end(ending);
    }
  }

  /** Gives back all that it has of the loop's and of its tenant's. */
  private void letGo() {
    dropWhatWaits();
    if (saysGoodbye) {
      home.removeGoodbye();
    }
    if (share != null) {
      share.leave();
    }
    if (instance != null) {
      account.memoryBytes = instance.close();
      instance = null;
    }
  }

  private void sayGoodbye(Instance instance, Ending ending) {
    CallOutcome outcome = instance.sayGoodbye(home.loop().nanoTime());
    if (outcome != null && ran(outcome).committed() && !(ending instanceof Ending.Disconnected)) {
      instance.deliverEffects(gate);
    }
  }

  private void enter(Phase next, String reason) {
    withNames(LOG.atDebug()).log("{} -> {}: {}", phase, next, reason);
    phase = next;
  }

  private void log(String what) {
    withNames(LOG.atDebug()).log("{}", what);
  }

  private LoggingEventBuilder withNames(LoggingEventBuilder event) {
    LoggingEventBuilder named =
        event.addKeyValue("session", terms.id()).addKeyValue("peer", peer.address());
    return terms.tenant() == null ? named : named.addKeyValue("tenant", terms.tenant());
  }

  /** Whether it is over, or has gone elsewhere. */
  boolean isClosed() {
    return phase == Phase.CLOSED;
  }

  /** Names the session in logs, and to its client. */
  public String id() {
    return terms.id();
  }
}
