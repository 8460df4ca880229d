package dev.mooring.transport.listen;

import dev.mooring.transport.wire.Http2Goodbye;
import dev.mooring.transport.wire.ProtocolDetector;
import dev.mooring.transport.wire.ProtocolDetector.Language;
import dev.mooring.transport.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;

/**
 * What somebody is told who speaks another protocol than ours: what this port is, in a form that
 * whatever they use will show them.
 */
final class ProtocolMismatchAnswer {
  private static final int HTTP2_PROTOCOL_ERROR = 1;

  private ProtocolMismatchAnswer() {}

  /**
   * The answer to what isn't ours.
   *
   * @param first what came, recognised as {@code language}
   * @param language {@code HTTP}, {@code HTTP2} or {@code TEXT}
   * @param wire what is spoken here
   * @param carrier what our protocol is spoken over here
   * @param came what it was that came, for people
   */
  static ByteBuf answer(
      ByteBufAllocator allocator,
      Wire wire,
      ProtocolDetector first,
      Language language,
      String carrier,
      String came) {
    String words =
        "This port speaks Mooring's protocol over %s: %s.".formatted(carrier, wire.inWords())
            + " What came looks like %s. Connect with a Mooring client.\r\n".formatted(came);
    return switch (language) {
      case HTTP -> http(allocator, words, first.asksForHead());
      case HTTP2 -> Http2Goodbye.bytes(allocator, HTTP2_PROTOCOL_ERROR, words.strip());
      case TEXT -> ByteBufUtil.writeUtf8(allocator, words);
      case PERHAPS_TLS, PERHAPS_TEXT, FRAMES, TLS ->
          throw new IllegalArgumentException(language + " is answered by frames");
    };
  }

  private static ByteBuf http(ByteBufAllocator allocator, String words, boolean headOnly) {
    String head =
        "HTTP/1.1 400 Bad Request\r\n"
            + "Content-Type: text/plain; charset=utf-8\r\n"
            + "Content-Length: %d\r\n".formatted(words.length())
            + "Connection: close\r\n\r\n";
    return ByteBufUtil.writeUtf8(allocator, headOnly ? head : head + words);
  }
}
