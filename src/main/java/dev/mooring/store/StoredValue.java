package dev.mooring.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A value as it lies in the database: a byte that says its format, a CRC-32C of its key, its format
 * and its content, little-endian, and its content. The key is in it so that no value is taken for
 * another's.
 *
 * <p>The database has checksums of its own, for blocks of a file. This one covers the way there and
 * back too.
 */
final class StoredValue {
  private static final byte FORMAT = 1;
  private static final int HEADER_BYTES = 1 + Integer.BYTES;

  /** The longest content; arrays are no longer than this and the header, less a little. */
  static final int MAX_BYTES = Integer.MAX_VALUE - 64;

  private StoredValue() {}

  /** The value for a content under this key. */
  static byte[] of(byte[] key, byte[] content) {
    var value = new byte[HEADER_BYTES + content.length];
    value[0] = FORMAT;
    System.arraycopy(content, 0, value, HEADER_BYTES, content.length);
    buffer(value).putInt(1, checksum(key, value));
    return value;
  }

  /** What is wrong with a value under this key; null if nothing is. */
  static @Nullable String problem(byte[] key, byte[] value) {
    if (value.length < HEADER_BYTES) {
      return "it has %d bytes; expected %d or more".formatted(value.length, HEADER_BYTES);
    }
    if (value[0] != FORMAT) {
      return "it is of format %d; expected %d".formatted(value[0] & 0xFF, FORMAT);
    }
    int is = buffer(value).getInt(1);
    int expected = checksum(key, value);
    return is == expected
        ? null
        : "its checksum is %08x; expected %08x, by what it holds".formatted(is, expected);
  }

  /** The content of a value that has no problem. */
  static byte[] content(byte[] value) {
    var content = new byte[value.length - HEADER_BYTES];
    System.arraycopy(value, HEADER_BYTES, content, 0, content.length);
    return content;
  }

  private static int checksum(byte[] key, byte[] value) {
    var crc = new CRC32C();
    crc.update(key);
    crc.update(value, 0, 1);
    crc.update(value, HEADER_BYTES, value.length - HEADER_BYTES);
    return (int) crc.getValue();
  }

  private static ByteBuffer buffer(byte[] value) {
    return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
  }
}
