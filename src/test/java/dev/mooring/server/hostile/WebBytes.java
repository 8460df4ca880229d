package dev.mooring.server.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** What a client says that speaks WebSocket. */
final class WebBytes {
  private static final int MASKED = 0x80;
  private static final byte[] MASK = {17, 1, -2, 99};
  private static final int LONGEST_SHORT = 125;
  private static final int MANY_FRAGMENTS = 20_000;

  static final byte[] REQUEST_LINE = ascii("GET /mooring/v1 HTTP/1.1\r\nHost: localhost\r\n");
  static final byte[] REQUEST_HEADER = ascii("X-Header: " + "x".repeat(100) + "\r\n");
  static final byte[] REQUEST = request("");
  static final byte[] FOREIGN_REQUEST = request("Origin: https://elsewhere.example\r\n");
  static final byte[] PING = masked(0x89, new byte[0]);

  /** The beginning of a message, and then pieces that are empty: what is gathered doesn't grow. */
  static final byte[] FRAGMENTS = fragments();

  private WebBytes() {}

  private static byte[] fragments() {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(masked(0x02, new byte[1]));
    for (int i = 0; i < MANY_FRAGMENTS; i++) {
      bytes.writeBytes(masked(0x00, new byte[0]));
    }
    return bytes.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] request(String header) {
    return ascii(
        "GET /mooring/v1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
            + "Sec-WebSocket-Protocol: mooring.v1\r\n"
            + header
            + "\r\n");
  }

  /** A whole message. */
  static byte[] masked(byte[] payload) {
    return masked(0x82, payload);
  }

  private static byte[] masked(int first, byte[] payload) {
    if (payload.length > LONGEST_SHORT) {
      throw new IllegalArgumentException("too long: " + payload.length);
    }
    byte[] frame = new byte[2 + MASK.length + payload.length];
    frame[0] = (byte) first;
    frame[1] = (byte) (MASKED | payload.length);
    System.arraycopy(MASK, 0, frame, 2, MASK.length);
    for (int i = 0; i < payload.length; i++) {
      frame[2 + MASK.length + i] = (byte) (payload[i] ^ MASK[i % MASK.length]);
    }
    return frame;
  }
}
