package dev.mooring.session;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Room for messages that wait to be acknowledged, and for where each of them begins. */
final class MessageRing {
  private static final int BYTES_PER_PLACE = 32;

  /** How long the shortest one is, in bytes. */
  static final int LEAST_BYTES = 256;

  /** Longer ones aren't used again. */
  static final int MOST_SPARE_BYTES = 16 * 1024;

  /** That of a session that has said nothing. */
  static final MessageRing EMPTY = new MessageRing(0);

  private static final int SIZES =
      Integer.numberOfTrailingZeros(MOST_SPARE_BYTES / LEAST_BYTES) + 1;

  private final byte[] bytes;
  private final int[] places;

  private MessageRing(int bytes) {
    this.bytes = new byte[bytes];
    this.places = new int[bytes / BYTES_PER_PLACE];
  }

  /** Where messages lie: a power of two long, or empty. */
  byte[] bytes() {
    return bytes;
  }

  /** Where they begin: one for each {@link #BYTES_PER_PLACE} bytes, and few are shorter. */
  int[] places() {
    return places;
  }

  /**
   * Those that were used before: who is answered and acknowledges all the time gets one that is in
   * the processor's caches, and who doesn't holds none. Nobody else's bytes are in them.
   *
   * <p>Event loop only, which it belongs to.
   */
  static final class Spares {
    /** So many of each size wait here at most. */
    static final int MOST_OF_A_SIZE = 8;

    private final @Nullable MessageRing[][] spares = new MessageRing[SIZES][MOST_OF_A_SIZE];
    private final int[] counts = new int[SIZES];

    /**
     * One without anything in it.
     *
     * @param bytes how long it is, a power of two
     */
    MessageRing take(int bytes) {
      int size = size(bytes);
      if (size < SIZES && counts[size] > 0) {
        MessageRing spare = spares[size][--counts[size]];
        if (spare != null) {
          return spare;
        }
      }
      return new MessageRing(bytes);
    }

    /** One isn't needed any more; its bytes are gone from here on. */
    void give(MessageRing ring) {
      int size = size(ring.bytes.length);
      if (size >= 0 && size < SIZES && counts[size] < MOST_OF_A_SIZE) {
        Arrays.fill(ring.bytes, (byte) 0);
        spares[size][counts[size]++] = ring;
      }
    }

    private static int size(int bytes) {
      return Integer.numberOfTrailingZeros(bytes) - Integer.numberOfTrailingZeros(LEAST_BYTES);
    }
  }
}
