package dev.mooring.transport.wire.websocket;

import dev.mooring.session.EndReason;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The codes with which the server closes, for clients that look no further: what it was is said in
 * the message before. PROTOCOL.md has the table.
 */
final class CloseCode {
  static final int NORMAL = 1000;
  static final int GOING_AWAY = 1001;
  static final int PROTOCOL = 1002;
  static final int UNACCEPTABLE = 1003;
  static final int POLICY = 1008;
  static final int TOO_LARGE = 1009;
  static final int FAILED = 1011;
  static final int TRY_LATER = 1013;

  /** What a close has room for beside its code. */
  static final int MOST_REASON_BYTES = ServerFrames.MOST_CONTROL_BYTES - Short.BYTES;

  private CloseCode() {}

  static int of(EndReason ending) {
    return switch (ending) {
      case EndReason.ClientClosed closed -> NORMAL;
      case EndReason.Detached detached -> NORMAL;
      case EndReason.Disconnected gone -> NORMAL;
      case EndReason.GoneAway gone -> GOING_AWAY;
      case EndReason.Failed(Problem problem) -> of(problem.code());
    };
  }

  static int of(ErrorCode code) {
    return switch (code) {
      case MALFORMED_FRAME, NOT_OPEN, ALREADY_OPEN, INVALID_CALL_ID, UNSUPPORTED_VERSION ->
          PROTOCOL;
      case MALFORMED_MESSAGE -> UNACCEPTABLE;
      case FRAME_TOO_LARGE -> TOO_LARGE;
      case SESSION_EXPIRED, SHUTTING_DOWN -> GOING_AWAY;
      case RATE_EXCEEDED, SERVER_OVERLOADED -> TRY_LATER;
      case INTERNAL, SESSION_LOST, STORE_FAILED, GUEST_OPEN_FAILED -> FAILED;
      case FIRST_MESSAGE_TIMEOUT,
          FRAME_TIMEOUT,
          IDLE_TIMEOUT,
          WRITE_STALLED,
          SESSION_TAKEN,
          MODULE_NOT_FOUND,
          MODULE_REFUSED,
          INVALID_CONFIG,
          UNKNOWN_CONFIG_KEY,
          UNAUTHENTICATED,
          PERMISSION_DENIED,
          SESSION_NOT_FOUND,
          SESSION_EXISTS,
          MODULE_MISMATCH,
          INVALID_KEEP,
          DURABILITY_UNAVAILABLE ->
          POLICY;
      case FUNCTION_NOT_FOUND,
          INVALID_ARGUMENTS,
          GUEST_TRAP,
          GUEST_FAILED,
          GUEST_EXITED,
          DEADLINE_EXCEEDED,
          CANCELLED,
          OUTPUT_TOO_LARGE,
          TOO_MANY_EVENTS,
          CALL_REFUSED ->
          throw new IllegalArgumentException(code + " ends a call, not a connection");
    };
  }

  /** Why, in UTF-8: the ending's name, and what was said of it as far as there is room. */
  static byte[] reason(EndReason ending) {
    String text =
        ending instanceof EndReason.Failed(Problem problem)
            ? ending.name() + ": " + problem.message()
            : ending.name();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= MOST_REASON_BYTES) {
      return bytes;
    }
    int end = MOST_REASON_BYTES;
    while ((bytes[end] & 0xC0) == 0x80) { // Not within a character.
      end--;
    }
    return Arrays.copyOf(bytes, end);
  }
}
