package dev.mooring.session;

import dev.mooring.state.StateException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link FormatWriter} wrote. It believes nothing: whatever isn't there is an error, and
 * nothing is allocated for it.
 *
 * <p>One thread.
 */
final class FormatReader {
  private final byte[] bytes;
  private int at;

  FormatReader(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A number of at most 64 bits. */
  long number() throws StateException {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += FormatWriter.VARINT_BITS) {
      if (at == bytes.length) {
        throw new StateException("no stored session: it is cut off");
      }
      byte next = bytes[at++];
      number |= (long) (next & (FormatWriter.VARINT_MORE - 1)) << shift;
      if (next >= 0) {
        return number;
      }
    }
    throw new StateException("no stored session: a number of more than 64 bits");
  }

  /** How many things follow, each of a byte or more. */
  int count() throws StateException {
    long count = number();
    if (count < 0 || count > bytes.length - at) {
      throw new StateException(
          "no stored session: it announces %s, and has %d"
              .formatted(Long.toUnsignedString(count), bytes.length - at));
    }
    return (int) count;
  }

  String text() throws StateException {
    int length = count();
    at += length;
    return new String(bytes, at - length, length, StandardCharsets.UTF_8);
  }

  byte[] bytes() throws StateException {
    return raw(count());
  }

  /** So many bytes, if they are there. */
  byte[] raw(int length) throws StateException {
    if (length > bytes.length - at) {
      throw new StateException("no stored session: it is cut off");
    }
    at += length;
    return Arrays.copyOfRange(bytes, at - length, at);
  }

  /** Refuses what follows. */
  void end() throws StateException {
    if (at != bytes.length) {
      throw new StateException(
          "no stored session: " + (bytes.length - at) + " bytes behind its end");
    }
  }
}
