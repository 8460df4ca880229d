package dev.mooring.proto.frame;

/**
 * The user event that {@link FrameDecoder} fires once, after the last frame, when the peer has
 * ended its side of the connection while ours is still open (half-close).
 *
 * <p>While the decoder is paused the event waits behind the frames that it holds back. It isn't
 * fired when the channel goes inactive: then nobody is left to answer, and {@link
 * FrameDecoder#hasPartialFrame()} tells how it ended.
 */
public enum EndOfInput {
  /** After a whole frame, or before the first: a clean end. */
  BETWEEN_FRAMES,

  /** In the middle of a frame, which will never be whole. */
  WITHIN_FRAME
}
