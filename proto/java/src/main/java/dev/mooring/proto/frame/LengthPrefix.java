package dev.mooring.proto.frame;

import io.netty.buffer.ByteBuf;

/**
 * How a protocol writes a frame's length in front of its body.
 *
 * <p>Any thread; no state.
 */
public interface LengthPrefix {
  /** What {@link #peek} answers when the length is not whole yet. */
  long INCOMPLETE = -1;

  /** What {@link #peek} answers, or any number below it, when what came is no length. */
  long MALFORMED = -2;

  /**
   * Looks at the length of the frame that begins at {@code in}'s reader index, and moves nothing.
   *
   * @return {@link #of the length}, {@link #INCOMPLETE} or {@link #MALFORMED}
   */
  long peek(ByteBuf in);

  /** What is wrong with a length that is malformed, and what was expected: for the peer to read. */
  String problem(ByteBuf in);

  /** A length that is whole, and how many bytes it is written in; malformed if no array has it. */
  static long of(long length, int lengthBytes) {
    boolean isLength = length >= 0 && length <= Integer.MAX_VALUE;
    return isLength ? (long) lengthBytes << Integer.SIZE | length : MALFORMED;
  }
}
