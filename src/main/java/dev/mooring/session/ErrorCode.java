package dev.mooring.session;

import org.jspecify.annotations.Nullable;

/** Every error that a client can be told, by the number that it has on the wire. */
public enum ErrorCode {
  INTERNAL(Scope.CONNECTION, 100),
  MALFORMED_FRAME(Scope.CONNECTION, 101),
  FRAME_TOO_LARGE(Scope.CONNECTION, 102),
  MALFORMED_MESSAGE(Scope.CONNECTION, 103),
  NOT_OPEN(Scope.CONNECTION, 104),
  ALREADY_OPEN(Scope.CONNECTION, 105),
  INVALID_CALL_ID(Scope.CONNECTION, 106),
  FIRST_MESSAGE_TIMEOUT(Scope.CONNECTION, 107, true),
  FRAME_TIMEOUT(Scope.CONNECTION, 108, true),
  IDLE_TIMEOUT(Scope.CONNECTION, 109, true),
  WRITE_STALLED(Scope.CONNECTION, 110, true),
  RATE_EXCEEDED(Scope.CONNECTION, 111, true),
  SESSION_EXPIRED(Scope.CONNECTION, 112, true),
  SESSION_LOST(Scope.CONNECTION, 113),
  SESSION_TAKEN(Scope.CONNECTION, 114),
  STORE_FAILED(Scope.CONNECTION, 115, true),

  UNSUPPORTED_VERSION(Scope.OPENING, 200),
  MODULE_NOT_FOUND(Scope.OPENING, 201),
  MODULE_REFUSED(Scope.OPENING, 202),
  INVALID_CONFIG(Scope.OPENING, 203),
  UNKNOWN_CONFIG_KEY(Scope.OPENING, 204),
  UNAUTHENTICATED(Scope.OPENING, 205),
  PERMISSION_DENIED(Scope.OPENING, 206),
  SERVER_OVERLOADED(Scope.OPENING, 207, true),
  SHUTTING_DOWN(Scope.OPENING, 208, true),
  GUEST_OPEN_FAILED(Scope.OPENING, 209),
  SESSION_NOT_FOUND(Scope.OPENING, 210),
  SESSION_EXISTS(Scope.OPENING, 211),
  MODULE_MISMATCH(Scope.OPENING, 212),
  INVALID_KEEP(Scope.OPENING, 213),
  DURABILITY_UNAVAILABLE(Scope.OPENING, 214),

  FUNCTION_NOT_FOUND(Scope.CALL, 300),
  INVALID_ARGUMENTS(Scope.CALL, 301),
  GUEST_TRAP(Scope.CALL, 302),
  GUEST_FAILED(Scope.CALL, 303),
  GUEST_EXITED(Scope.CALL, 304),
  DEADLINE_EXCEEDED(Scope.CALL, 305, true),
  CANCELLED(Scope.CALL, 306, true),
  OUTPUT_TOO_LARGE(Scope.CALL, 307),
  TOO_MANY_EVENTS(Scope.CALL, 308),
  CALL_REFUSED(Scope.CALL, 309, true);

  /** Whether a kept session stays when its connection ends with this error. */
  boolean letsSessionStay() {
    return scope == Scope.CONNECTION
        && this != INTERNAL
        && this != SESSION_EXPIRED
        && this != SESSION_LOST;
  }

  /** What an error ends. */
  public enum Scope {
    CONNECTION,
    OPENING,
    CALL
  }

  private final Scope scope;
  private final int number;
  private final boolean retryable;

  ErrorCode(Scope scope, int number) {
    this(scope, number, false);
  }

  ErrorCode(Scope scope, int number, boolean retryable) {
    this.scope = scope;
    this.number = number;
    this.retryable = retryable;
  }

  /** The code of a number; null if there is none. */
  static @Nullable ErrorCode of(int number) {
    for (ErrorCode code : values()) {
      if (code.number == number) {
        return code;
      }
    }
    return null;
  }

  /** The number on the wire; its hundreds say the scope. */
  public int number() {
    return number;
  }

  /** Whether the same request may succeed later, or on another connection. */
  public boolean retryable() {
    return retryable;
  }

  public Scope scope() {
    return scope;
  }
}
