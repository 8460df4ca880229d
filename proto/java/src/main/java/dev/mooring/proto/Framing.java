package dev.mooring.proto;

import io.netty.buffer.ByteBuf;

/**
 * What a protocol writes in front of a message whose length is known: for most that is the length.
 *
 * <p>Any thread; no state.
 */
public interface Framing {
  /** The length as a canonical varint32, which is how Mooring's own protocol has it. */
  Framing VARINT =
      new Framing() {
        @Override
        public int headBytes(int bodyBytes) {
          return Frames.varintSize(bodyBytes);
        }

        @Override
        public void writeHead(ByteBuf out, int bodyBytes) {
          Frames.writeVarint(out, bodyBytes);
        }
      };

  /** How many bytes stand in front of a message of {@code bodyBytes} bytes. */
  int headBytes(int bodyBytes);

  /**
   * Writes what stands in front of a message of {@code bodyBytes} bytes, which are written next.
   *
   * @param out has room for it; stays the caller's
   */
  void writeHead(ByteBuf out, int bodyBytes);
}
