package dev.mooring.transport.wire.websocket;

import dev.mooring.session.EndReason;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * What HTTP is answered that becomes no WebSocket: a status and a line for people. The connection
 * ends with it.
 *
 * @param header one that this status wants, with its end of line; or empty
 */
record HttpAnswer(HttpResponseStatus status, String header, String text) {
  HttpAnswer(HttpResponseStatus status, String text) {
    this(status, "", text);
  }

  /** What becomes of a connection that ends before it was a WebSocket. */
  static HttpAnswer of(EndReason ending) {
    return ending instanceof EndReason.Failed(Problem problem)
        ? new HttpAnswer(status(problem.code()), problem.code() + ": " + problem.message())
        : new HttpAnswer(HttpResponseStatus.BAD_REQUEST, "the request ended before it was whole");
  }

  private static HttpResponseStatus status(ErrorCode code) {
    return switch (code) {
      case FIRST_MESSAGE_TIMEOUT -> HttpResponseStatus.REQUEST_TIMEOUT;
      case SERVER_OVERLOADED, SHUTTING_DOWN -> HttpResponseStatus.SERVICE_UNAVAILABLE;
      case RATE_EXCEEDED -> HttpResponseStatus.TOO_MANY_REQUESTS;
      case INTERNAL -> HttpResponseStatus.INTERNAL_SERVER_ERROR;
      default -> HttpResponseStatus.BAD_REQUEST;
    };
  }

  /** Appends it; without its text for those who asked for the head alone. */
  void write(ByteBuf out, boolean headOnly) {
    String line = text + "\r\n";
    ByteBufUtil.writeUtf8(
        out,
        "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"
                .formatted(status, ByteBufUtil.utf8Bytes(line))
            + header
            + "Connection: close\r\n\r\n"
            + (headOnly ? "" : line));
  }
}
