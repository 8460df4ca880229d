package dev.mooring.session;

import dev.mooring.capsule.CapsuleWriter;
import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.Invocation;
import dev.mooring.state.StateChange;
import dev.mooring.state.StateException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A session: a module's instance with its queue of calls and its turns. It is attached to one
 * connection or to none; on none, nothing runs unless it is {@link KeptSession kept}.
 *
 * <p>Calls are queued and run in the session's turns, in order; each ends with a result or an
 * error, in order. How the session itself ends is its {@link SessionEnding}'s, but for one that is
 * {@link #suspend taken down to a value}, which is no ending.
 *
 * <p>Event loop only.
 */
public final class Session {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final SessionLoop home;
  private final GuestModule module;
  private final SessionTerms terms;
  private final SessionLimits limits;

  /** Null where nobody is asked who they are. */
  private final @Nullable TenantShare share;

  private final CallQueue queue;
  private final Turn turn;
  private final Account account = new Account();

  /** Null if it ends with its connection. */
  private final @Nullable KeptSession kept;

  /** What a kept one has said; null if it isn't kept. */
  private final @Nullable UnacknowledgedMessages messages;

  /** Its place in the store; null if it ends with the process. */
  private final @Nullable StoredSession stored;

  private final OutputGate gate;
  private final SessionEnding ending;

  /** The client; only {@link #attach} and {@link #detach} change it. */
  private Peer peer = DetachedPeer.INSTANCE;

  /** Told when the client was let go of, and the session stays. */
  private Runnable onRelease = () -> {};

  /** How it lets its client go, as soon as that was served. */
  private @Nullable EndReason releasing;

  /** Null when it is over, and while it is asleep. */
  private @Nullable Instance instance;

  /** Whether what it is is in the store, and nowhere else. */
  private boolean asleep;

  /** Calls up to this one were over when the client came. */
  private long resumedAtId;

  /** The last of those that was answered again: each is once, in order. */
  private long answeredAgainId;

  /** The last call that was taken. */
  private long lastCallId;

  /** The last call that was answered. */
  private long lastDoneId;

  /** Who looks on; null for nobody. */
  private @Nullable SessionFollower follower;

  /** Spans of traced calls whose outcome isn't safe yet; null until there is one. */
  private @Nullable CommittingSpans committing;

  /** Null until a call fails, as most never do. */
  private @Nullable LastErrors lastErrors;

  /** Whether an operator wants the next call that fails as a capsule. */
  private boolean wantsCapsule;

  /** Why nothing runs any more; it is kept until its client has heard that, or its time is over. */
  private @Nullable Problem lost;

  private Session(
      SessionLoop home,
      GuestModule module,
      SessionTerms terms,
      @Nullable TenantShare share,
      @Nullable KeptSession kept) {
    this.home = home;
    this.module = module;
    this.terms = terms;
    this.limits = terms.limits();
    this.share = share;
    this.kept = kept;
    this.messages = kept == null ? null : kept.messages(limits.keep());
    this.stored = kept == null ? null : kept.stored();
    this.gate = new OutputGate(messages);
    this.queue = new CallQueue(home.spareCalls());
    this.turn = new Turn();
    this.ending = new SessionEnding(home, this, gate);
  }

  /**
   * Opens a session, which runs its guest; whoever calls this has a turn.
   *
   * @param kept as what it is kept; null if it ends with its connection
   * @throws SpaceRefused if there is no memory for the guest, or it failed
   */
  static Session open(
      SessionLoop home,
      GuestModule module,
      SessionTerms terms,
      @Nullable TenantShare share,
      @Nullable KeptSession kept,
      Peer peer,
      long nowNanos)
      throws SpaceRefused {
    var session = new Session(home, module, terms, share, kept);
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
   * @param kept as what it is kept; null if it ends with its connection
   * @throws StateException if the state is none of the module's
   * @throws SpaceRefused if there is no memory for the guest
   */
  static Session resume(
      SessionLoop home,
      GuestModule module,
      SessionRecord record,
      @Nullable TenantShare share,
      @Nullable KeptSession kept)
      throws StateException, SpaceRefused {
    var session = new Session(home, module, record.terms(), share, kept);
    session.instance = Instance.restore(home, module, record, session.turn::becomeReady);
    session.lastCallId = record.lastDoneId();
    session.lastDoneId = record.lastDoneId();
    if (record.lost() != null) {
      session.lost = record.lost();
      session.stopTimers();
    }
    home.came(session);
    session.turn.becomeReady(); // For timers that came due meanwhile.
    session.log("resumed");
    return session;
  }

  /** Gives the session a client, in the place of none. */
  void attach(Peer client) {
    if (isAttached()) {
      throw new IllegalStateException("the session is on a connection already");
    }
    peer = client;
    gate.leadTo(client);
    client.opened();
    if (kept != null) {
      kept.attached();
      resumedAtId = lastDoneId;
    }
    turn.becomeReady();
  }

  /**
   * Takes the client away, which is told nothing: nothing runs until there is another, unless the
   * session is kept.
   */
  void detach() {
    gate.flush();
    if (kept != null) {
      gate.drop(); // It is kept, and will be said again.
    }
    gate.leadTo(DetachedPeer.INSTANCE);
    peer = DetachedPeer.INSTANCE;
    if (kept != null) {
      if (share != null) {
        share.exit();
      }
      dropWhatCantRun();
      kept.detached();
      kept.store();
      turn.becomeReady();
    }
  }

  /** Until somebody acknowledges, none of it runs; and whoever comes for that sends it again. */
  private void dropWhatCantRun() {
    if (!isAttached() && gate.isFull()) {
      queue.clear();
    }
  }

  /** Forgets the calls that wait: its client is let go for what it sent, and may send it again. */
  void dropCalls() {
    queue.clear();
  }

  /** Whether it outlives its connection. */
  boolean isKept() {
    return kept != null;
  }

  /** Whether it stays when its client goes, or is let go of. */
  boolean outlivesClient() {
    return kept != null && ending.isOpen();
  }

  /** Who is told when the client is let go of. */
  void onRelease(Runnable told) {
    onRelease = told;
  }

  /** Lets the client go, once it was served what it asked for; the session stays. */
  void release(EndReason how) {
    if (releasing == null || how instanceof EndReason.Failed) {
      releasing = how;
    }
    if (turn.isInRing() || !isServed()) {
      turn.becomeReady();
    } else {
      releaseNow(how);
    }
  }

  /** Lets the client go at once: it is gone, or wouldn't read. */
  void releaseNow(EndReason how) {
    Peer client = peer;
    releasing = null;
    detach();
    onRelease.run();
    onRelease = () -> {};
    client.end(how);
  }

  /** Whether all that its client sent is answered, as far as it may be for now. */
  private boolean isServed() {
    return (queue.isEmpty() && !gate.isWaiting()) || gate.isFull();
  }

  /** From now on what is said waits until what it saw is safe, if that matters. */
  private void hold() {
    if (stored != null) {
      gate.hold();
    }
  }

  /** What was said leaves when what it saw is safe. */
  private void letGoWhenSafe() {
    if (kept == null || stored == null) {
      return;
    }
    kept.store();
    long write = stored.awaited();
    if (write == 0) {
      gate.release();
      endSpans();
    } else {
      gate.waitFor(write);
      if (committing != null) {
        committing.waitFor(write);
      }
    }
  }

  private void endSpans() {
    if (committing != null) {
      committing.endAll();
    }
  }

  /** A write is safe. */
  void safe(long write) {
    gate.safe(write);
    if (committing != null) {
      committing.safe(write);
    }
    if (!ending.isClosed()) {
      turn.becomeReady();
    }
  }

  /** What it is now, to be written down as a whole; from now on what changes is noted. */
  KeptBody body(long number) {
    if (instance == null || messages == null) {
      throw new IllegalStateException("a session that is over, or asleep, isn't written down");
    }
    return new KeptBody(
        number,
        terms.config(),
        limits.asWanted(),
        terms.bornMillis(),
        home.loop().currentTimeMillis(),
        lastDoneId,
        lost,
        messages.save(),
        instance.saveAndNote());
  }

  /** How it differs from what was written down last; null if all of it should be. */
  @Nullable KeptChange change(long number) {
    StateChange state = instance == null ? null : instance.takeChange();
    UnacknowledgedMessages.Saved said = messages == null ? null : messages.saveNew();
    if (said == null || (state == null && !asleep)) {
      return null;
    }
    return new KeptChange(number, home.loop().currentTimeMillis(), lastDoneId, lost, said, state);
  }

  /** Whether there is nothing to do for it, nor anything that was said and hasn't left. */
  boolean maySleep() {
    return ending.isOpen()
        && instance != null
        && !instance.hasDueTimer()
        && queue.isEmpty()
        && releasing == null
        && !turn.isInRing()
        && !turn.isWaiting()
        && !gate.isWaiting();
  }

  /** Gives back its space: what it is is in the store, and the client can't tell. */
  void sleep() {
    closeInstance();
    asleep = true;
    log("asleep");
  }

  /** Whether it has no space, and must be woken to run. */
  boolean isAsleep() {
    return asleep;
  }

  /**
   * Has a space again; no guest code runs.
   *
   * @throws StateException if the state is none of the module's
   * @throws SpaceRefused if there is no memory for it; it sleeps still
   */
  void wakeUp(KeptBody body) throws StateException, SpaceRefused {
    var record = new SessionRecord(terms, body.state(), body.takenMillis(), lastDoneId, lost);
    Instance woken = Instance.restore(home, module, record, turn::becomeReady);
    asleep = false;
    instance = woken;
    if (!ending.isOpen() || lost != null) {
      woken.stopTimers();
    }
    log("awake");
    turn.becomeReady();
  }

  /** Here it is gone, without an ending, and its client is told why. */
  void lose(EndReason why) {
    gate.drop();
    gate.end(why);
    if (!ending.isClosed()) {
      onRelease.run();
      leave();
    }
  }

  /** Here it is gone, without an ending: it has no client, and is elsewhere, or in the store. */
  void leave() {
    ending.leave();
    letGo();
  }

  /** Whether it is there again after the process has ended. */
  boolean outlivesProcess() {
    return stored != null && ending.isOpen();
  }

  /** The process ends, and the session stays in the store. */
  void leaveToStore() {
    if (kept != null) {
      kept.store();
      kept.leave();
    }
    if (isAttached()) {
      releaseNow(new EndReason.GoneAway());
    }
    leave();
  }

  /** Whether it may go to another connection: it isn't ending. */
  boolean mayMove() {
    return ending.isOpen() && instance != null;
  }

  /** Takes it away from its client, if it has one, and makes it a value. */
  SessionRecord giveUp() {
    queue.clear();
    if (isAttached()) {
      releaseNow(new EndReason.Failed(KeptSession.taken()));
    }
    return suspend();
  }

  /** Counts as one that is on a connection, if its tenant may have another. */
  boolean enter() {
    return share == null || share.enter();
  }

  /**
   * Takes the session down to a value, with which it can go on anywhere; here it is gone, without
   * an ending. Calls that waited are dropped, unanswered.
   *
   * @throws IllegalStateException if it is on a connection, or ends
   */
  public SessionRecord suspend() {
    assert home.loop().inLoop();
    if (isAttached() || !ending.isOpen() || instance == null) {
      throw new IllegalStateException("a session that is on a connection, or ends, stays");
    }
    var record =
        new SessionRecord(
            terms, instance.save(), home.loop().currentTimeMillis(), lastDoneId, lost);
    log("suspended");
    leave();
    return record;
  }

  /** Says what the client has got, and what its guest said when it was opened. */
  void sayOpened() {
    hold();
    sayOpened(kept == null ? null : kept.told(false, kept.newToken(), 0, limits.keep()));
    if (instance != null) {
      instance.deliverEffects(gate);
    }
    letGoWhenSafe();
    gate.flush();
  }

  private void sayOpened(@Nullable Keeping keeping) {
    gate.opened(new OpenedSession(terms.id(), module.digest(), module.exports(), limits, keeping));
  }

  /** Says to a client that goes on with it where it stands, and what the client hasn't heard. */
  void sayResumed(SessionResumption resumption) {
    if (kept == null || messages == null) {
      throw new IllegalStateException("a session that isn't kept can't be gone on with");
    }
    messages.acknowledge(resumption.received());
    if (resumption.isByName()) {
      messages.dropAnswers();
    }
    String token = resumption.isByName() ? kept.newToken() : resumption.token();
    hold();
    sayOpened(kept.told(true, token, lastDoneId, limits.keep()));
    gate.sayAgain();
    letGoWhenSafe();
    gate.flush();
    home.counters().resumed();
    if (lost != null) {
      release(new EndReason.Failed(lost));
    }
  }

  /**
   * All up to a sequence has come.
   *
   * @return false if so much was never said
   */
  boolean acknowledge(long received) {
    if (kept == null || messages == null) {
      return received == 0;
    }
    kept.changed();
    boolean acknowledged = messages.acknowledge(received);
    turn.becomeReady();
    return acknowledged;
  }

  /**
   * Answers a call again that was over when the client came, and whose answer it hasn't
   * acknowledged.
   *
   * @return false if it is none
   */
  boolean answerAgain(long callId) {
    boolean mayBe =
        Long.compareUnsigned(callId, resumedAtId) <= 0
            && Long.compareUnsigned(callId, answeredAgainId) > 0;
    if (!mayBe || !gate.answerAgain(callId)) {
      return false;
    }
    answeredAgainId = callId;
    return true;
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
    if (ending.isClosed() || lost != null) {
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
    if (ending.isDraining()) {
      queue.addProblem(
          call,
          new Problem(
              ErrorCode.CALL_REFUSED, "this session is going away; use another connection"));
      return;
    }
    if (peer.isServerOverloaded()) {
      queue.addProblem(
          call,
          new Problem(
              ErrorCode.CALL_REFUSED,
              "the server holds as many bytes for its clients as it may; try again later"));
      return;
    }
    List<ExportedFunction> exports = module.exports();
    ExportedFunction function = CallValidator.find(call, exports, module);
    if (function == null) {
      queue.addProblem(call, CallValidator.notFound(call, exports));
      return;
    }
    Problem problem = CallValidator.checkArguments(call, function);
    if (problem != null) {
      queue.addProblem(call, problem);
      return;
    }
    long deadline =
        call.timeoutMillis() == 0
            ? CallQueue.NO_DEADLINE
            : home.loop().nanoTime()
                + Integer.toUnsignedLong(call.timeoutMillis()) * NANOS_PER_MILLI;
    boolean isTimed = isFollowed() || home.tracerOf(call.trace()) != null;
    queue.add(call, function, deadline, home.arrivalNanos(isTimed));
  }

  /** Takes a call out of the queue if it still waits there. */
  void cancel(long callId) {
    queue.replace(callId, new Problem(ErrorCode.CANCELLED, "cancelled before its turn"));
  }

  /** Answers at once, whatever waits. */
  void ping(long token) {
    if (!ending.isClosed()) {
      gate.pong(token);
    }
  }

  /** Sends what has been said since the last turn. */
  void flush() {
    if (!ending.isClosed()) {
      gate.flush();
    }
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

  /** How it ends, and whether it has. */
  SessionEnding ending() {
    return ending;
  }

  /** What was agreed when it began. */
  SessionTerms terms() {
    return terms;
  }

  boolean isAttached() {
    return peer != DetachedPeer.INSTANCE;
  }

  /** Whether calls wait. */
  boolean hasWaiting() {
    return !queue.isEmpty();
  }

  /** The last call that doesn't wait: what came later is as if it had never come. */
  long lastIdBeforeWaiting() {
    return queue.isEmpty() ? lastCallId : queue.first().id - 1;
  }

  /** Refuses all calls that wait. */
  void refuseWaiting(String why) {
    while (!queue.isEmpty() && !ending.isClosed()) {
      answer(queue.first().id, new Problem(ErrorCode.CALL_REFUSED, why));
      queue.removeFirst();
    }
  }

  /** No more of the client is read, as nothing of it would be done. */
  void pauseReading() {
    peer.pause(PauseReason.DRAINING);
  }

  /** Takes a turn when there is something to do in one. */
  void becomeReady() {
    turn.becomeReady();
  }

  private boolean canRun() {
    return instance != null
        && (!queue.isEmpty() || (releasing == null && instance.hasDueTimer()))
        && gate.isWritable()
        && !waitsForStore();
  }

  private void wakeIfWanted() {
    if (kept != null && (!queue.isEmpty() || ending.wantsTurn() || releasing != null)) {
      kept.wakeUp();
    }
  }

  private boolean waitsForStore() {
    return stored != null && stored.mustWait();
  }

  /** The session, as the turns see it. */
  private final class Turn extends MeteredTurn {
    Turn() {
      super(home, share);
    }

    @Override
    boolean wantsTurn() {
      if (asleep) {
        wakeIfWanted();
        return false;
      }
      return !ending.isClosed()
          && (canRun() || ending.wantsTurn() || (releasing != null && isServed()));
    }

    @Override
    boolean runsGuest() {
      return canRun() || ending.isLeaving();
    }

    @Override
    boolean mayWait(long nowNanos, long waitNanos) {
      return ending.mayWait(nowNanos, waitNanos);
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
      ending.crashed(cause);
    }
  }

  private long runTurn(long startNanos) {
    long now = startNanos;
    int calls = 0;
    hold();
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
    ending.endInTurn(now - startNanos);
    now = home.loop().nanoTime();
    account.turnNanos += now - startNanos;
    finishTurn();
    return now;
  }

  private void finishTurn() {
    if (ending.isClosed()) {
      return;
    }
    letGoWhenSafe();
    if (queue.size() <= limits.queuedCalls() / 2 && queue.bytes() <= limits.queuedBytes() / 2) {
      peer.resume(PauseReason.QUEUE);
    }
    gate.flush();
    peer.queueChanged();
    dropWhatCantRun();
    if (releasing != null && isServed()) {
      releaseNow(releasing);
    }
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
    if (call.trace == null) {
      runFirst(instance, call, now, latest);
    } else {
      runTraced(instance, call, call.trace, now, latest);
    }
    if (!queue.isEmpty()) {
      queue.removeFirst();
    }
  }

  /** Runs a call that is part of a trace. */
  private void runTraced(
      Instance instance, CallQueue.Entry call, TraceParent parent, long now, long latest) {
    CallTracer tracer = home.tracerOf(parent);
    CallTracer.TracedCall span = tracer == null ? null : beginSpan(tracer, call, parent);
    if (span != null) {
      call.trace = span.context();
    }
    home.logFor(call.trace);
    Problem problem;
    try {
      problem = runFirst(instance, call, now, latest);
    } finally {
      home.logFor(null);
    }
    if (span != null) {
      span.ran(problem);
      if (stored == null) {
        span.end();
      } else {
        committing().add(span);
      }
    }
  }

  private CallTracer.@Nullable TracedCall beginSpan(
      CallTracer tracer, CallQueue.Entry call, TraceParent parent) {
    long waitedNanos =
        call.arrivedNanos == 0 ? 0 : Math.max(0, home.loop().nanoTime() - call.arrivedNanos);
    String function = call.function == null ? "" : call.function.name();
    return tracer.begin(
        parent,
        new CallTracer.Call(call.id, function, terms.module(), terms.id(), terms.tenant()),
        waitedNanos);
  }

  private CommittingSpans committing() {
    if (committing == null) {
      committing = new CommittingSpans();
    }
    return committing;
  }

  /** Runs the call that waits longest; answers why it failed, or null. */
  private @Nullable Problem runFirst(
      Instance instance, CallQueue.Entry call, long now, long latest) {
    if (call.problem == null && call.function != null && now < call.deadlineNanos) {
      return runCall(instance, call, call.function, latest);
    }
    Problem problem = call.problem;
    if (problem == null) {
      problem = new Problem(ErrorCode.DEADLINE_EXCEEDED, "its time was over before its turn came");
    }
    tellRefused(call, problem);
    answer(call.id, problem);
    return problem;
  }

  private @Nullable Problem runCall(
      Instance instance, CallQueue.Entry call, ExportedFunction function, long now) {
    // The entry may be another call's when this one has run.
    long id = call.id;
    long arrivedNanos = call.arrivedNanos;
    int inputBytes = call.inputLength;
    long startNanos = arrivedNanos == 0 ? 0 : home.loop().nanoTime();
    Problem problem = runAndAnswer(instance, call, function, now);
    if (arrivedNanos != 0) {
      long waitedNanos = startNanos - arrivedNanos;
      long ranNanos = home.loop().nanoTime() - startNanos;
      home.took(terms.module(), waitedNanos, ranNanos);
      int outputBytes = problem == null ? home.invocation().output().readableBytes() : 0;
      tell(id, function, inputBytes, outputBytes, waitedNanos, ranNanos, problem);
    } else if (follower != null) {
      follower.missed();
    }
    if (problem == null) {
      home.invocation().clear();
    }
    return problem;
  }

  private @Nullable Problem runAndAnswer(
      Instance instance, CallQueue.Entry call, ExportedFunction function, long now) {
    CallOutcome outcome = ran(instance.call(call, function, now));
    if (outcome.committed()) {
      Invocation invocation = home.invocation();
      instance.deliverEffects(gate);
      lastDoneId = call.id;
      gate.result(call.id, function.results(), invocation.results(), invocation.output());
      return null;
    }
    takeCapsule(instance, function, call.arguments, outcome);
    Problem problem = Outcomes.callFailed(function.name(), outcome);
    answer(call.id, problem);
    endIfWanted(problem);
    return problem;
  }

  private boolean isFollowed() {
    return follower != null && follower.takes();
  }

  /** Tells whoever looks on of what has just run. */
  private void tell(
      long id,
      ExportedFunction function,
      int inputBytes,
      int outputBytes,
      long waitedNanos,
      long ranNanos,
      @Nullable Problem problem) {
    if (follower != null) {
      follower.called(
          new SessionFollower.Call(
              id, function.name(), inputBytes, outputBytes, waitedNanos, ranNanos),
          problem);
    }
  }

  /** Tells whoever looks on of a call that can't be run. */
  private void tellRefused(CallQueue.Entry call, Problem problem) {
    if (follower != null) {
      String function = call.function == null ? "" : call.function.name();
      follower.called(
          new SessionFollower.Call(call.id, function, call.inputLength, 0, 0, 0), problem);
    }
  }

  private void runTimer(Instance instance, int timer, long now) {
    ExportedFunction hook = instance.timerHook();
    if (hook == null) {
      return;
    }
    boolean isTold = isFollowed();
    long startNanos = isTold ? home.loop().nanoTime() : 0;
    CallOutcome outcome = ran(instance.timer(hook, timer, now));
    Problem problem = outcome.committed() ? null : Outcomes.callFailed(hook.name(), outcome);
    if (isTold) {
      tell(0, hook, 0, 0, 0, home.loop().nanoTime() - startNanos, problem);
    } else if (follower != null) {
      follower.missed();
    }
    if (problem == null) {
      instance.deliverEffects(gate);
    } else {
      takeCapsule(instance, hook, new long[] {timer}, outcome);
      noteFailure(0, problem);
      // No client hears of it, and some of it are the guest's words: it counts as the guest's line.
      if (LOG.isInfoEnabled() && instance.mayLog()) {
        String words = instance.written(problem.message(), peer.address());
        // Not as an argument: JSON has the arguments beside the message.
        withNames(LOG.atInfo()).addKeyValue("timer", timer).log("timer failed: " + words);
      }
      endIfWanted(problem);
    }
  }

  /** Makes a capsule of a call that has failed, if somebody wants it. */
  private void takeCapsule(
      Instance instance, ExportedFunction function, long[] arguments, CallOutcome outcome) {
    CapsuleWriter capsules = home.capsules();
    if (capsules == null || !capsules.wants(outcome, wantsCapsule, instance.heldBytes())) {
      return;
    }
    wantsCapsule = false;
    try {
      instance.writeCapsule(capsules, terms, function, arguments, outcome);
    } catch (RuntimeException | OutOfMemoryError e) { // That is no harm to the session.
      capsules.failed(e);
    }
  }

  private CallOutcome ran(CallOutcome outcome) {
    turn.hasRun();
    if (kept != null) {
      kept.changed();
    }
    account.ran(outcome);
    home.counters().ran(outcome);
    return outcome;
  }

  private void answer(long callId, Problem problem) {
    home.counters().answered(problem.code());
    lastDoneId = callId;
    if (kept != null) {
      kept.changed();
    }
    noteFailure(callId, problem);
    gate.error(callId, problem);
  }

  private void noteFailure(long callId, Problem problem) {
    if (lastErrors == null) {
      lastErrors = new LastErrors();
    }
    lastErrors.add(callId, problem, home.loop().currentTimeMillis());
  }

  /** Those of its calls that failed last, the last one first. */
  List<SessionLook.Failure> lastErrors() {
    return lastErrors == null ? List.of() : lastErrors.look();
  }

  /** If the operator wants it so, a failed call ends its session, though its state is whole. */
  private void endIfWanted(Problem cause) {
    if (limits.onFailure() == OnFailure.ROLLBACK || cause.code() == ErrorCode.GUEST_FAILED) {
      return;
    }
    queue.clear();
    Problem why =
        new Problem(
            ErrorCode.SESSION_LOST,
            "the session ends with the call that failed: " + cause.message(),
            cause.trap());
    if (kept == null || !ending.isOpen()) {
      ending.close(new EndReason.Failed(why));
    } else {
      waitToBeHeard(why, kept);
    }
  }

  /** Nothing runs any more; what was said stays until its client has heard it, and why. */
  private void waitToBeHeard(Problem why, KeptSession of) {
    lost = why;
    stopTimers();
    of.giveUpName();
    withNames(LOG.atDebug()).log("lost: {}", why.code());
    if (isAttached()) {
      pauseReading();
      release(new EndReason.Failed(why));
    }
  }

  /** Why nothing runs any more; null if something may. */
  @Nullable Problem lost() {
    return lost;
  }

  /** Whether its guest wants to hear that it ends. */
  boolean hasGoodbye() {
    return lost == null && (instance != null || asleep) && module.closeHook() != null;
  }

  /** From now on no timer runs. */
  void stopTimers() {
    if (instance != null) {
      instance.stopTimers();
    }
  }

  /** Forgets what waits: timers, calls, and the tenant's time. */
  void dropWhatWaits() {
    stopTimers();
    queue.clear();
    turn.stopWaiting();
  }

  /** It is over for good, and nobody can go on with it; its last word waits until that is safe. */
  void forget() {
    if (kept != null) {
      kept.over();
      if (stored != null && stored.awaited() != 0) {
        gate.waitFor(stored.awaited());
      }
    }
  }

  /** Gives back all that it has of the loop's and of its tenant's. */
  void letGo() {
    dropWhatWaits();
    endSpans();
    if (share != null) {
      share.leave();
    }
    closeInstance();
    asleep = false;
  }

  private void closeInstance() {
    if (instance != null) {
      account.memoryBytes = instance.close();
      instance = null;
    }
  }

  /** Counts how it ended, with what it has used. */
  void count(EndReason how) {
    home.counters().ended(how, account);
  }

  /** Adds what it has used to a line of the log. */
  LoggingEventBuilder logAccount(LoggingEventBuilder event) {
    return account
        .log(withNames(event))
        .addKeyValue("bytesIn", peer.bytesIn())
        .addKeyValue("bytesOut", peer.bytesOut());
  }

  /** Lets the guest hear that it ends, if it wants to, and its client what it says to that. */
  void sayGoodbye(EndReason how) {
    if (instance == null) {
      return;
    }
    CallOutcome outcome = instance.sayGoodbye(home.loop().nanoTime());
    ExportedFunction hook = module.closeHook();
    if (outcome == null || hook == null) {
      return;
    }
    if (!ran(outcome).committed()) {
      takeCapsule(instance, hook, new long[0], outcome);
    } else if (!(how instanceof EndReason.Disconnected)) {
      instance.deliverEffects(gate);
    }
  }

  private void log(String what) {
    withNames(LOG.atDebug()).log("{}", what);
  }

  /** Adds whose line of the log it is. */
  LoggingEventBuilder withNames(LoggingEventBuilder event) {
    LoggingEventBuilder named =
        event.addKeyValue("session", terms.id()).addKeyValue("peer", peer.address());
    if (terms.tenant() != null) {
      named = named.addKeyValue("tenant", terms.tenant());
    }
    return TraceParent.log(named, home.loggedTrace());
  }

  /**
   * What can be seen of it.
   *
   * @param loop the number of its event loop
   */
  SessionLook look(int loop) {
    return new SessionLook(
        terms.id(),
        terms.module(),
        module.digest(),
        terms.tenant(),
        state(),
        loop,
        isAttached() ? peer.address() : "",
        kept == null ? null : kept.look(),
        terms.bornMillis(),
        account.committed,
        account.rolledBack,
        account.turnNanos,
        queue.size(),
        queue.bytes(),
        instance == null ? 0 : instance.memoryPages(),
        instance == null ? 0 : instance.heldBytes(),
        instance == null ? 0 : instance.timerCount(),
        peer.bytesIn(),
        peer.bytesOut());
  }

  private SessionLook.State state() {
    if (!ending.isOpen() || lost != null) {
      return SessionLook.State.ENDING;
    }
    if (asleep) {
      return SessionLook.State.ASLEEP;
    }
    return isAttached() ? SessionLook.State.ATTACHED : SessionLook.State.DETACHED;
  }

  /**
   * Has somebody look on.
   *
   * @return false if somebody else does
   */
  boolean follow(SessionFollower by) {
    if (follower != null) {
      return false;
    }
    follower = by;
    return true;
  }

  /** Nobody looks on any more. */
  void unfollow() {
    SessionFollower told = follower;
    follower = null;
    if (told != null) {
      told.left();
    }
  }

  /**
   * From now on the next call that fails makes a capsule.
   *
   * @return false if nobody makes any
   */
  boolean wantCapsule() {
    wantsCapsule = home.capsules() != null;
    return wantsCapsule;
  }

  /** What it is kept as; null if it ends with its connection. */
  @Nullable KeptSession kept() {
    return kept;
  }

  /** In which KiB of its memory it differs from its module's image, in rising order. */
  int[] changedKib() {
    return instance == null ? new int[0] : instance.changedKib();
  }

  /** Names the session in logs, and to its client. */
  public String id() {
    return terms.id();
  }
}
