package dev.mooring.transport.wire.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.Origins;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HandshakeTest {
  private static HttpRequest request(String text) {
    var channel = new EmbeddedChannel(new HttpRequestDecoder());
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    HttpRequest request = channel.readInbound();
    channel.finishAndReleaseAll();
    return request;
  }

  private static @Nullable HandshakeRefusal refusal(String text, Origins origins) {
    try {
      Handshake.check(request(text), origins);
      return null;
    } catch (HandshakeRefusal e) {
      return e;
    }
  }

  @Test
  void check_asBrowsersAsk_passes() {
    assertNull(refusal(WebSocketLine.REQUEST, Origins.SAME_HOST));
    assertEquals(WebSocketLine.ACCEPTED, Handshake.answer(request(WebSocketLine.REQUEST)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/mooring/v1 | /mooring/v1?a=b",
        "keep-alive, Upgrade | upgrade",
        "Upgrade: websocket | upgrade: WebSocket",
        "other, mooring.v1 | mooring.v1",
      })
  void check_otherwiseWritten_passes(String part, String other) {
    assertNull(refusal(WebSocketLine.REQUEST.replace(part, other), Origins.SAME_HOST));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/mooring/v1 | / | 404 | at /mooring/v1",
        "/mooring/v1 | /mooring/v1/ | 404 | at /mooring/v1",
        "/mooring/v1 | /mooring/v2 | 404 | at /mooring/v1",
        "GET | POST | 405 | not GET",
        "HTTP/1.1 | HTTP/1.0 | 400 | HTTP/1.1",
        "Upgrade: websocket | X: y | 426 | Upgrade: websocket",
        "Upgrade: websocket | Upgrade: h2c | 426 | Upgrade: websocket",
        "keep-alive, Upgrade | keep-alive | 426 | Connection: Upgrade",
        "Version: 13 | Version: 8 | 426 | Sec-WebSocket-Version: 13",
        "Version: 13 | Version: 13, 8 | 426 | Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Version: 13 | X: y | 426 | Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key | X | 400 | Sec-WebSocket-Key",
        "dGhlIHNhbXBsZSBub25jZQ== | dGhl | 400 | Sec-WebSocket-Key",
        "dGhlIHNhbXBsZSBub25jZQ== | !! | 400 | Sec-WebSocket-Key",
        "other, mooring.v1 | mooring.v2 | 400 | mooring.v1",
        "other, mooring.v1 | Mooring.v11 | 400 | mooring.v1",
        "Sec-WebSocket-Protocol | X | 400 | mooring.v1",
        "Host: localhost | X: y | 400 | Host",
        "Host: localhost | Host: a, b\\r\\nHost: b | 400 | Host",
        "Host: localhost | Host: localhost\\r\\nContent-Length: 5 | 400 | body",
        "Host: localhost | Host: localhost\\r\\nTransfer-Encoding: chunked | 400 | body",
        "Host: localhost | Host: localhost\\r\\nOrigin: https://evil.org | 403 | Origin",
        "Host: localhost | Host: localhost\\r\\nOrigin: null | 403 | Origin",
        "GET /mooring/v1 HTTP/1.1 | GET nonsense | 400 | HTTP/1.1",
      })
  void check_noSuchRequest_saysWhatWasExpected(
      String part, String other, int status, String expected) {
    HandshakeRefusal refusal =
        refusal(
            WebSocketLine.REQUEST.replace(part, other.replace("\\r\\n", "\r\n")),
            Origins.SAME_HOST);
    if (refusal == null) {
      throw new AssertionError("it passed");
    }
    assertEquals(status, refusal.answer().status().code(), refusal::getMessage);
    assertTrue(refusal.answer().text().contains(expected), refusal::getMessage);
    assertEquals(
        status == 403 ? RejectReason.FOREIGN_ORIGIN : RejectReason.UNEXPECTED_HTTP,
        refusal.reason());
  }

  @Test
  void check_origins_areTheOperators() {
    String from =
        WebSocketLine.REQUEST.replace(
            "Host: localhost", "Host: localhost\r\nOrigin: https://a.com");
    assertNull(refusal(from, new Origins(List.of("https://a.com"))));
    assertTrue(refusal(from, new Origins(List.of("https://b.com"))) != null);
  }
}
