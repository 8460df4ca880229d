package dev.mooring.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A value as it lies in the database: one piece, or several that were appended to each other. A
 * piece is a byte that says its format, a CRC-32C of its key and all else of it, the length of its
 * content, both little-endian, and its content. The key is in it so that no value is taken for
 * another's.
 *
 * <p>The database has checksums of its own, for blocks of a file. This one covers the way there and
 * back too.
 */
public final class StoredValue {
  private static final byte FORMAT = 1;
  private static final int CHECKSUM_AT = 1;
  private static final int LENGTH_AT = CHECKSUM_AT + Integer.BYTES;

  /** What a piece takes besides its content. */
  static final int HEADER_BYTES = LENGTH_AT + Integer.BYTES;

  /** The longest content; arrays are no longer than this and the header, less a little. */
  static final int MAX_BYTES = Integer.MAX_VALUE - 64;

  private StoredValue() {}

  /** The piece for a content under this key. */
  public static byte[] of(byte[] key, byte[] content) {
    var piece = new byte[HEADER_BYTES + content.length];
    ByteBuffer out = buffer(piece);
    piece[0] = FORMAT;
    out.putInt(LENGTH_AT, content.length);
    System.arraycopy(content, 0, piece, HEADER_BYTES, content.length);
    out.putInt(CHECKSUM_AT, checksum(key, piece, 0, content.length));
    return piece;
  }

  /** What is wrong with a value under this key; null if nothing is. */
  public static @Nullable String problem(byte[] key, byte[] value) {
    int at = 0;
    do {
      String problem = problem(key, value, at);
      if (problem != null) {
        return problem;
      }
      at += HEADER_BYTES + length(value, at);
    } while (at < value.length);
    return null;
  }

  private static @Nullable String problem(byte[] key, byte[] value, int at) {
    int left = value.length - at;
    if (left < HEADER_BYTES) {
      return "it has %d bytes; expected %d or more".formatted(left, HEADER_BYTES);
    }
    if (value[at] != FORMAT) {
      return "it is of format %d; expected %d".formatted(value[at] & 0xFF, FORMAT);
    }
    int length = length(value, at);
    if (length < 0 || length > left - HEADER_BYTES) {
      return "it says that it has %s bytes, and has %d"
          .formatted(Integer.toUnsignedString(length), left - HEADER_BYTES);
    }
    int is = buffer(value).getInt(at + CHECKSUM_AT);
    int expected = checksum(key, value, at, length);
    return is == expected
        ? null
        : "its checksum is %08x; expected %08x, by what it holds".formatted(is, expected);
  }

  private static int length(byte[] value, int at) {
    return buffer(value).getInt(at + LENGTH_AT);
  }

  /** The content of the first piece of a value that has no problem. */
  public static byte[] content(byte[] value) {
    return contents(value).getFirst();
  }

  /** The contents of all its pieces, in order, likewise. */
  public static List<byte[]> contents(byte[] value) {
    var contents = new ArrayList<byte[]>(1);
    for (int at = 0; at < value.length; at += HEADER_BYTES + length(value, at)) {
      var content = new byte[length(value, at)];
      System.arraycopy(value, at + HEADER_BYTES, content, 0, content.length);
      contents.add(content);
    }
    return contents;
  }

  private static int checksum(byte[] key, byte[] value, int at, int length) {
    var crc = new CRC32C();
    crc.update(key);
    crc.update(value, at, 1);
    crc.update(value, at + LENGTH_AT, Integer.BYTES + length);
    return (int) crc.getValue();
  }

  private static ByteBuffer buffer(byte[] value) {
    return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
  }
}
