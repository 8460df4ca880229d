package dev.mooring.proto.frame;

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
    /** What stands where a length should isn't one, as its {@link LengthPrefix} has them. */
    MALFORMED_LENGTH,

    /** The length is a length, but above the maximum of this connection. */
    FRAME_TOO_LARGE
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
}
