package dev.mooring.transport.wire.websocket;

import dev.mooring.transport.wire.Line;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** A line on which the handshake is done; or HTTP's answer comes, if that refuses it. */
final class WebSocketLine implements Line {
  static final String REQUEST =
      """
      GET /mooring/v1 HTTP/1.1\r
      Host: localhost\r
      Upgrade: websocket\r
      Connection: keep-alive, Upgrade\r
      Sec-WebSocket-Version: 13\r
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
      Sec-WebSocket-Protocol: other, mooring.v1\r
      \r
      """;

  /** RFC 6455's own example of a key and its answer. */
  static final String ACCEPTED =
      """
      HTTP/1.1 101 Switching Protocols\r
      Upgrade: websocket\r
      Connection: Upgrade\r
      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
      Sec-WebSocket-Protocol: mooring.v1\r
      \r
      """;

  private final Line line;
  private final InputStream in;

  WebSocketLine(Line line) throws IOException {
    this.line = line;
    this.in = new BufferedInputStream(line.in());
    line.write(REQUEST.getBytes(StandardCharsets.US_ASCII));
    in.mark(ACCEPTED.length());
    String answer = new String(in.readNBytes(ACCEPTED.length()), StandardCharsets.US_ASCII);
    if (!answer.equals(ACCEPTED)) {
      in.reset();
    }
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    line.write(bytes);
  }

  @Override
  public void halfClose() throws IOException {
    line.halfClose();
  }

  @Override
  public void reset() throws IOException {
    line.reset();
  }

  @Override
  public void close() throws IOException {
    line.close();
  }
}
