package dev.mooring.client;

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
 */
public final class MooringSession implements AutoCloseable {
  /** How much longer than the server we wait for a call with a timeout, so that its word counts. */
  static final Duration ANSWER_GRACE = Duration.ofMillis(100);

  private final Connection connection;
  private final CallWindow window;
  private final AtomicInteger pingsAsked = new AtomicInteger();
  private final String id;
  private final String moduleDigest;
  private final List<ExportedFunction> exports;
  private final Map<String, ExportedFunction> byName;
  private final SessionLimits limits;
  private final String server;

  /** The session that the server says it has opened. */
  MooringSession(Connection connection, Opened opened) throws ProtocolViolation {
    this.connection = connection;
    this.window = connection.window();
    this.id = opened.getSessionId();
    this.moduleDigest = opened.getModuleDigest();
    this.exports = Translation.exports(opened);
    this.byName =
        exports.stream()
            .collect(Collectors.toUnmodifiableMap(ExportedFunction::name, f -> f, (f, _) -> f));
    this.limits = Translation.limits(opened.getLimits());
    this.server = opened.getServer();
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
    MooringException refused = connection.refusal();
    if (refused != null) {
      return CompletableFuture.failedFuture(refused);
    }
    if (!window.tryAcquireInTurn(request.inputLength())) {
      CompletableFuture<CallResult> instead = waitForRoom(request);
      if (instead != null) {
        return instead;
      }
    }
    return send(request);
  }

  /**
   * Makes a call if there is room for it; never waits.
   *
   * @return as for {@link #call(CallRequest)}, or null when too much is unanswered
   */
  public @Nullable CompletableFuture<CallResult> tryCall(CallRequest request) {
    MooringException refused = connection.refusal();
    if (refused != null) {
      return CompletableFuture.failedFuture(refused);
    }
    return window.tryAcquire(request.inputLength()) ? send(request) : null;
  }

  /**
   * Asks the server for a sign of life. The server answers as soon as it reads the question, ahead
   * of calls in its queue; but it doesn't read on while that queue is full or a guest is running.
   *
   * @return completes with the time until the answer came, or with a {@link MooringException}
   * @throws IllegalStateException when 64 such questions are unanswered already
   */
  public CompletableFuture<Duration> ping() {
    if (pingsAsked.incrementAndGet() > Connection.MAX_PINGS) {
      pingsAsked.decrementAndGet();
      throw new IllegalStateException(Connection.MAX_PINGS + " pings are unanswered already");
    }
    var ping = new PendingPing();
    var _ = ping.whenComplete((_, _) -> pingsAsked.decrementAndGet());
    connection.submit(ping);
    return ping.copy();
  }

  /** Whether calls can be made: the session has neither ended nor begun to close. */
  public boolean isOpen() {
    return connection.refusal() == null;
  }

  /**
   * Closes the session: calls made before are served, later ones fail with {@link
   * ErrorCode#SESSION_CLOSED}. Closing again changes nothing.
   *
   * @return as {@link #ended}
   */
  public CompletableFuture<SessionEnd> closeAsync() {
    return connection.closeAsync();
  }

  /**
   * How the session ended, once it has.
   *
   * @return completes normally whichever way the session ends, after every call's future and after
   *     {@link SessionListener#onClosed}; a copy, which the caller may cancel
   */
  public CompletableFuture<SessionEnd> ended() {
    return connection.ended();
  }

  /**
   * As {@link #closeAsync}, and waits for the end, at most as long as {@link OpenOptions.Timeouts}
   * says; then the connection is cut. If the thread is interrupted the connection is cut at once,
   * and the interrupt flag set again. On an event loop of the client it doesn't wait.
   */
  @Override
  public void close() {
    var _ = connection.closeAsync();
    if (!connection.loop().isClientHere()) {
      connection.awaitEnd();
    }
  }

  /** Null when there is room now; otherwise the future that the caller gets instead. */
  private @Nullable CompletableFuture<CallResult> waitForRoom(CallRequest request) {
    int bytes = request.inputLength();
    if (connection.loop().isClientHere()) {
      if (window.tryAcquire(bytes)) {
        return null;
      }
      throw new IllegalStateException(
          "as much is unanswered as may be (%s), and an event loop must not wait: use tryCall"
              .formatted(connection.options().inFlight()));
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
    MooringException refused = connection.refusal();
    if (refused == null) {
      throw new AssertionError("the window is closed while calls are taken");
    }
    return CompletableFuture.failedFuture(refused);
  }

  /** Sends a call that has its room. */
  private CompletableFuture<CallResult> send(CallRequest request) {
    ExportedFunction function = byName.get(request.function());
    var call = new PendingCall(connection, request, function == null ? -1 : function.index());
    if (!request.timeout().isZero()) {
      call.timer = connection.loop().schedule(call, request.timeout().plus(ANSWER_GRACE));
    }
    connection.submit(call);
    return call;
  }

  @Override
  public String toString() {
    return "MooringSession[" + connection + "]";
  }
}
