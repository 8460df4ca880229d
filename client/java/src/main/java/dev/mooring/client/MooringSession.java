package dev.mooring.client;

import dev.mooring.client.Outgoing.Goodbye;
import dev.mooring.client.Outgoing.PendingCall;
import dev.mooring.client.Outgoing.PendingPing;
import dev.mooring.proto.v1.Opened;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One open session: an instance of a module at the server, which keeps its state for as long as the
 * session lives, and which nobody else can call. Every method may be used from any thread.
 *
 * <p><b>Order.</b> Calls run in the order in which they were made, one at a time, and are answered
 * in that order; calls of one thread are made in its order. Calls needn't wait for each other's
 * answers.
 *
 * <p><b>Futures</b> complete on the session's event loop. What is chained to them without an
 * executor runs there and must not block, least of all on another future of this client. Cancelling
 * a call's future asks the server to take the call out of its queue; if it runs already, it runs to
 * its end, and nobody hears of it.
 *
 * <p><b>Back-pressure.</b> At most {@link OpenOptions.InFlight} is unanswered at any time; {@code
 * call} waits for room. A call's room is free again when the server has answered it, even if its
 * future was completed before by a timeout or by cancelling.
 *
 * <p><b>Kept sessions</b> ({@link OpenOptions#withKeep}) go on when their connection is lost: the
 * client makes another by itself, the futures of calls complete as if nothing had happened, each
 * call having run once, and calls may be made all the while. A call's timeout runs on meanwhile.
 * What the program hears of it are {@link SessionListener#onDisconnected} and {@link
 * SessionListener#onResumed}. If there is no other connection in time, everything fails with {@link
 * ErrorCode#CONNECTION_LOST}, and the session may be there yet. {@link #close} ends such a session
 * for good; {@link #detach} leaves it at the server, where {@link #token} finds it again.
 */
public final class MooringSession implements AutoCloseable {
  /** How much longer than the server we wait for a call with a timeout, so that its word counts. */
  static final Duration ANSWER_GRACE = Duration.ofMillis(100);

  private final Session session;
  private final CallWindow window;
  private final AtomicInteger pingsAsked = new AtomicInteger();
  private final String id;
  private final String moduleDigest;
  private final List<ExportedFunction> exports;
  private final Map<String, ExportedFunction> byName;
  private final SessionLimits limits;
  private final String server;
  private final @Nullable Keep keep;
  private final boolean resumed;
  private final long committedId;

  /** The session that the server says it has opened. */
  MooringSession(Session session, Opened opened) throws ProtocolViolation {
    this.session = session;
    this.window = session.window();
    this.id = opened.getSessionId();
    this.moduleDigest = opened.getModuleDigest();
    this.exports = Translation.exports(opened);
    this.byName =
        exports.stream()
            .collect(Collectors.toUnmodifiableMap(ExportedFunction::name, f -> f, (f, _) -> f));
    this.limits = Translation.limits(opened.getLimits());
    this.server = opened.getServer();
    this.keep = opened.hasKept() ? Translation.keep(opened.getKept()) : null;
    this.resumed = opened.getKept().getResumed();
    this.committedId = opened.getKept().getCommittedId();
  }

  /** Whether the server goes on with this instance, as far as it says. */
  boolean isOf(Opened opened) throws ProtocolViolation {
    return moduleDigest.equals(opened.getModuleDigest())
        && exports.equals(Translation.exports(opened));
  }

  /** The name of this session in the server's log. */
  public String id() {
    return id;
  }

  /** Which module runs: {@code sha256:HEX} of its bytes. */
  public String moduleDigest() {
    return moduleDigest;
  }

  /** The functions that may be called. */
  public List<ExportedFunction> exports() {
    return exports;
  }

  /** The function of that name, if it may be called. */
  public Optional<ExportedFunction> export(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** The limits in force. */
  public SessionLimits limits() {
    return limits;
  }

  /** The server's name and version, for people. */
  public String server() {
    return server;
  }

  /** How the session is kept, as the server granted it; empty if it ends with its session. */
  public Optional<Keep> keep() {
    return Optional.ofNullable(keep);
  }

  /**
   * Whether the session was there before it was opened here, by its name or by a token. That its
   * connection was lost and made again since doesn't count.
   */
  public boolean isResumed() {
    return resumed;
  }

  /**
   * The protocol's id of the last call that was over when the session was opened here; unsigned,
   * and 0 if there was none. The ids of calls that are made here begin above it.
   */
  public long committedId() {
    return committedId;
  }

  /**
   * With which the session can be gone on with: a secret, for {@link
   * OpenOptions#resume(SessionToken, long)}.
   *
   * @throws IllegalStateException when the session isn't kept
   */
  public SessionToken token() {
    return session.progress().token();
  }

  /**
   * The sequence up to which all that the session has said was heard: answers, and events, whose
   * listener has returned; for {@link OpenOptions#resume(SessionToken, long)}. Exact once the
   * session has ended here.
   *
   * @throws IllegalStateException when the session isn't kept
   */
  public long received() {
    return session.progress().received();
  }

  /**
   * Calls a function with typed arguments; otherwise as {@link #call(CallRequest)}.
   *
   * @param arguments in the order of the function's signature
   */
  public CompletableFuture<CallResult> call(String function, Value... arguments) {
    return call(CallRequest.of(function).withArguments(arguments));
  }

  /**
   * Calls a function with bytes for it to read; otherwise as {@link #call(CallRequest)}.
   *
   * @param input copied before this method returns
   */
  public CompletableFuture<CallResult> call(String function, byte[] input) {
    return call(CallRequest.of(function).withInput(input));
  }

  /**
   * Makes a call, after waiting for room if too much is unanswered. While it waits, the thread may
   * be interrupted: the call isn't made then, the future is cancelled, and the thread's interrupt
   * flag is set again.
   *
   * @return completes with what the function returned and wrote, or with a {@link
   *     MooringException}; never left incomplete when the session ends
   * @throws IllegalStateException when there is no room, on an event loop of the client, which must
   *     not wait: use {@link #tryCall} there
   */
  public CompletableFuture<CallResult> call(CallRequest request) {
    MooringException refused = session.refusal();
    if (refused != null) {
      return CompletableFuture.failedFuture(refused);
    }
    CallRequest traced = traced(request);
    if (!window.tryAcquireInTurn(request.inputLength())) {
      CompletableFuture<CallResult> instead = waitForRoom(request);
      if (instead != null) {
        return instead;
      }
    }
    return send(traced);
  }

  /**
   * Makes a call if there is room for it; never waits.
   *
   * @return as for {@link #call(CallRequest)}, or null when too much is unanswered
   */
  public @Nullable CompletableFuture<CallResult> tryCall(CallRequest request) {
    MooringException refused = session.refusal();
    if (refused != null) {
      return CompletableFuture.failedFuture(refused);
    }
    CallRequest traced = traced(request);
    return window.tryAcquire(request.inputLength()) ? send(traced) : null;
  }

  /** What is thrown here is thrown before the call has its room. */
  private CallRequest traced(CallRequest request) {
    String traceparent =
        request.traceparent().isEmpty() ? session.options().traceparent().get() : "";
    return traceparent.isEmpty() ? request : request.withTraceparent(traceparent);
  }

  /**
   * Asks the server for a sign of life. The server answers as soon as it reads the question, ahead
   * of calls in its queue; but it doesn't read on while that queue is full or a guest is running.
   *
   * @return completes with the time until the answer came, or with a {@link MooringException}
   * @throws IllegalStateException when 64 such questions are unanswered already
   */
  public CompletableFuture<Duration> ping() {
    if (pingsAsked.incrementAndGet() > Session.MAX_PINGS) {
      pingsAsked.decrementAndGet();
      throw new IllegalStateException(Session.MAX_PINGS + " pings are unanswered already");
    }
    var ping = new PendingPing();
    var _ = ping.whenComplete((_, _) -> pingsAsked.decrementAndGet());
    session.submit(ping);
    return ping.copy();
  }

  /** Whether calls can be made: the session has neither ended nor begun to close. */
  public boolean isOpen() {
    return session.refusal() == null;
  }

  /**
   * Closes the session, also one that is kept: calls made before are served, later ones fail with
   * {@link ErrorCode#SESSION_CLOSED}. Closing again changes nothing. If its connection is lost, and
   * not made again before the close timeout is over, the session ends as one that failed, and may
   * be there yet.
   *
   * @return as {@link #ended}
   */
  public CompletableFuture<SessionEnd> closeAsync() {
    return session.leave(Goodbye.CLOSE);
  }

  /**
   * Leaves a kept session, which stays at the server: calls made before are served, later ones fail
   * with {@link ErrorCode#SESSION_CLOSED}; then the connection ends, with {@link
   * CloseReason#DETACHED}. From then on {@link #token} and {@link #received} say where to go on.
   * After this, closing changes nothing.
   *
   * @return as {@link #ended}
   * @throws IllegalStateException when the session isn't kept
   */
  public CompletableFuture<SessionEnd> detachAsync() {
    session.progress();
    return session.leave(Goodbye.DETACH);
  }

  /**
   * As {@link #detachAsync}, and waits as {@link #close} does.
   *
   * @throws IllegalStateException when the session isn't kept
   */
  public void detach() {
    var _ = detachAsync();
    awaitEnd();
  }

  /**
   * How the session ended, once it has.
   *
   * @return completes normally whichever way the session ends, after every call's future and after
   *     {@link SessionListener#onClosed}; a copy, which the caller may cancel
   */
  public CompletableFuture<SessionEnd> ended() {
    return session.ended();
  }

  /**
   * As {@link #closeAsync}, and waits for the end, at most as long as {@link OpenOptions.Timeouts}
   * says; then the connection is cut. If the thread is interrupted the connection is cut at once,
   * and the interrupt flag set again. On an event loop of the client it doesn't wait.
   */
  @Override
  public void close() {
    var _ = closeAsync();
    awaitEnd();
  }

  private void awaitEnd() {
    if (!session.loop().isClientHere()) {
      session.awaitEnd();
    }
  }

  /** Null when there is room now; otherwise the future that the caller gets instead. */
  private @Nullable CompletableFuture<CallResult> waitForRoom(CallRequest request) {
    int bytes = request.inputLength();
    if (session.loop().isClientHere()) {
      if (window.tryAcquire(bytes)) {
        return null;
      }
      throw new IllegalStateException(
          "as much is unanswered as may be (%s), and an event loop must not wait: use tryCall"
              .formatted(session.options().inFlight()));
    }
    try {
      if (window.acquire(bytes)) {
        return null;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      var cancelled = new CompletableFuture<CallResult>();
      cancelled.cancel(false);
      return cancelled;
    }
    MooringException refused = session.refusal();
    if (refused == null) {
      throw new AssertionError("the window is closed while calls are taken");
    }
    return CompletableFuture.failedFuture(refused);
  }

  /** Sends a call that has its room. */
  private CompletableFuture<CallResult> send(CallRequest request) {
    ExportedFunction function = byName.get(request.function());
    var call = new PendingCall(session, request, function == null ? -1 : function.index());
    if (!request.timeout().isZero()) {
      call.timer = session.loop().schedule(call, request.timeout().plus(ANSWER_GRACE));
    }
    session.submit(call);
    return call;
  }

  @Override
  public String toString() {
    return "MooringSession[" + session + "]";
  }
}
