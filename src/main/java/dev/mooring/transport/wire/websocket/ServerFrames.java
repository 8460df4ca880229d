package dev.mooring.transport.wire.websocket;

import dev.mooring.proto.frame.Framing;
import io.netty.buffer.ByteBuf;

/**
 * What a server writes: frames that are whole messages and, as a server's are, not masked.
 *
 * <p>Any thread; no state.
 */
final class ServerFrames implements Framing {
  static final ServerFrames BINARY = new ServerFrames();

  /** The most that a frame of control may hold. */
  static final int MOST_CONTROL_BYTES = 125;

  private static final int FINAL_BINARY = 0x82;
  private static final int FINAL_CLOSE = 0x88;
  private static final int FINAL_PONG = 0x8A;

  /** In place of a length: it follows in two bytes, or in eight. */
  private static final int TWO_BYTES = 126;

  private static final int EIGHT_BYTES = 127;
  private static final int MOST_OF_TWO_BYTES = 0xFFFF;

  private ServerFrames() {}

  @Override
  public int headBytes(int bodyBytes) {
    if (bodyBytes <= MOST_CONTROL_BYTES) {
      return 2;
    }
    return bodyBytes <= MOST_OF_TWO_BYTES ? 4 : 10;
  }

  @Override
  public void writeHead(ByteBuf out, int bodyBytes) {
    if (bodyBytes <= MOST_CONTROL_BYTES) {
      out.writeShort(FINAL_BINARY << 8 | bodyBytes);
    } else if (bodyBytes <= MOST_OF_TWO_BYTES) {
      out.writeInt((FINAL_BINARY << 8 | TWO_BYTES) << 16 | bodyBytes);
    } else {
      out.writeShort(FINAL_BINARY << 8 | EIGHT_BYTES);
      out.writeLong(bodyBytes);
    }
  }

  /** The answer to a ping, with what that held; {@code held} stays the caller's. */
  static void writePong(ByteBuf out, ByteBuf held) {
    int length = held.readableBytes();
    out.writeShort(FINAL_PONG << 8 | length);
    out.writeBytes(held, held.readerIndex(), length);
  }

  /**
   * A close.
   *
   * @param reason in UTF-8; with the code it must fit a frame of control
   */
  static void writeClose(ByteBuf out, int code, byte[] reason) {
    out.writeShort(FINAL_CLOSE << 8 | Short.BYTES + reason.length);
    out.writeShort(code);
    out.writeBytes(reason);
  }
}
