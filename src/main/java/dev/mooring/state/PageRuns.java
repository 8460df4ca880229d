package dev.mooring.state;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Pages written down as the runs of bytes in which they differ from what is known of them already:
 * a page that was, or zeroes. A counter's page is a few bytes.
 *
 * <p>Each page is its number, twice, plus one if it differs from zeroes; then its runs, each of
 * which is its length, how many bytes lie between the one before, or the page's begin, and it, and
 * its bytes; then a length of 0. Numbers are varints, the lowest seven bits first. A run reaches
 * over equal bytes if another run would take more. A page may come more than once.
 *
 * <p>One writes them and may be used again; reading believes nothing. One thread.
 */
public final class PageRuns {
  private static final byte[] NOTHING = {};
  private static final byte[] ZEROES = new byte[SessionState.PAGE_BYTES];

  /** As many equal bytes between two runs are less than the second one's numbers, about. */
  private static final int JOINED_BYTES = 4;

  private static final int FIRST_BYTES = 64;
  private static final int VARINT_BITS = 7;
  private static final int VARINT_MORE = 1 << VARINT_BITS;
  private static final int MAX_VARINT_SHIFT = 28;

  private byte[] bytes = NOTHING;
  private int size;

  /** Where pages are while runs are put into them. */
  public interface Pages {
    /**
     * The page of a number, to be written to. Nobody asks for one that is as it was.
     *
     * @param isNew whether all of it is to be zeroes; else it is what it was when the runs were
     *     written
     * @throws StateException if there is no such page
     */
    byte[] page(int number, boolean isNew) throws StateException;
  }

  /**
   * Adds a page by what it was: the {@link SessionState#PAGE_BYTES} of {@code after} from {@code
   * at} on, where they differ from {@code before}. One that doesn't differ is added, too.
   */
  public void changed(int number, byte[] before, byte[] after, int at) {
    varint(number << 1);
    runs(before, after, at);
  }

  /** Adds a page of which nothing is known yet. */
  public void added(int number, byte[] after, int at) {
    varint(number << 1 | 1);
    runs(ZEROES, after, at);
  }

  /** How many bytes they are. */
  public int size() {
    return size;
  }

  /** All that was added; the caller's. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  /**
   * Forgets what was added.
   *
   * @param keptBytes so many, at most, are held for what comes
   */
  public void clear(int keptBytes) {
    size = 0;
    if (bytes.length > keptBytes) {
      bytes = NOTHING;
    }
  }

  private void runs(byte[] before, byte[] after, int at) {
    int last = 0;
    int from = nextDifference(before, after, at, 0);
    while (from < SessionState.PAGE_BYTES) {
      int to = endOfRun(before, after, at, from);
      varint(to - from);
      varint(from - last);
      makeRoom(to - from);
      System.arraycopy(after, at + from, bytes, size, to - from);
      size += to - from;
      last = to;
      from = nextDifference(before, after, at, to);
    }
    varint(0);
  }

  private static int nextDifference(byte[] before, byte[] after, int at, int from) {
    int found =
        Arrays.mismatch(
            before, from, SessionState.PAGE_BYTES, after, at + from, at + SessionState.PAGE_BYTES);
    return found < 0 ? SessionState.PAGE_BYTES : from + found;
  }

  private static int endOfRun(byte[] before, byte[] after, int at, int from) {
    int end = from + 1;
    for (int i = end; i < SessionState.PAGE_BYTES && i - end <= JOINED_BYTES; i++) {
      if (before[i] != after[at + i]) {
        end = i + 1;
      }
    }
    return end;
  }

  private void varint(int value) {
    makeRoom(Integer.BYTES + 1);
    int rest = value;
    while (rest >= VARINT_MORE) {
      bytes[size++] = (byte) (rest | VARINT_MORE);
      rest >>>= VARINT_BITS;
    }
    bytes[size++] = (byte) rest;
  }

  private void makeRoom(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(FIRST_BYTES, Math.max(2 * size, size + more)));
    }
  }

  /**
   * Puts runs into pages, in the order in which they were added.
   *
   * @throws StateException if these are no runs, or there is no such page
   */
  public static void apply(byte[] runs, Pages pages) throws StateException {
    var read = new Reader(runs);
    while (read.at < runs.length) {
      int number = read.varint();
      boolean isNew = (number & 1) != 0;
      byte[] page = isNew ? pages.page(number >>> 1, true) : NOTHING;
      int at = 0;
      for (int length = read.varint(); length != 0; length = read.varint()) {
        at = read.startOfRun(at, length);
        if (page.length == 0) {
          page = pages.page(number >>> 1, false);
        }
        System.arraycopy(runs, read.at, page, at, length);
        read.at += length;
        at += length;
      }
    }
  }

  /**
   * The numbers of the pages that were added, in that order.
   *
   * @throws StateException if these are no runs
   */
  public static int[] numbers(byte[] runs) throws StateException {
    var numbers = IntStream.builder();
    forEach(runs, numbers);
    return numbers.build().toArray();
  }

  /**
   * How many pages were added, however often each.
   *
   * @throws StateException if these are no runs
   */
  public static int count(byte[] runs) throws StateException {
    return forEach(runs, number -> {});
  }

  private static int forEach(byte[] runs, IntConsumer numbers) throws StateException {
    var read = new Reader(runs);
    int count = 0;
    while (read.at < runs.length) {
      numbers.accept(read.varint() >>> 1);
      int at = 0;
      for (int length = read.varint(); length != 0; length = read.varint()) {
        at = read.startOfRun(at, length) + length;
        read.at += length;
      }
      count++;
    }
    return count;
  }

  private static final class Reader {
    private final byte[] bytes;
    private int at;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    /** Where in its page a run begins that follows here; all of it is there. */
    int startOfRun(int last, int length) throws StateException {
      int start = last + varint();
      if (length < 0
          || start < last
          || start > SessionState.PAGE_BYTES - length
          || length > bytes.length - at) {
        throw new StateException(
            "a run of %s bytes at %s of a page of %d"
                .formatted(
                    Integer.toUnsignedString(length),
                    Integer.toUnsignedString(start),
                    SessionState.PAGE_BYTES));
      }
      return start;
    }

    int varint() throws StateException {
      int value = 0;
      for (int shift = 0; shift <= MAX_VARINT_SHIFT; shift += VARINT_BITS) {
        if (at == bytes.length) {
          throw new StateException("runs of bytes that are cut off");
        }
        byte next = bytes[at++];
        value |= (next & (VARINT_MORE - 1)) << shift;
        if (next >= 0) {
          return value;
        }
      }
      throw new StateException("a number of more than 32 bits in runs of bytes");
    }
  }
}
