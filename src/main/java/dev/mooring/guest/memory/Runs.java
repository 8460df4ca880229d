package dev.mooring.guest.memory;

import static dev.mooring.guest.memory.GuestMemory.TRACKED_BYTES;
import static dev.mooring.guest.memory.GuestMemory.TRACKED_MASK;
import static dev.mooring.guest.memory.GuestMemory.TRACKED_SHIFT;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * A space's difference from its image as runs of bytes: what a memory at rest is kept as.
 *
 * <p>The number of pages; then for each run how many bytes lie between the one before and it, its
 * length, and its bytes. Numbers are varints. A run stays within a page, and reaches over equal
 * bytes if another run would take more.
 */
final class Runs {
  /** As many equal bytes between two runs are less than the second one's numbers, about. */
  private static final int JOINED_BYTES = 4;

  private static final int VARINT_BITS = 7;
  private static final int VARINT_MORE = 1 << VARINT_BITS;

  private final byte[] bytes;
  private int at;

  private Runs(byte[] bytes) {
    this.bytes = bytes;
  }

  /** What differs in an awake space's pages. */
  static byte[] of(SpaceMemory space, MemoryImage image) {
    var measured = new Runs(SpaceMemory.AWAKE);
    measured.encode(space, image);
    var written = new Runs(new byte[measured.at]);
    written.encode(space, image);
    return written.bytes;
  }

  /** How many pages they are of. */
  static int pageCount(byte[] runs) {
    return new Runs(runs).readVarint();
  }

  private void encode(SpaceMemory space, MemoryImage image) {
    varint(space.count);
    int end = 0;
    for (int i = 0; i < space.count; i++) {
      byte[] page = space.pages[i];
      byte[] initial = image.page(space.numbers[i]);
      int pageStart = space.numbers[i] << TRACKED_SHIFT;
      int from = Arrays.mismatch(page, initial);
      while (from >= 0 && from < TRACKED_BYTES) {
        int to = endOfRun(page, initial, from);
        varint(pageStart + from - end);
        varint(to - from);
        raw(page, from, to - from);
        end = pageStart + to;
        from = nextDifference(page, initial, to);
      }
    }
  }

  private static int endOfRun(byte[] page, byte[] initial, int from) {
    int end = from + 1;
    for (int i = end; i < TRACKED_BYTES && i - end <= JOINED_BYTES; i++) {
      if (page[i] != initial[i]) {
        end = i + 1;
      }
    }
    return end;
  }

  private static int nextDifference(byte[] page, byte[] initial, int from) {
    int found = Arrays.mismatch(page, from, TRACKED_BYTES, initial, from, TRACKED_BYTES);
    return found < 0 ? TRACKED_BYTES : from + found;
  }

  private void varint(int value) {
    int rest = value;
    while (rest >= VARINT_MORE) {
      write((byte) (rest | VARINT_MORE));
      rest >>>= VARINT_BITS;
    }
    write((byte) rest);
  }

  private void write(byte value) {
    if (bytes.length > 0) {
      bytes[at] = value;
    }
    at++;
  }

  private void raw(byte[] from, int start, int length) {
    if (bytes.length > 0) {
      System.arraycopy(from, start, bytes, at, length);
    }
    at += length;
  }

  private int readVarint() {
    int value = 0;
    int shift = 0;
    byte next;
    do {
      next = bytes[at++];
      value |= (next & (VARINT_MORE - 1)) << shift;
      shift += VARINT_BITS;
    } while (next < 0);
    return value;
  }

  /**
   * Adds the pages of runs to a space, in order, for which there is room in its list.
   *
   * @param pages gives the arrays that become its pages, whatever is in them
   */
  static void expand(byte[] runs, MemoryImage image, SpaceMemory space, Supplier<byte[]> pages) {
    var read = new Runs(runs);
    read.readVarint();
    int address = 0;
    int number = -1;
    byte[] page = SpaceMemory.AWAKE;
    while (read.at < runs.length) {
      address += read.readVarint();
      if (address >> TRACKED_SHIFT != number) {
        number = address >> TRACKED_SHIFT;
        page = pages.get();
        space.add(number, page);
        System.arraycopy(image.page(number), 0, page, 0, TRACKED_BYTES);
      }
      int length = read.readVarint();
      System.arraycopy(runs, read.at, page, address & TRACKED_MASK, length);
      read.at += length;
      address += length;
    }
  }
}
