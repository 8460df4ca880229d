package dev.mooring.admin;

import io.netty.handler.codec.http.HttpResponseStatus;

/** A request that can't be done as it is. Has no stack trace: it tells of the request. */
final class Problem extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient HttpResponseStatus status;

  Problem(HttpResponseStatus status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  static Problem badRequest(String message) {
    return new Problem(HttpResponseStatus.BAD_REQUEST, message);
  }

  static Problem notFound(String message) {
    return new Problem(HttpResponseStatus.NOT_FOUND, message);
  }

  Answer answer() {
    return Answer.problem(status, String.valueOf(getMessage()));
  }
}
