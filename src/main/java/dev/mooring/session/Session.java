package dev.mooring.session;

import dev.mooring.guest.CallOutcome;
import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.Invocation;
import dev.mooring.guest.SpaceRefused;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One connection's session: the state that the server keeps of it, and the instance that is its
 * own.
 *
 * <pre>
 * CONNECTED ── open ──> OPENING ── module found, space opened ──> OPEN
 *     │                    │                                       │
 *     └────────────────────┴──── close, error, going away ────> DRAINING ── all served ──> CLOSED
 * </pre>
 *
 * <p>Calls are queued and run in the session's turns, in order; each ends with a result or an
 * error, in order. A session that is to end serves what is queued first, unless its client or its
 * guest's state is gone; then the guest's {@code mooring_close} runs, in a turn like everything
 * that runs guests. Every ending goes through {@link #end}.
 *
 * <p>Event loop only.
 */
public final class Session {
  /** The version of the protocol that this server speaks. */
  public static final int PROTOCOL_VERSION = 1;

  private enum Phase {
    CONNECTED,
    OPENING,
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
  private final Peer peer;
  private final String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  private final CallQueue queue;
  private Phase phase = Phase.CONNECTED;
  private @Nullable OpenRequest request;
  private @Nullable GuestModule module;
  private @Nullable Instance instance;
  private SessionLimits limits;
  private @Nullable Ending pendingEnding;
  private final Turn turn = new Turn();
  private final Account account = new Account();
  private long lastCallId;

  /** Null where nobody is asked who they are, and until it is known. */
  private @Nullable TenantShare share;

  /** When its tenant may run again; null unless it waits for that. */
  private Loop.@Nullable Timer quotaTimer;

  /** Whether it waits for its turn or has it. */
  private boolean inRing;

  /** Whether it is to end as soon as its guest has heard of it. */
  private boolean saysGoodbye;

  /** Until when its goodbye waits for its tenant's time, once it does. */
  private long goodbyeUntilNanos = NO_END;

  Session(SessionLoop home, Peer peer) {
    this.home = home;
    this.peer = peer;
    this.limits = home.limits();
    this.queue = new CallQueue(home.spareCalls());
  }

  /** Whether nothing has come of it yet: no {@code Open}, and nothing that ends it. */
  public boolean awaitsOpen() {
    return phase == Phase.CONNECTED;
  }

  /** How long it may be so, in milliseconds. */
  public int firstMessageMillis() {
    return limits.firstMessageMillis();
  }

  /** The client's {@code Open}. */
  public void open(OpenRequest open) {
    assert home.loop().inLoop();
    if (phase != Phase.CONNECTED) {
      fail(
          new Problem(
              ErrorCode.ALREADY_OPEN,
              "a second Open; a connection has one session, so use another connection"));
      return;
    }
    Problem problem = OpenRules.check(open, limits);
    if (problem != null) {
      fail(problem);
      return;
    }
    switch (Reception.receive(open, peer, home.authority(), home.guests())) {
      case Reception.Answer.Welcome(TenantShare known) -> share = known;
      case Reception.Answer.Refused(Problem refusal) -> {
        fail(refusal);
        return;
      }
    }
    enter(Phase.OPENING, "open " + open.module());
    request = open.withoutToken();
    peer.pause(PauseReason.OPENING);
    home.modules()
        .find(
            open.module(),
            share == null ? _ -> true : share.modules(),
            new ModuleSource.Answer() {
              @Override
              public void found(GuestModule module, SessionLimits limits) {
                home.loop().execute(() -> moduleFound(module, limits));
              }

              @Override
              public void notFound(Problem problem) {
                home.loop().execute(() -> fail(problem));
              }
            });
  }

  private void moduleFound(GuestModule found, SessionLimits allowed) {
    if (phase == Phase.OPENING) {
      module = found;
      limits = allowed;
      becomeReady();
    }
  }

  /** The part of opening that runs the guest, and so takes a turn. */
  private void finishOpening(GuestModule module, OpenRequest open, long now) {
    Problem problem = OpenRules.check(open, module, limits);
    if (problem == null) {
      limits = limits.grant(open.wanted(), module.initialMemoryBytes());
      problem = openInstance(module, open, now);
    }
    request = null;
    if (problem != null) {
      fail(problem);
    }
  }

  private @Nullable Problem openInstance(GuestModule module, OpenRequest open, long now) {
    var log = new GuestLogger(home.logs(), limits.log(), id, open.module(), tenant());
    Instance opened;
    try {
      opened = Instance.open(home, module, open.config(), limits, log, this::becomeReady, now);
    } catch (SpaceRefused e) {
      return Outcomes.openFailed(e.outcome());
    }
    instance = opened;
    home.counters().opened();
    enter(Phase.OPEN, "opened " + module.digest());
    peer.opened(new Opening(id, module.digest(), module.exports(), limits));
    opened.deliverEffects(peer);
    peer.resume(PauseReason.OPENING);
    return null;
  }

  /** A {@code Call}. The request is the caller's; its input is copied or retained if it is kept. */
  public void call(CallRequest call) {
    assert home.loop().inLoop();
    if (!isOpen()) {
      notOpen("Call");
      return;
    }
    if (Long.compareUnsigned(call.id(), lastCallId) <= 0) {
      fail(
          new Problem(
              ErrorCode.INVALID_CALL_ID,
              "call "
                  + Long.toUnsignedString(call.id())
                  + " after call "
                  + Long.toUnsignedString(lastCallId)
                  + "; ids start at 1 and rise"));
      return;
    }
    lastCallId = call.id();
    enqueue(call);
    if (queue.size() >= limits.queuedCalls() || queue.bytes() >= limits.queuedBytes()) {
      peer.pause(PauseReason.QUEUE);
    }
    becomeReady();
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
    List<ExportedFunction> exports = module == null ? List.of() : module.exports();
    ExportedFunction function = CallRules.find(call, exports, module);
    if (function == null) {
      queue.addProblem(call.id(), CallRules.notFound(call, exports));
      return;
    }
    Problem problem = CallRules.checkArguments(call, function);
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

  private boolean isOpen() {
    return phase == Phase.OPEN || phase == Phase.DRAINING;
  }

  private void notOpen(String message) {
    fail(
        new Problem(
            ErrorCode.NOT_OPEN,
            message + " before Open; the first message of a connection must be Open"));
  }

  /** A {@code Cancel}: takes the call out of the queue if it still waits there. */
  public void cancel(long callId) {
    assert home.loop().inLoop();
    if (!isOpen()) {
      notOpen("Cancel");
      return;
    }
    queue.replace(callId, new Problem(ErrorCode.CANCELLED, "cancelled before its turn"));
  }

  /** A {@code Ping}: answered at once, whatever waits. */
  public void ping(long token) {
    assert home.loop().inLoop();
    if (!isOpen()) {
      notOpen("Ping");
      return;
    }
    peer.pong(token);
  }

  /** A {@code Close}, or the end of what the client sends: serves what waits, then ends. */
  public void closeRequested() {
    assert home.loop().inLoop();
    peer.pause(PauseReason.DRAINING);
    drain(new Ending.ClientClosed());
  }

  /**
   * Something that the connection can't go on after: what was asked before it is served, then the
   * client is told and the session ends. The problem is of the connection's or the opening's scope.
   */
  public void fail(Problem problem) {
    assert home.loop().inLoop();
    peer.pause(PauseReason.DRAINING);
    drain(new Ending.Failed(problem));
  }

  /** The connection is gone. */
  public void disconnected() {
    assert home.loop().inLoop();
    close(pendingEnding instanceof Ending.Failed failed ? failed : new Ending.Disconnected());
  }

  /** Our own failure: it ends the session at once, and what it was is in the log. */
  public void crashed(Throwable cause) {
    try {
      withNames(LOG.atError()).setCause(cause).log("the server failed");
    } finally { // Perhaps it is the log that fails.
      end(
          new Ending.Failed(
              new Problem(ErrorCode.INTERNAL, "the server failed; its log says how")));
    }
  }

  /** The client doesn't read what it is sent: ends at once, as nothing could be said to it. */
  public void stalled(Problem problem) {
    assert home.loop().inLoop();
    close(new Ending.Failed(problem));
  }

  /** What waits to be done is charged, in bytes: the calls, or the opening's configuration. */
  public long queuedBytes() {
    return request == null ? queue.bytes() : queue.bytes() + request.heldBytes();
  }

  /** Whether something is being done for the client, or waits to be. */
  public boolean isBusy() {
    return inRing || !queue.isEmpty() || phase == Phase.OPENING;
  }

  /** The client reads again what it is sent. */
  public void writable() {
    assert home.loop().inLoop();
    becomeReady();
  }

  /** Announces that the session will end, serves what waits, and ends it. */
  void goAway(String message) {
    if (phase == Phase.OPEN) {
      goAway(GoAwayReason.SERVER_SHUTDOWN, message);
    } else if (phase == Phase.CONNECTED || phase == Phase.OPENING) {
      close(shuttingDown(message));
    }
  }

  private void goAway(GoAwayReason reason, String message) {
    peer.goAway(lastCallId, reason, message);
    drain(new Ending.GoneAway());
    peer.flush();
  }

  /**
   * The session has lived as long as it may: announces that it will end, serves what waits, and
   * ends it.
   *
   * @return whether there was a session to end; one that is opening has its time, and one that ends
   *     needs no more
   */
  public boolean expire(String message) {
    assert home.loop().inLoop();
    if (phase != Phase.OPEN) {
      return false;
    }
    goAway(GoAwayReason.SESSION_LIFETIME, message);
    return true;
  }

  /** The session has lived too long, and was told so; ends it now. Calls that wait are refused. */
  public void expireNow(Problem problem) {
    assert home.loop().inLoop();
    refuseWaiting("the session has lived as long as it may; use another connection");
    close(new Ending.Failed(problem));
  }

  /** Ends the session now: calls that wait are refused, and the guest hears nothing of it. */
  void stop() {
    if (phase == Phase.CONNECTED || phase == Phase.OPENING) {
      close(shuttingDown("the server stops"));
      return;
    }
    if (pendingEnding == null) {
      peer.goAway(
          queue.isEmpty() ? lastCallId : queue.first().id - 1,
          GoAwayReason.SERVER_SHUTDOWN,
          "the server stops");
    }
    refuseWaiting("the server stops; use another connection");
    end(pendingEnding == null ? new Ending.GoneAway() : pendingEnding);
  }

  private void refuseWaiting(String why) {
    while (!queue.isEmpty() && phase != Phase.CLOSED) {
      answer(queue.first().id, new Problem(ErrorCode.CALL_REFUSED, why));
      queue.removeFirst();
    }
  }

  private static Ending shuttingDown(String message) {
    return new Ending.Failed(new Problem(ErrorCode.SHUTTING_DOWN, message));
  }

  private void drain(Ending ending) {
    boolean supersedes = pendingEnding == null || ending instanceof Ending.Failed;
    if (phase == Phase.CLOSED || !supersedes || pendingEnding instanceof Ending.Failed) {
      return;
    }
    boolean neverOpened = phase == Phase.CONNECTED || phase == Phase.OPENING;
    pendingEnding = ending;
    enter(Phase.DRAINING, ending.name());
    if (instance != null) {
      instance.stopTimers();
    }
    if (neverOpened || (queue.isEmpty() && !inRing)) {
      close(ending);
    } else {
      becomeReady();
    }
  }

  private void becomeReady() {
    if (!inRing && wantsTurn()) {
      inRing = true;
      home.turns().add(turn);
    }
  }

  private boolean wantsTurn() {
    return switch (phase) {
      case CONNECTED, CLOSED -> false;
      case OPENING -> module != null && quotaTimer == null;
      case OPEN -> canRun();
      case DRAINING -> canRun() || (queue.isEmpty() && quotaTimer == null);
    };
  }

  private boolean canRun() {
    return instance != null
        && quotaTimer == null
        && (!queue.isEmpty() || instance.hasDueTimer())
        && peer.isWritable();
  }

  /** The session, as the turns see it. */
  private final class Turn extends Turns.Taker {
    @Override
    long takeTurn(long startNanos) {
      return Session.this.takeTurn(startNanos);
    }

    @Override
    void crashed(Throwable cause) {
      Session.this.crashed(cause);
    }

    @Override
    void ended() {
      inRing = false;
      becomeReady();
    }
  }

  private long takeTurn(long startNanos) {
    assert home.loop().inLoop();
    if (share == null) {
      return runTurn(startNanos);
    }
    long waitNanos = runsGuest() ? share.waitNanos(startNanos) : 0;
    if (waitNanos > 0) {
      waitOrEnd(startNanos, waitNanos);
      return startNanos;
    }
    share.begin();
    long end = startNanos;
    try {
      end = runTurn(startNanos);
    } catch (RuntimeException | Error e) {
      end = home.loop().nanoTime();
      throw e;
    } finally { // The tenant's limits are nobody else's.
      share.end(end - startNanos, end);
    }
    return end;
  }

  /** Whether a turn now would run the guest. */
  private boolean runsGuest() {
    return phase == Phase.OPENING || canRun() || isLeaving();
  }

  /** Whether there is nothing left to do but to let the guest know that its session ends. */
  private boolean isLeaving() {
    return phase == Phase.DRAINING && queue.isEmpty() && hasGoodbye();
  }

  /** Its tenant has run for as long as it may: what waits here waits until it may again. */
  private void waitOrEnd(long now, long waitNanos) {
    if (isLeaving() && pendingEnding != null) {
      if (goodbyeUntilNanos == NO_END) {
        goodbyeUntilNanos = now + MAX_GOODBYE_WAIT_MILLIS * NANOS_PER_MILLI;
      }
      if (now + waitNanos - goodbyeUntilNanos > 0) {
        end(pendingEnding);
        return;
      }
    }
    peer.pause(PauseReason.QUOTA);
    quotaTimer = home.loop().schedule(this::mayRunAgain, 1 + waitNanos / NANOS_PER_MILLI);
  }

  private void mayRunAgain() {
    quotaTimer = null;
    peer.resume(PauseReason.QUOTA);
    becomeReady();
  }

  private long runTurn(long startNanos) {
    long now = startNanos;
    if (phase == Phase.OPENING && module != null && request != null) {
      finishOpening(module, request, now);
      now = home.loop().nanoTime();
    }
    int calls = 0;
    long tick = home.loop().tick();
    long latest = now;
    while (calls < Turns.TURN_CALLS
        && now - startNanos < Turns.TURN_NANOS
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
        && (now - startNanos < Turns.TURN_NANOS || !hasGoodbye())) {
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
    peer.flush();
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
      instance.deliverEffects(peer);
      peer.result(call.id, function.results(), invocation.results(), invocation.output());
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
      instance.deliverEffects(peer);
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
      peer.error(callId, problem);
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
    becomeReady();
  }

  private boolean hasGoodbye() {
    return instance != null && instance.hasGoodbye();
  }

  private void dropWhatWaits() {
    if (instance != null) {
      instance.stopTimers();
    }
    queue.clear();
    if (quotaTimer != null) {
      quotaTimer.cancel();
      quotaTimer = null;
    }
  }

  /** The one end of every session. Whatever goes wrong with it, it is over, and its client told. */
  private void end(Ending ending) {
    if (phase == Phase.CLOSED) {
      return;
    }
    Phase last = phase;
    phase = Phase.CLOSED;
    home.ended(this);
    try {
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
      home.counters().ended(ending, account);
      account
          .log(withNames(LOG.atDebug()))
          .addKeyValue("bytesIn", peer.bytesIn())
          .addKeyValue("bytesOut", peer.bytesOut())
          .log("{} -> {}: {}", last, Phase.CLOSED, ending.name());
    } finally {
      peer.end(ending);
    }
  }

  private void sayGoodbye(Instance instance, Ending ending) {
    CallOutcome outcome = instance.sayGoodbye(home.loop().nanoTime());
    if (outcome != null && ran(outcome).committed() && !(ending instanceof Ending.Disconnected)) {
      instance.deliverEffects(peer);
    }
  }

  private void enter(Phase next, String reason) {
    withNames(LOG.atDebug()).log("{} -> {}: {}", phase, next, reason);
    phase = next;
  }

  private LoggingEventBuilder withNames(LoggingEventBuilder event) {
    LoggingEventBuilder named =
        event.addKeyValue("session", id).addKeyValue("peer", peer.address());
    return share == null ? named : named.addKeyValue("tenant", share.tenant());
  }

  private @Nullable String tenant() {
    return share == null ? null : share.tenant();
  }

  /** Names the session in logs, and to its client. */
  public String id() {
    return id;
  }
}
