package dev.mooring.transport.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Tells from the first bytes of a connection what is spoken on it. They may come in pieces.
 *
 * <p>No connection that begins with a message of ours is taken for anything else. A frame's first
 * byte is its length, or part of it, and the second, if there are no others of the length, a tag. A
 * length of 22 with 3 for a tag, which is of field 0, is TLS. What begins with two printable
 * characters is text only if the second isn't the tag of a member of {@code ClientMessage}: with
 * any other the message holds nothing, or begins with an unknown field, which PROTOCOL.md forbids a
 * connection's first message. The methods of HTTP are all of this kind, so {@code GET} isn't a
 * frame of 71 bytes.
 *
 * <p>One for each connection; its event loop only.
 */
public final class ProtocolDetector {
  /** What is spoken, as far as it is known. */
  public enum Language {
    /** Perhaps TLS, and otherwise frames. */
    PERHAPS_TLS,
    /** Perhaps HTTP or other text, and otherwise frames. */
    PERHAPS_TEXT,
    /** Our own, or nothing that we know: its parser says what is wrong with it. */
    FRAMES,
    TLS,
    /** Versions 0.9 to 1.1. */
    HTTP,
    /** HTTP/2 by a client that didn't ask first, gRPC's for example. */
    HTTP2,
    /** A line of a protocol that is text, or of a person. */
    TEXT
  }

  /** No method that is known here is longer, with the blank behind it. */
  private static final int MOST_BYTES = Long.BYTES;

  private static final int TLS_HANDSHAKE = 22;
  private static final int TLS_MAJOR_VERSION = 3;

  /** Open, call, cancel, ping, close and acknowledge: the fields 1 to 6, with a length. */
  private static final String MEMBER_TAGS = "\n\22\32\"*2";

  private static final byte[][] HTTP_METHODS = {
    ascii("GET "),
    ascii("HEAD "),
    ascii("POST "),
    ascii("PUT "),
    ascii("DELETE "),
    ascii("OPTIONS "),
    ascii("PATCH "),
    ascii("TRACE "),
    ascii("CONNECT ")
  };

  /** How HTTP/2 begins. */
  private static final byte[] HTTP2_PREFACE = ascii("PRI * HT");

  private final byte[] seen = new byte[MOST_BYTES];
  private int count;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Looks at what came next, and moves nothing.
   *
   * @param bytes not empty; stays the caller's
   */
  public Language look(ByteBuf bytes) {
    int more = Math.min(bytes.readableBytes(), MOST_BYTES - count);
    bytes.getBytes(bytes.readerIndex(), seen, count, more);
    count += more;
    if (seen[0] == TLS_HANDSHAKE) {
      return tlsOrFrames();
    }
    return isText(seen[0]) ? textOrFrames() : Language.FRAMES;
  }

  /** What it has looked at: at most the first eight bytes, for reading only. */
  public ByteBuf seen() {
    return Unpooled.wrappedBuffer(seen, 0, count);
  }

  /** Whether this is a request for HTTP's head alone. */
  public boolean asksForHead() {
    return begins(HTTP_METHODS[1]);
  }

  private Language tlsOrFrames() {
    if (count == 1) {
      return Language.PERHAPS_TLS;
    }
    return seen[1] == TLS_MAJOR_VERSION ? Language.TLS : Language.FRAMES;
  }

  private Language textOrFrames() {
    if (count == 1) {
      return Language.PERHAPS_TEXT;
    }
    if (MEMBER_TAGS.indexOf(seen[1]) >= 0) {
      return Language.FRAMES;
    }
    boolean hasLine = false;
    for (int i = 1; i < count; i++) {
      boolean isBlank = seen[i] == '\n' || seen[i] == '\r' || seen[i] == '\t';
      if (!isText(seen[i]) && !isBlank) {
        return Language.FRAMES;
      }
      hasLine |= seen[i] == '\n';
    }
    if (begins(HTTP2_PREFACE)) {
      return Language.HTTP2;
    }
    for (byte[] method : HTTP_METHODS) {
      if (begins(method)) {
        return Language.HTTP;
      }
    }
    return hasLine || count == MOST_BYTES ? Language.TEXT : Language.PERHAPS_TEXT;
  }

  private static boolean isText(byte one) {
    return one >= ' ' && one <= '~';
  }

  private boolean begins(byte[] beginning) {
    return count >= beginning.length
        && Arrays.equals(seen, 0, beginning.length, beginning, 0, beginning.length);
  }
}
