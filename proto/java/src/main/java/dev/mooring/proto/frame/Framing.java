package dev.mooring.proto.frame;

import io.netty.buffer.ByteBuf;

/**
 * What a protocol writes in front of a message whose length is known: for most that is the length.
 *
 * <p>Any thread; no state.
 */
public interface Framing {
  /** How many bytes stand in front of a message of {@code bodyBytes} bytes. */
  int headBytes(int bodyBytes);

  /**
   * Writes what stands in front of a message of {@code bodyBytes} bytes, which are written next.
   *
   * @param out has room for it; stays the caller's
   */
  void writeHead(ByteBuf out, int bodyBytes);
}
