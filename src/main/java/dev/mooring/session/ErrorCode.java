package dev.mooring.session;

/** Every error that a client can be told, by the number that it has on the wire. */
public enum ErrorCode {
  INTERNAL(100),
  MALFORMED_FRAME(101),
  FRAME_TOO_LARGE(102),
  MALFORMED_MESSAGE(103),
  NOT_OPEN(104),
  ALREADY_OPEN(105),
  INVALID_CALL_ID(106),
  FIRST_MESSAGE_TIMEOUT(107, true),
  FRAME_TIMEOUT(108, true),
  IDLE_TIMEOUT(109, true),
  WRITE_STALLED(110, true),
  RATE_EXCEEDED(111, true),
  SESSION_EXPIRED(112, true),
  SESSION_LOST(113),

  UNSUPPORTED_VERSION(200),
  MODULE_NOT_FOUND(201),
  MODULE_REFUSED(202),
  INVALID_CONFIG(203),
  UNKNOWN_CONFIG_KEY(204),
  UNAUTHENTICATED(205),
  PERMISSION_DENIED(206),
  SERVER_OVERLOADED(207, true),
  SHUTTING_DOWN(208, true),
  GUEST_OPEN_FAILED(209),

  FUNCTION_NOT_FOUND(300),
  INVALID_ARGUMENTS(301),
  GUEST_TRAP(302),
  GUEST_FAILED(303),
  GUEST_EXITED(304),
  DEADLINE_EXCEEDED(305, true),
  CANCELLED(306, true),
  OUTPUT_TOO_LARGE(307),
  TOO_MANY_EVENTS(308),
  CALL_REFUSED(309, true);

  /** What an error ends. */
  public enum Scope {
    CONNECTION,
    OPENING,
    CALL
  }

  private final int number;
  private final boolean retryable;

  ErrorCode(int number) {
    this(number, false);
  }

  ErrorCode(int number, boolean retryable) {
    this.number = number;
    this.retryable = retryable;
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
    return switch (number / 100) {
      case 1 -> Scope.CONNECTION;
      case 2 -> Scope.OPENING;
      default -> Scope.CALL;
    };
  }
}
