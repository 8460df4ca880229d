package dev.mooring.proto;

import dev.mooring.proto.frame.FrameException;

/**
 * A frame's body is not a message of this protocol, or breaks one of its bounds. Its message says
 * what came and what was expected, and may be sent to the peer with {@code MALFORMED_MESSAGE}.
 *
 * <p>Has no stack trace, for the same reason as {@link FrameException}.
 */
public final class MessageException extends Exception {
  private static final long serialVersionUID = 1L;

  MessageException(String message) {
    super(message, null, false, false);
  }
}
