package dev.mooring.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.jr.ob.JSON;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** What is answered to a request, but for a stream. */
@SuppressWarnings("ArrayRecordComponent") // Handed over, and not kept.
record Answer(HttpResponseStatus status, String type, byte[] body) {
  private static final String JSON_TYPE = "application/json";
  private static final String TEXT_TYPE = "text/plain; charset=utf-8";

  static Answer json(Object value) {
    return json(HttpResponseStatus.OK, value);
  }

  static Answer json(HttpResponseStatus status, Object value) {
    try {
      return new Answer(status, JSON_TYPE, JSON.std.asBytes(value));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Of maps and lists.
    }
  }

  static Answer text(String text) {
    return new Answer(HttpResponseStatus.OK, TEXT_TYPE, text.getBytes(UTF_8));
  }

  /** What was wrong, in JSON as all that the API says. */
  static Answer problem(HttpResponseStatus status, String message) {
    return json(status, Map.of("error", message));
  }
}
