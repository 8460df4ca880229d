package dev.mooring.client;

import org.jspecify.annotations.Nullable;

/**
 * Everything that can go wrong between this client and a server; the cause of the {@link
 * java.util.concurrent.ExecutionException} that a future's {@code get} throws. Immutable, for any
 * thread.
 *
 * <p>It has no stack trace of its own making to show: it is made on an event loop, far from whoever
 * asked. The message is for people and says what was wrong and what was expected.
 */
public final class MooringException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final boolean retryable;
  private final boolean fromServer;
  private final @Nullable TrapKind trap;
  private final long callId;

  MooringException(
      ErrorCode code,
      String message,
      boolean retryable,
      boolean fromServer,
      @Nullable TrapKind trap,
      long callId,
      @Nullable Throwable cause) {
    super(code + ": " + message, cause, false, false);
    this.code = code;
    this.retryable = retryable;
    this.fromServer = fromServer;
    this.trap = trap;
    this.callId = callId;
  }

  /** An error that this client found. */
  static MooringException local(ErrorCode code, String message, boolean retryable) {
    return new MooringException(code, message, retryable, false, null, 0, null);
  }

  static MooringException local(
      ErrorCode code, String message, boolean retryable, Throwable cause) {
    return new MooringException(code, message, retryable, false, null, 0, cause);
  }

  /** What went wrong. */
  public ErrorCode code() {
    return code;
  }

  /** Whether the same request may succeed later, or on another connection, as it is. */
  public boolean retryable() {
    return retryable;
  }

  /** Whether the server said so; otherwise this client found out itself. */
  public boolean fromServer() {
    return fromServer;
  }

  /** Why WebAssembly stopped the guest, where the server said that it did. */
  public @Nullable TrapKind trap() {
    return trap;
  }

  /** The protocol's id of the call that failed, to find it in the server's log; 0 when none did. */
  public long callId() {
    return callId;
  }
}
