package dev.mooring.client;

import static dev.mooring.client.CloseReason.CLIENT_CLOSED;
import static dev.mooring.client.CloseReason.DETACHED;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.mooring.client.Outgoing.Acknowledgement;
import dev.mooring.client.Outgoing.CancelCall;
import dev.mooring.client.Outgoing.Goodbye;
import dev.mooring.client.Outgoing.PendingCall;
import dev.mooring.client.Outgoing.PendingPing;
import dev.mooring.proto.Frames;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Kept;
import dev.mooring.proto.v1.Opened;
import io.netty.buffer.ByteBuf;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One session, from the first attempt to connect to the end. It has one {@link Connection}; if it
 * is kept, one after the other.
 *
 * <pre>
 *               ┌──────────── Opened, resumed ────────────┐
 *               v                                         │
 *   OPENING ──> OPEN ──Close written──> CLOSING           │
 *      │         │  └──────── lost, kept ──┴──────────> AWAY
 *      └─────────┴────────── end(how) ─────┴──────────────┘
 *                              v
 *                            CLOSED
 * </pre>
 *
 * <p>The part above the line may be used by any thread, and touches nothing but the outbox and what
 * is volatile or atomic. The rest belongs to the event loop.
 */
final class Session {
  static final int MAX_PINGS = 64;

  /**
   * The server heard the end of what this side says, which it takes for a goodbye; but this side
   * hasn't ended, or has said more than the server heard.
   */
  static final SessionEnd CUT_SHORT =
      Connection.lost(
          "the server heard an end that this side didn't send: something between them did", null);

  /** How much longer than the close timeout a thread waits for an event loop to notice it. */
  private static final Duration STUCK_LOOP = Duration.ofSeconds(1);

  private static final Logger LOG = System.getLogger(Session.class.getPackageName());

  private enum State {
    OPENING,
    OPEN,
    CLOSING,
    AWAY,
    CLOSED
  }

  private final Loop loop;
  private final OpenOptions options;
  private final Dialer dialer;
  private final Consumer<Session> whenEnded;
  private final CallWindow window;
  private final Outbox outbox;
  private final CompletableFuture<MooringSession> opening = new CompletableFuture<>();
  private final CompletableFuture<SessionEnd> ended = new CompletableFuture<>();
  private final AtomicBoolean goodbyeAsked = new AtomicBoolean();

  /** Why no call is taken any more; null while they are. */
  private volatile @Nullable MooringException refusal;

  // What follows is the event loop's.

  private State state = State.OPENING;
  private Connection connection;

  /** What the program has of it, once it is open. */
  private @Nullable MooringSession facade;

  private @Nullable Unanswered unanswered;

  /** How far a kept session has come; null if it ends with its connection. */
  private @Nullable Progress progress;

  private final BackOff backOff;

  /** The server of a kept session goes away: what isn't written yet is for the next. */
  private boolean isServerLeaving;

  /** Whether it is left, and stays at the server, once every call is answered. */
  private boolean isLeaving;

  /** Whether the server was asked to end it, on whichever connection. */
  private boolean isCloseSaid;

  private @Nullable Future<?> closeTimer;
  private @Nullable Future<?> retryTimer;

  /**
   * @param dialer connects each connection
   * @param whenEnded is told once, on the event loop
   */
  Session(Loop loop, OpenOptions options, Dialer dialer, Consumer<Session> whenEnded) {
    this.loop = loop;
    this.options = options;
    this.dialer = dialer;
    this.whenEnded = whenEnded;
    this.window = new CallWindow(options.inFlight());
    this.outbox = new Outbox(loop, this::drain);
    this.connection = new Connection(this);
    this.backOff = new BackOff(options.timeouts().reconnect(), ThreadLocalRandom::current);
  }

  /** Begins. Cancelling the future that it returns gives up. */
  CompletableFuture<MooringSession> open() {
    Connection first = connection;
    loop.execute(first::start);
    dialer.dial(first);
    return opening();
  }

  /** Cancelling it gives up. */
  CompletableFuture<MooringSession> opening() {
    var _ =
        opening.whenComplete(
            (_, _) -> {
              if (opening.isCancelled()) {
                abort(ErrorCode.SESSION_CLOSED, "opening the session was given up");
              }
            });
    return opening;
  }

