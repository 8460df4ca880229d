package dev.mooring.transport.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/** What somebody is told who speaks HTTP/2 and isn't served: our settings, then goodbye. */
public final class Http2Goodbye {
  private static final int FRAME_HEAD_BYTES = 9;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int GOAWAY_BYTES = 8;

  private Http2Goodbye() {}

  /**
   * All that is said, which begins as each side of HTTP/2 does.
   *
   * @param error HTTP/2's number of what is wrong
   * @param words why, for people
   */
  public static ByteBuf bytes(ByteBufAllocator allocator, long error, String words) {
    byte[] text = words.getBytes(StandardCharsets.UTF_8);
    ByteBuf out = allocator.buffer(2 * FRAME_HEAD_BYTES + GOAWAY_BYTES + text.length);
    writeHead(out, 0, SETTINGS);
    writeHead(out, GOAWAY_BYTES + text.length, GOAWAY);
    out.writeInt(0); // No stream was served.
    out.writeInt((int) error);
    return out.writeBytes(text);
  }

  /** Without flags, for the connection as a whole. */
  private static void writeHead(ByteBuf out, int length, int type) {
    out.writeMedium(length);
    out.writeByte(type);
    out.writeByte(0);
    out.writeInt(0);
  }
}
