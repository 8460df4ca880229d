package dev.mooring.session;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes what {@link FormatReader} reads: numbers as varints of 64 bits, the lowest seven first,
 * and texts and bytes behind their length.
 *
 * <p>One thread.
 */
final class FormatWriter {
  static final int VARINT_BITS = 7;
  static final int VARINT_MORE = 1 << VARINT_BITS;

  /** What the longest number takes. */
  private static final int MAX_VARINT_BYTES = 10;

  private byte[] bytes;
  private int size;

  /**
   * Nothing yet.
   *
   * @param expectedBytes how many there will be, about
   */
  FormatWriter(int expectedBytes) {
    bytes = new byte[expectedBytes];
  }

  FormatWriter number(long number) {
    makeRoom(MAX_VARINT_BYTES);
    long rest = number;
    while ((rest & -VARINT_MORE) != 0) {
      bytes[size++] = (byte) (rest | VARINT_MORE);
      rest >>>= VARINT_BITS;
    }
    bytes[size++] = (byte) rest;
    return this;
  }

  FormatWriter text(String text) {
    return bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  FormatWriter bytes(byte[] added) {
    number(added.length);
    return raw(added);
  }

  /** Without a length: whoever reads knows it. */
  FormatWriter raw(byte[] added) {
    makeRoom(added.length);
    System.arraycopy(added, 0, bytes, size, added.length);
    size += added.length;
    return this;
  }

  private void makeRoom(int added) {
    if (added > bytes.length - size) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + added));
    }
  }

  /** All that was written; the writer isn't used again. */
  byte[] toBytes() {
    return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
  }
}