  Loop loop() {
    return loop;
  }

  OpenOptions options() {
    return options;
  }

  CallWindow window() {
    return window;
  }

  /** Why no call is taken any more; null while they are. Once it is set it stays set. */
  @Nullable MooringException refusal() {
    return refusal;
  }

  /**
   * How far it has come; for whoever has the session, on any thread.
   *
   * @throws IllegalStateException when it isn't kept
   */
  Progress progress() {
    // Set before anybody has the session, and then never again.
    if (progress == null) {
      throw new IllegalStateException("the session isn't kept");
    }
    return progress;
  }

  /** Queues something to be written. Whatever happens next, it is written or failed. */
  void submit(Outgoing outgoing) {
    outbox.add(outgoing);
  }

  /**
   * Ends it in good order, once every call that was made is answered; only the first goodbye
   * counts.
   *
   * @return as {@link #ended}
   */
  CompletableFuture<SessionEnd> leave(Goodbye goodbye) {
    if (goodbyeAsked.compareAndSet(false, true)) {
      if (refusal == null) {
        refusal = MooringException.local(ErrorCode.SESSION_CLOSED, "the session was closed", false);
      }
      window.close();
      submit(goodbye);
      loop.execute(
          () -> {
            if (state != State.CLOSED) {
              closeTimer = loop.schedule(this::closeTimedOut, options.timeouts().close());
              leaveIfNothingIsDue();
            }
          });
    }
    return ended();
  }

  /** Closes the session if there is one; otherwise gives up opening it. */
  void closeOrGiveUp() {
    loop.execute(
        () -> {
          if (facade == null) {
            end(failed(ErrorCode.SESSION_CLOSED, "the client was closed"));
          } else {
            var _ = leave(Goodbye.CLOSE);
          }
        });
  }

  /** A copy: whoever gets it can't complete ours. */
  CompletableFuture<SessionEnd> ended() {
    return ended.copy();
  }

  /**
   * Waits until the session has ended, which closing it has begun; if its event loop doesn't turn,
   * not for ever. Not on an event loop.
   */
  void awaitEnd() {
    try {
      var _ = ended.get(options.timeouts().close().plus(STUCK_LOOP).toMillis(), MILLISECONDS);
    } catch (InterruptedException e) {
      abort(ErrorCode.SESSION_CLOSED, "the thread that closed the session was interrupted");
      Thread.currentThread().interrupt();
    } catch (TimeoutException e) {
      LOG.log(Level.WARNING, "{0} has not ended: does a listener block its event loop?", this);
    } catch (ExecutionException e) {
      throw new AssertionError("a session ends one way or the other", e);
    }
  }

  /** Ends the session at once, without a goodbye. */
  void abort(ErrorCode code, String why) {
    loop.execute(() -> end(failed(code, why)));
  }

  // ---- the event loop: writing ----

  /** What a new connection says first. */
  ClientMessage greeting() {
    OpenOptions.Resume resume = resume();
    return resume == null
        ? Translation.open(options)
        : Translation.resume(options.authToken(), resume);
  }

  /** Where it is to be gone on from; null if it is to be opened. */
  private OpenOptions.@Nullable Resume resume() {
    return progress == null
        ? options.resume()
        : new OpenOptions.Resume(progress.token(), progress.received());
  }

  /** There is room on the connection again. */
  void writable() {
    // Not at once: this may be said in the middle of a flush of ours.
    outbox.scheduleDrain();
  }

  /** Writes what the outbox holds, as far as the channel takes it. */
  private void drain() {
    if (state == State.CLOSED) {
      failOutbox();
    } else if (!isServerLeaving && (state == State.OPEN || state == State.CLOSING)) {
      connection.write(outbox, this::encode);
      leaveIfNothingIsDue();
    }
  }

  private void encode(Outgoing outgoing, ByteBuf out) {
    if (state != State.OPEN) {
      refuse(outgoing);
      return;
    }
    switch (outgoing) {
      case PendingCall call -> unanswered().send(call, out);
      case CancelCall(PendingCall call) -> unanswered().cancel(call, out);
      case PendingPing ping -> unanswered().send(ping, out);
      case Acknowledgement _ -> Frames.write(out, progress().acknowledge());
      case Goodbye goodbye -> encode(goodbye, out);
    }
  }

