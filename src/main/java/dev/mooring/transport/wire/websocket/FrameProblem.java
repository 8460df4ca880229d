package dev.mooring.transport.wire.websocket;

import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import io.netty.handler.codec.DecoderException;

/**
 * Frames that are as WebSocket has them, and not as we do. Has no stack trace: it tells of the
 * client's bytes.
 */
final class FrameProblem extends DecoderException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  FrameProblem(ErrorCode code, String message) {
    super(message);
    this.code = code;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }

  Problem problem() {
    return new Problem(code, String.valueOf(getMessage()));
  }
}
