package dev.mooring.transport.wire.websocket;

import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.Origins;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request is one for our WebSocket, and what is answered.
 *
 * <p>Any thread; no state.
 */
final class Handshake {
  /** Where it is to be had. */
  static final String PATH = "/mooring/v1";

  /** What is spoken in it. */
  static final String PROTOCOL = "mooring.v1";

  private static final String VERSION = "13";
  private static final int KEY_BYTES = 16;

  /** RFC 6455 has every server answer a client's key with this behind it, digested. */
  private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private Handshake() {}

  /** The head of the answer to a request that {@link #check} lets pass. */
  static String answer(HttpRequest request) {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Accept: "
        + accept(String.valueOf(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY)))
        + "\r\nSec-WebSocket-Protocol: "
        + PROTOCOL
        + "\r\n\r\n";
  }

  private static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key.strip() + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /**
   * Looks at a request's head.
   *
   * @param origins whose pages may connect
   * @throws HandshakeRefusal if it is none for our WebSocket; it says why
   */
  static void check(HttpRequest request, Origins origins) throws HandshakeRefusal {
    checkHttp(request);
    checkUpgrade(request);
    HttpHeaders headers = request.headers();
    if (!lists(headers, HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, PROTOCOL)) {
      throw bad("Sec-WebSocket-Protocol doesn't offer " + PROTOCOL + ", which is spoken here");
    }
    List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
    if (hosts.size() != 1) {
      throw bad("the request has " + hosts.size() + " Host headers; expected one");
    }
    checkOrigin(headers, hosts.getFirst(), origins);
  }

  private static void checkHttp(HttpRequest request) throws HandshakeRefusal {
    if (request.decoderResult().cause() instanceof TooLongFrameException) {
      throw refusal(
          HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
          "",
          "the request's first line or its headers are longer than is read here");
    }
    if (request.decoderResult().isFailure()) {
      throw bad("this is no request of HTTP/1.1; expected GET " + PATH + " HTTP/1.1");
    }
    String uri = request.uri();
    int query = uri.indexOf('?');
    if (!(query < 0 ? uri : uri.substring(0, query)).equals(PATH)) {
      throw refusal(
          HttpResponseStatus.NOT_FOUND, "", "there is nothing here but a WebSocket, at " + PATH);
    }
    if (!request.method().equals(HttpMethod.GET)) {
      throw refusal(
          HttpResponseStatus.METHOD_NOT_ALLOWED,
          "Allow: GET\r\n",
          "the method is not GET, with which a WebSocket begins");
    }
    if (!request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
      throw bad("the request isn't HTTP/1.1, with which a WebSocket begins");
    }
    if (HttpUtil.getContentLength(request, 0) != 0 || HttpUtil.isTransferEncodingChunked(request)) {
      throw bad("the request has a body; expected none");
    }
  }

  private static void checkUpgrade(HttpRequest request) throws HandshakeRefusal {
    HttpHeaders headers = request.headers();
    if (!lists(headers, HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
        || !lists(headers, HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)) {
      throw refusal(
          HttpResponseStatus.UPGRADE_REQUIRED,
          "Upgrade: websocket\r\n",
          "here is a WebSocket; expected Upgrade: websocket and Connection: Upgrade");
    }
    String version = headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION);
    if (version == null || !version.strip().equals(VERSION)) {
      throw refusal(
          HttpResponseStatus.UPGRADE_REQUIRED,
          "Sec-WebSocket-Version: " + VERSION + "\r\n",
          "expected Sec-WebSocket-Version: " + VERSION);
    }
    if (!isKey(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY))) {
      throw bad("expected a Sec-WebSocket-Key of 16 bytes in Base64");
    }
  }

  private static boolean lists(HttpHeaders headers, CharSequence name, CharSequence value) {
    return headers.containsValue(name, value, true);
  }

  private static boolean isKey(@Nullable String key) {
    try {
      return key != null && Base64.getDecoder().decode(key.strip()).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static void checkOrigin(HttpHeaders headers, String host, Origins origins)
      throws HandshakeRefusal {
    // Only what runs in a browser has one, and can't help it.
    for (String origin : headers.getAll(HttpHeaderNames.ORIGIN)) {
      if (!origins.allow(origin, host)) {
        throw new HandshakeRefusal(
            new HttpAnswer(
                HttpResponseStatus.FORBIDDEN,
                "pages of this Origin may not connect; the server's operator decides which may"),
            RejectReason.FOREIGN_ORIGIN);
      }
    }
  }

  private static HandshakeRefusal bad(String text) {
    return refusal(HttpResponseStatus.BAD_REQUEST, "", text);
  }

  private static HandshakeRefusal refusal(HttpResponseStatus status, String header, String text) {
    return new HandshakeRefusal(new HttpAnswer(status, header, text), RejectReason.UNEXPECTED_HTTP);
  }
}