  private void encode(Goodbye goodbye, ByteBuf out) {
    switch (goodbye) {
      case CLOSE -> {
        Frames.write(out, Translation.CLOSE);
        isCloseSaid = true;
        state(State.CLOSING, "this side asked");
      }
      case DETACH -> isLeaving = true;
    }
  }

  private void failOutbox() {
    Outgoing next;
    while ((next = outbox.poll()) != null) {
      refuse(next);
    }
  }

  private void refuse(Outgoing outgoing) {
    if (outgoing instanceof PendingCall call) {
      call.settle(window);
    }
    outgoing.fail(reasonToRefuse());
  }

  private MooringException reasonToRefuse() {
    MooringException refused = refusal;
    if (refused == null) {
      throw new AssertionError("there is no reason to refuse anything in state " + state);
    }
    return refused;
  }

  // ---- the event loop: what the server says ----

  /** The server has opened the session, or goes on with it. */
  void opened(Opened opened) throws ProtocolViolation {
    if (facade == null) {
      begin(opened);
    } else {
      goOn(openSession(), opened);
    }
  }

  private void begin(Opened opened) throws ProtocolViolation {
    if (opened.hasKept() != options.isKept()) {
      throw new ProtocolViolation(
          opened.hasKept()
              ? "a session is kept that wasn't to be"
              : "a session isn't kept that was to be");
    }
    var session = new MooringSession(this, opened);
    long firstId = 0;
    if (opened.hasKept()) {
      Kept kept = opened.getKept();
      progress = new Progress(kept, options.resume());
      narrowWindow(session.limits(), kept);
      firstId = kept.getCommittedId();
    }
    facade = session;
    unanswered = new Unanswered(window, session.limits().frameBytes(), firstId);
    backOff.connected(System.nanoTime());
    state(State.OPEN, "the server opened session " + session.id());
    if (!opening.complete(session)) {
      // Nobody waits for it: its future was completed by somebody else, say by orTimeout.
      abort(ErrorCode.SESSION_CLOSED, "nobody waited for the session any more");
    }
  }

  /**
   * Of a kept session there are never so many calls under way that the server stops reading: it may
   * be waiting for our acknowledgement, which would come behind them.
   */
  private void narrowWindow(SessionLimits limits, Kept kept) {
    long unacknowledged = Integer.toUnsignedLong(kept.getUnacknowledgedMessages());
    window.narrow(
        Math.min(half(limits.queuedCalls()), half(unacknowledged)), half(limits.queuedBytes()));
  }

  /** Of a limit that the server told; 0 is none. */
  private static long half(long limit) {
    return limit == 0 ? Long.MAX_VALUE : Math.max(1, limit / 2);
  }

  private void goOn(MooringSession session, Opened opened) throws ProtocolViolation {
    Kept kept = opened.getKept();
    if (!kept.getResumed() || !session.isOf(opened)) {
      throw new ProtocolViolation("another session was opened in the place of the one that was");
    }
    String lastCall = Long.toUnsignedString(kept.getCommittedId());
    if (progress().isAheadOf(kept.getCommittedId())) {
      end(new SessionEnd.Failed(stateLost("its last call is " + lastCall, null)));
      return;
    }
    progress().resumed(kept);
    unanswered().takeBack(kept.getCommittedId(), outbox);
    backOff.connected(System.nanoTime());
    state(State.OPEN, "the server goes on after call " + lastCall);
    tell("onResumed", () -> options.listener().onResumed(session));
    outbox.scheduleDrain();
  }

  /** A call succeeded. */
  void succeeded(long id, CallResult result, long sequence, int bytes) throws ProtocolViolation {
    if (isNew(sequence)) {
      PendingCall call = unanswered().take(id);
      if (call != null) {
        call.complete(result);
      }
      answered(id, sequence, bytes);
    }
  }

  /** A call failed. */
  void failed(long id, MooringException problem, long sequence, int bytes)
      throws ProtocolViolation {
    if (isNew(sequence)) {
      PendingCall call = unanswered().take(id);
      if (call != null) {
        call.fail(problem);
      }
      answered(id, sequence, bytes);
    }
  }

