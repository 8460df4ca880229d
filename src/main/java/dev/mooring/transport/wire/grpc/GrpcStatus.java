package dev.mooring.transport.wire.grpc;

import dev.mooring.session.EndReason;
import dev.mooring.session.ErrorCode;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;

/**
 * How a gRPC call ended, by gRPC's numbers, and which of them our own endings have. Whoever wants
 * to know more reads the stream's last message.
 *
 * <p>Any thread.
 */
enum GrpcStatus {
  OK(0),
  UNKNOWN(2),
  INVALID_ARGUMENT(3),
  DEADLINE_EXCEEDED(4),
  NOT_FOUND(5),
  ALREADY_EXISTS(6),
  PERMISSION_DENIED(7),
  RESOURCE_EXHAUSTED(8),
  FAILED_PRECONDITION(9),
  ABORTED(10),
  UNIMPLEMENTED(12),
  INTERNAL(13),
  UNAVAILABLE(14),
  DATA_LOSS(15),
  UNAUTHENTICATED(16);

  /** So much of a message is a trailer: clients bound their headers, and the rest was said. */
  private static final int MOST_MESSAGE_BYTES = 1_024;

  private final int code;

  GrpcStatus(int code) {
    this.code = code;
  }

  /** The number, which is closed and gRPC's. */
  int code() {
    return code;
  }

  /** The number as a header has it. */
  AsciiString text() {
    return AsciiString.of(String.valueOf(code));
  }

  /** Of an ending after which its client's stream is ended, too. */
  static GrpcStatus of(EndReason ending) {
    return switch (ending) {
      case EndReason.ClientClosed closed -> OK;
      case EndReason.Detached detached -> OK;
      // Its client asked for no end, and is to go on elsewhere.
      case EndReason.GoneAway gone -> UNAVAILABLE;
      case EndReason.Disconnected gone -> UNAVAILABLE;
      case EndReason.Failed(var problem) -> of(problem.code());
    };
  }

  /** Of an error; those of calls end no stream. */
  static GrpcStatus of(ErrorCode code) {
    return switch (code) {
      case INTERNAL, MALFORMED_FRAME -> INTERNAL;
      case FRAME_TOO_LARGE, RATE_EXCEEDED, SERVER_OVERLOADED -> RESOURCE_EXHAUSTED;
      case MALFORMED_MESSAGE, INVALID_CALL_ID, INVALID_CONFIG, UNKNOWN_CONFIG_KEY, INVALID_KEEP ->
          INVALID_ARGUMENT;
      case NOT_OPEN, ALREADY_OPEN, MODULE_REFUSED, MODULE_MISMATCH, DURABILITY_UNAVAILABLE ->
          FAILED_PRECONDITION;
      case FIRST_MESSAGE_TIMEOUT,
          FRAME_TIMEOUT,
          IDLE_TIMEOUT,
          WRITE_STALLED,
          SESSION_EXPIRED,
          SESSION_TAKEN ->
          ABORTED;
      case SESSION_LOST -> DATA_LOSS;
      case STORE_FAILED, SHUTTING_DOWN -> UNAVAILABLE;
      case UNSUPPORTED_VERSION -> UNIMPLEMENTED;
      case MODULE_NOT_FOUND, SESSION_NOT_FOUND -> NOT_FOUND;
      case UNAUTHENTICATED -> UNAUTHENTICATED;
      case PERMISSION_DENIED -> PERMISSION_DENIED;
      case SESSION_EXISTS -> ALREADY_EXISTS;
      case GUEST_OPEN_FAILED -> UNKNOWN;
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
          UNKNOWN;
    };
  }

  /** What is said of an ending beside its number; empty if nothing is. */
  static String message(EndReason ending) {
    return switch (ending) {
      case EndReason.Failed(var problem) -> problem.code() + ": " + problem.message();
      case EndReason.GoneAway gone -> "GONE_AWAY";
      default -> "";
    };
  }

  /** A text as {@code grpc-message} has it: what isn't printable ASCII is in per cent. */
  static String encoded(String message) {
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    var text = new StringBuilder(bytes.length);
    for (int i = 0; i < bytes.length && text.length() < MOST_MESSAGE_BYTES; i++) {
      byte one = bytes[i];
      if (one >= ' ' && one <= '~' && one != '%') {
        text.append((char) one);
      } else {
        text.append('%').append("%02X".formatted(one & 0xFF));
      }
    }
    return text.toString();
  }
}
