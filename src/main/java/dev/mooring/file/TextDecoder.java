package dev.mooring.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Makes text of the bytes of one file, in pieces that don't part a character. A byte order mark of
 * UTF-8 at the beginning is skipped: editors on Windows write one. Anything but UTF-8, and a zero
 * byte, is told by the file's name, the line (from 1), the offset of the byte in the file (from 0)
 * and what was expected.
 *
 * <p>Invariant: {@link #offset} bytes are done, which end in line {@link #line}.
 */
final class TextDecoder {
  private static final byte[] UTF_8_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  /** Of two marks of which one begins with the other, the longer comes first. */
  private static final List<Mark> OTHER_MARKS =
      List.of(
          new Mark("UTF-32", new byte[] {(byte) 0xFF, (byte) 0xFE, 0, 0}),
          new Mark("UTF-32", new byte[] {0, 0, (byte) 0xFE, (byte) 0xFF}),
          new Mark("UTF-16", new byte[] {(byte) 0xFF, (byte) 0xFE}),
          new Mark("UTF-16", new byte[] {(byte) 0xFE, (byte) 0xFF}));

  private static final class Mark {
    final String encoding;
    final byte[] bytes;

    Mark(String encoding, byte[] bytes) {
      this.encoding = encoding;
      this.bytes = bytes;
    }
  }

  private final String name;
  private final String expected;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private long line = 1;
  private long offset;
  private byte last;

  /**
   * @param name what the file is called
   * @param expected what should be in it
   */
  TextDecoder(String name, String expected) {
    this.name = name;
    this.expected = expected + " in UTF-8";
  }

  /** The next piece, as text. */
  String decode(byte[] piece) throws IOException {
    int start = offset == 0 ? afterMark(piece) : 0;
    ByteBuffer in = ByteBuffer.wrap(piece, start, zero(piece) - start);
    CharBuffer out = CharBuffer.allocate(in.remaining());
    CoderResult result = decoder.reset().decode(in, out, true);
    if (result.isError()) {
      int at = in.position();
      throw wrong(piece, at, "the byte %02X is not UTF-8".formatted(piece[at]));
    }
    if (in.limit() < piece.length) {
      throw wrong(piece, in.limit(), "a zero byte, which is in no text");
    }
    pass(piece, piece.length);
    return out.flip().toString();
  }

  private int afterMark(byte[] piece) throws IOException {
    for (Mark mark : OTHER_MARKS) {
      if (beginsWith(piece, mark.bytes)) {
        throw new IOException(
            "%s: this is %s, as it begins with %s; expected %s"
                .formatted(name, mark.encoding, hex(mark.bytes), expected));
      }
    }
    return beginsWith(piece, UTF_8_MARK) ? UTF_8_MARK.length : 0;
  }

  private static boolean beginsWith(byte[] piece, byte[] mark) {
    return piece.length >= mark.length
        && Arrays.equals(piece, 0, mark.length, mark, 0, mark.length);
  }

  private static String hex(byte[] bytes) {
    var hex = new StringBuilder();
    for (byte each : bytes) {
      hex.append(hex.isEmpty() ? "" : " ").append("%02X".formatted(each));
    }
    return hex.toString();
  }

  private static int zero(byte[] piece) {
    int at = 0;
    while (at < piece.length && piece[at] != 0) {
      at++;
    }
    return at;
  }

  private IOException wrong(byte[] piece, int at, String what) {
    pass(piece, at);
    return new IOException(
        "%s, line %d, offset %d: %s; expected %s".formatted(name, line, offset, what, expected));
  }

  /** That the next line has more bytes than it may. */
  IOException tooLong(int mostBytes) {
    return new IOException(
        "%s, line %d: has more than %d bytes; expected %s"
            .formatted(name, line, mostBytes, expected));
  }

  /** Counts lines: each ends with a line feed, a carriage return, or both. */
  private void pass(byte[] piece, int count) {
    for (int i = 0; i < count; i++) {
      if (piece[i] == '\r' || (piece[i] == '\n' && last != '\r')) {
        line++;
      }
      last = piece[i];
    }
    offset += count;
  }
}