  private void answered(long id, long sequence, int bytes) {
    if (progress != null) {
      progress.answered(id);
      heard(sequence, bytes);
      leaveIfNothingIsDue();
    }
  }

  /** The guest sent something. */
  void event(byte[] payload, long sequence, int bytes) throws ProtocolViolation {
    if (!isNew(sequence)) {
      return;
    }
    try {
      options.listener().onEvent(openSession(), payload);
    } catch (Throwable e) {
      listenerFailed("onEvent", e);
    }
    heard(sequence, bytes);
  }

  private boolean isNew(long sequence) throws ProtocolViolation {
    return progress == null || progress.isNew(sequence);
  }

  private void heard(long sequence, int bytes) {
    if (progress != null) {
      backOff.succeeded();
      if (progress.heard(sequence, bytes)) {
        submit(Acknowledgement.ACKNOWLEDGEMENT);
      }
    }
  }

  void pong(long token) throws ProtocolViolation {
    unanswered().pong(token);
  }

  /** The server ends the session soon, or, if it is kept, lets go of it. */
  void goAway(GoAwayReason reason, long lastId, String message) {
    LOG.log(Level.DEBUG, "{0}: the server goes away: {1}", this, reason);
    if (progress != null && reason == GoAwayReason.SERVER_SHUTDOWN) {
      isServerLeaving = true;
    } else {
      refuseAfter(lastId, reason, message);
    }
    tell("onGoAway", () -> options.listener().onGoAway(openSession(), reason, message));
  }

  private void refuseAfter(long lastId, GoAwayReason reason, String message) {
    MooringException refused =
        MooringException.local(
            ErrorCode.CALL_REFUSED,
            "the server ends this session (%s: %s)".formatted(reason, message),
            true);
    unanswered().goAway(lastId, refused);
    if (refusal == null) {
      refusal = refused;
    }
    window.close();
  }

  /** The server said goodbye: how that ends the connection. */
  SessionEnd closed(CloseReason reason) throws ProtocolViolation {
    boolean isServed = unanswered().isServed();
    return switch (reason) {
      case DETACHED -> CUT_SHORT;
      case CLIENT_CLOSED ->
          state == State.CLOSING && isServed ? new SessionEnd.Closed(reason) : CUT_SHORT;
      case GONE_AWAY -> {
        if (isServerLeaving) {
          yield Connection.lost("the server went away, as it had announced", null);
        }
        if (!isServed) {
          throw new ProtocolViolation("the server said goodbye before it had answered every call");
        }
        yield new SessionEnd.Closed(reason);
      }
    };
  }

  /** Whether the server has something to say: answers, or a goodbye, its own or to this side's. */
  boolean isOwed() {
    return isServerLeaving
        || state == State.CLOSING
        || (unanswered != null && !unanswered.isEmpty());
  }

  /** Nothing was heard for long: asks whether the server is there. */
  void askForSign() {
    submit(new PendingPing());
  }

  private Unanswered unanswered() {
    if (unanswered == null) {
      throw new AssertionError("there is no session in state " + state);
    }
    return unanswered;
  }

  private MooringSession openSession() {
    MooringSession session = facade;
    if (session == null) {
      throw new AssertionError("there is no session in state " + state);
    }
    return session;
  }

  // ---- the event loop: without a connection ----

  /** The connection has ended, or there was none. */
  void disconnected(SessionEnd how) {
    if (progress == null || !(how instanceof SessionEnd.Failed(MooringException why))) {
      end(how);
    } else if (Progress.survives(why)) {
      beAway(why);
    } else {
      end(state == State.AWAY ? notResumed(why) : how);
    }
  }

  private void beAway(MooringException why) {
    boolean wasHere = state != State.AWAY;
    if (wasHere) {
      if (state == State.CLOSING) {
        outbox.putBack(Goodbye.CLOSE);
      }
      isServerLeaving = false;
      unanswered().failPings(why);
      state(State.AWAY, why.toString());
      tell("onDisconnected", () -> options.listener().onDisconnected(openSession(), why));
      leaveIfNothingIsDue();
    }
    if (state == State.AWAY) {
      tryAgain(why, wasHere);
    }
  }

