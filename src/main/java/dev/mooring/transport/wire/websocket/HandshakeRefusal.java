package dev.mooring.transport.wire.websocket;

import dev.mooring.transport.admission.RejectReason;

/**
 * A request that becomes no WebSocket. Has no stack trace: it tells of the client's request, not of
 * our code, and a stranger can cause as many as they like.
 */
final class HandshakeRefusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient HttpAnswer answer;
  private final RejectReason reason;

  HandshakeRefusal(HttpAnswer answer, RejectReason reason) {
    super(answer.text(), null, false, false);
    this.answer = answer;
    this.reason = reason;
  }

  HttpAnswer answer() {
    return answer;
  }

  /** What it counts as. */
  RejectReason reason() {
    return reason;
  }
}
