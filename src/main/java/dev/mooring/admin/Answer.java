package dev.mooring.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;

/** What is answered to a request, but for a stream. */
@SuppressWarnings("ArrayRecordComponent") // Handed over, and not kept.
record Answer(HttpResponseStatus status, String type, byte[] body) {
  private static final String JSON_TYPE = "application/json";

  static Answer json(Object value) {
    return json(HttpResponseStatus.OK, value);
  }

  static Answer json(HttpResponseStatus status, Object value) {
    return new Answer(status, JSON_TYPE, Json.text(value).getBytes(UTF_8));
  }

  /** What was wrong, in JSON as all that the API says. */
  static Answer problem(HttpResponseStatus status, String message) {
    return json(status, Map.of("error", message));
  }
}