  private void tryAgain(MooringException why, boolean isFirst) {
    Duration delay = backOff.next(System.nanoTime());
    if (delay == null) {
      end(isFirst ? new SessionEnd.Failed(why) : gaveUp(why));
    } else {
      retryTimer = loop.schedule(this::reconnect, delay, this::loopEnded);
    }
  }

  private void reconnect() {
    connection = new Connection(this);
    connection.start();
    dialer.dial(connection);
  }

  private void loopEnded() {
    end(failed(ErrorCode.SESSION_CLOSED, "the session's event loop ended"));
  }

  /** What it means that the server doesn't go on with the session. */
  private SessionEnd notResumed(MooringException why) {
    boolean wasClosed =
        why.code() == ErrorCode.SESSION_NOT_FOUND
            && isCloseSaid
            && !unanswered().hasCalls()
            && outbox.isNext(Goodbye.CLOSE);
    if (wasClosed) {
      return new SessionEnd.Closed(CLIENT_CLOSED);
    }
    return new SessionEnd.Failed(
        why.code() == ErrorCode.INVALID_KEEP ? stateLost("it has said less", why) : why);
  }

  private SessionEnd gaveUp(MooringException why) {
    return Connection.lost(
        "the connection was lost, and not made again within %d ms: %s"
            .formatted(options.timeouts().reconnect().toMillis(), why.getMessage()),
        why);
  }

  private static MooringException stateLost(String how, @Nullable MooringException cause) {
    return new MooringException(
        ErrorCode.STATE_LOST,
        "the server goes on with an older state of the session than it had told of: " + how,
        false,
        false,
        null,
        0,
        cause);
  }

  // ---- the event loop: time, and the end ----

  /** Ends a session that is left: at once if it has no connection, and with a last word else. */
  private void leaveIfNothingIsDue() {
    if (progress == null || !isEverythingAnswered()) {
      return;
    }
    if (state == State.OPEN && isLeaving) {
      connection.write(progress().acknowledge());
      end(new SessionEnd.Closed(DETACHED));
    } else if (state == State.AWAY && (isLeaving || outbox.isNext(Goodbye.DETACH))) {
      end(new SessionEnd.Closed(DETACHED));
    }
  }

  /** Whether every call is that was ever written. */
  private boolean isEverythingAnswered() {
    return unanswered != null && !unanswered.hasCalls() && !outbox.hasPutBack();
  }

  private void closeTimedOut() {
    end(
        failed(
            ErrorCode.CONNECTION_LOST,
            "the session wasn't closed within %d ms"
                .formatted(options.timeouts().close().toMillis())));
  }

  private static SessionEnd failed(ErrorCode code, String why) {
    return new SessionEnd.Failed(MooringException.local(code, why, false));
  }

  /**
   * The one way to the end. Everybody who waits for something is told why; after an end in good
   * order that is what refused calls before it.
   */
  private void end(SessionEnd how) {
    assert loop.isHere();
    if (state == State.CLOSED) {
      return;
    }
    MooringException why = how instanceof SessionEnd.Failed(var error) ? error : refusal;
    if (why == null) {
      why = MooringException.local(ErrorCode.SESSION_CLOSED, "the server closed the session", true);
    }
    state(State.CLOSED, why.toString());
    refusal = why;
    Loop.cancel(closeTimer);
    Loop.cancel(retryTimer);
    var _ = connection.close("the session has ended");
    window.close();
    if (unanswered != null) {
      unanswered.failAll(why);
    }
    failOutbox();
    opening.completeExceptionally(why);
    MooringSession session = facade;
    if (session != null) {
      tell("onClosed", () -> options.listener().onClosed(session, how));
    }
    whenEnded.accept(this);
    ended.complete(how);
  }

  private void tell(String method, Runnable what) {
    try {
      what.run();
    } catch (Throwable e) {
      listenerFailed(method, e);
    }
  }

  private void listenerFailed(String method, Throwable failure) {
    LOG.log(Level.WARNING, method + " of the listener of " + this + " failed", failure);
  }

  private void state(State next, String reason) {
    LOG.log(Level.DEBUG, "{0}: {1} -> {2}: {3}", this, state, next, reason);
    state = next;
  }

  /** For the log. */
  @Override
  public String toString() {
    MooringSession session = facade;
    String module = options.resume() == null ? options.module() : "resumed";
    return session == null ? module : module + "/" + session.id();
  }
}
