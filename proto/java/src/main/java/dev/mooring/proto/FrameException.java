package dev.mooring.proto;

import dev.mooring.proto.v1.ErrorCode;

/**
 * The peer's bytes are not frames, and where the next frame would begin can't be known any more.
 * Its message says what came and what was expected, and may be sent to the peer.
 *
 * <p>Has no stack trace: it tells of the peer's bytes, not of our code, and a stranger can cause as
 * many as they like.
 */
public final class FrameException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What was wrong with a frame. */
  public enum Kind {
    /**
     * The length is longer than five bytes, isn't written in as few bytes as it needs, or exceeds
     * 2<sup>31</sup>-1.
     */
    MALFORMED_LENGTH(ErrorCode.MALFORMED_FRAME),

    /** The length is a length, but above the maximum of this connection. */
    FRAME_TOO_LARGE(ErrorCode.FRAME_TOO_LARGE);

    private final ErrorCode code;

    Kind(ErrorCode code) {
      this.code = code;
    }
  }

  private final Kind kind;

  FrameException(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  /** What was wrong. */
  public Kind kind() {
    return kind;
  }

  /** The protocol's code for it; its scope is the connection. */
  public ErrorCode code() {
    return kind.code;
  }
}
