package dev.mooring.server.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a client says that speaks HTTP/2. */
final class Http2Bytes {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int END_HEADERS = 4;
  private static final int MANY_STREAMS = 1_000;

  /** The beginning, without the settings that belong to it. */
  static final byte[] MAGIC =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  static final byte[] SETTINGS = frame(4, 0, 0, new byte[0]);
  static final byte[] PREFACE = both(MAGIC, SETTINGS);
  static final byte[] PING = frame(6, 0, 0, new byte[8]);
  static final byte[] UNFINISHED_HEADERS = frame(HEADERS, 0, 1, request());
  static final byte[] CONTINUATION = frame(9, 0, 1, new byte[0]);

  /** The head of a frame that is longer than what follows, and of a stream that can't be. */
  static final byte[] DATA_OF_NO_STREAM = {0, 0, 8, DATA, 0, 0, 0, 0, 2};

  /** Streams that begin and are reset at once, one behind the other. */
  static final byte[] RESETS = resets();

  private Http2Bytes() {}

  private static byte[] resets() {
    var bytes = new ByteArrayOutputStream();
    for (int i = 0; i < MANY_STREAMS; i++) {
      bytes.writeBytes(frame(HEADERS, END_HEADERS, 2 * i + 1, request()));
      bytes.writeBytes(frame(RST_STREAM, 0, 2 * i + 1, new byte[] {0, 0, 0, 8}));
    }
    return bytes.toByteArray();
  }

  private static byte[] frame(int type, int flags, int stream, byte[] body) {
    return ByteBuffer.allocate(9 + body.length)
        .put((byte) (body.length >> 16))
        .putShort((short) body.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(body)
        .array();
  }

  private static byte[] both(byte[] one, byte[] other) {
    return ByteBuffer.allocate(one.length + other.length).put(one).put(other).array();
  }

  /** Of a session: headers as they are, neither indexed nor packed. */
  private static byte[] request() {
    var block = new ByteArrayOutputStream();
    header(block, ":method", "POST");
    header(block, ":scheme", "https");
    header(block, ":path", "/mooring.v1.Mooring/Session");
    header(block, ":authority", "localhost");
    header(block, "content-type", "application/grpc");
    header(block, "te", "trailers");
    return block.toByteArray();
  }

  private static void header(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    for (String text : new String[] {name, value}) {
      block.write(text.length());
      block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
  }
}
