package dev.mooring.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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
@SuppressWarnings("DoNotCallSuggester") // goes with the bodies
public final class MooringSession implements AutoCloseable {

  private MooringSession() {}

  /** The name of this session in the server's log. */
  public String id() {
    throw new UnsupportedOperationException("not built yet");
  }

  /** Which module runs: {@code sha256:HEX} of its bytes. */
  public String moduleDigest() {
    throw new UnsupportedOperationException("not built yet");
  }

  /** The functions that may be called. */
  public List<ExportedFunction> exports() {
    throw new UnsupportedOperationException("not built yet");
  }

  /** The function of that name, if it may be called. */
  public Optional<ExportedFunction> export(String name) {
    throw new UnsupportedOperationException("not built yet");
  }

  /** The limits in force. */
  public SessionLimits limits() {
    throw new UnsupportedOperationException("not built yet");
  }

  /** The server's name and version, for people. */
  public String server() {
    throw new UnsupportedOperationException("not built yet");
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
    throw new UnsupportedOperationException("not built yet");
  }

  /**
   * Makes a call if there is room for it; never waits.
   *
   * @return as for {@link #call(CallRequest)}, or null when too much is unanswered
   */
  public @Nullable CompletableFuture<CallResult> tryCall(CallRequest request) {
    throw new UnsupportedOperationException("not built yet");
  }

  /**
   * Asks the server for a sign of life. It doesn't wait behind calls in the server's queue.
   *
   * @return completes with the time until the answer came, or with a {@link MooringException}
   * @throws IllegalStateException when 64 such questions are unanswered already
   */
  public CompletableFuture<Duration> ping() {
    throw new UnsupportedOperationException("not built yet");
  }

  /** Whether calls can be made: the session has neither ended nor begun to close. */
  public boolean isOpen() {
    throw new UnsupportedOperationException("not built yet");
  }

  /**
   * Closes the session: calls made before are served, later ones fail with {@link
   * ErrorCode#SESSION_CLOSED}. Closing again changes nothing.
   *
   * @return as {@link #ended}
   */
  public CompletableFuture<SessionEnd> closeAsync() {
    throw new UnsupportedOperationException("not built yet");
  }

  /**
   * How the session ended, once it has.
   *
   * @return completes normally whichever way the session ends, after every call's future and after
   *     {@link SessionListener#onClosed}; a copy, which the caller may cancel
   */
  public CompletableFuture<SessionEnd> ended() {
    throw new UnsupportedOperationException("not built yet");
  }

  /**
   * As {@link #closeAsync}, and waits for the end, at most as long as {@link OpenOptions.Timeouts}
   * says; then the connection is cut. If the thread is interrupted the connection is cut at once,
   * and the interrupt flag set again. On an event loop of the client it doesn't wait.
   */
  @Override
  public void close() {
    throw new UnsupportedOperationException("not built yet");
  }
}
