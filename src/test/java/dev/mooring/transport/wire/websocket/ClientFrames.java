package dev.mooring.transport.wire.websocket;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Frames of WebSocket as a client writes and reads them, good or bad. */
final class ClientFrames {
  static final int FINAL = 0x80;
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  private static final byte[] MASK = {0x5a, 0x01, (byte) 0xfe, 0x33};
  private static final int LONGEST_SHORT = 125;

  /** A frame that came. */
  static final class Frame {
    private final int first;
    private final byte[] payload;

    private Frame(int first, byte[] payload) {
      this.first = first;
      this.payload = payload;
    }

    int first() {
      return first;
    }

    byte[] payload() {
      return payload;
    }

    /** A close's code. */
    int closeCode() {
      return ByteBuffer.wrap(payload).getShort() & 0xFFFF;
    }

    String closeReason() {
      return new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
    }
  }

  private ClientFrames() {}

  static byte[] binary(byte[] payload) {
    return masked(FINAL | BINARY, payload);
  }

  static byte[] close(int code) {
    return masked(FINAL | CLOSE, ByteBuffer.allocate(2).putShort((short) code).array());
  }

  static byte[] masked(int first, byte[] payload) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(head(first, payload.length));
    for (int i = 0; i < payload.length; i++) {
      out.write(payload[i] ^ MASK[i % MASK.length]);
    }
    return out.toByteArray();
  }

  /** What stands before a masked payload, with the mask. */
  static byte[] head(int first, long length) {
    var out = new ByteArrayOutputStream();
    out.write(first);
    if (length <= LONGEST_SHORT) {
      out.write((int) (0x80 | length));
    } else if (length <= 0xFFFF) {
      out.write(0x80 | 126);
      out.writeBytes(ByteBuffer.allocate(2).putShort((short) length).array());
    } else {
      out.write(0x80 | 127);
      out.writeBytes(ByteBuffer.allocate(8).putLong(length).array());
    }
    out.writeBytes(MASK);
    return out.toByteArray();
  }

  /** A frame that isn't masked, as only a server's may be. */
  static byte[] unmasked(int first, byte[] payload) {
    var out = new ByteArrayOutputStream();
    out.write(first);
    out.write(payload.length);
    out.writeBytes(payload);
    return out.toByteArray();
  }

  /** Reads a server's frame; null at the end. */
  static @Nullable Frame read(InputStream in) throws IOException {
    int first = in.read();
    if (first < 0) {
      return null;
    }
    var data = new DataInputStream(in);
    int second = data.readUnsignedByte();
    long length = second;
    if (second == 126) {
      length = data.readUnsignedShort();
    } else if (second == 127) {
      length = data.readLong();
    } else if (second > 127) {
      throw new IOException("a server's frame is masked");
    }
    byte[] payload = in.readNBytes((int) length);
    if (payload.length < length) {
      throw new EOFException("the end within a frame");
    }
    return new Frame(first, payload);
  }
}
