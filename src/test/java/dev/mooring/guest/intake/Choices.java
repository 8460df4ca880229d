package dev.mooring.guest.intake;

import java.util.Arrays;

/** Chooses as a few bytes say, which are begun anew when they are used up. */
final class Choices {
  private final byte[] bytes;
  private int next;

  /**
   * @param bytes of which the first {@code from} are passed over; if none is left, all is 0
   */
  Choices(byte[] bytes, int from) {
    this.bytes = bytes.length > from ? Arrays.copyOfRange(bytes, from, bytes.length) : new byte[1];
  }

  /** A number from 0 on. */
  int below(int end) {
    int chosen = next();
    for (int most = 256; most < end; most <<= 8) {
      chosen = chosen << 8 | next();
    }
    return (chosen & Integer.MAX_VALUE) % end;
  }

  int of(int... values) {
    return values[below(values.length)];
  }

  private int next() {
    int value = bytes[next] & 0xFF;
    next = next + 1 == bytes.length ? 0 : next + 1;
    return value;
  }
}
