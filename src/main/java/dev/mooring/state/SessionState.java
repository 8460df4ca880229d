package dev.mooring.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/**
 * What one session's instance is between two calls, as a difference from its module's image: the
 * memory's pages and its size, the globals, the tables, the dropped segments; and the session's
 * timers.
 *
 * <p>What is equal to the image isn't in it, so two sessions in the same state have equal states,
 * whichever way they came there. The client's configuration isn't state: whoever restores gives it
 * anew. A state says nothing about whether it fits a module; restoring finds that out.
 *
 * <p>Immutable, and thread-safe.
 */
public final class SessionState {
  /** Bytes of a page: the unit in which memory is kept. */
  public static final int PAGE_BYTES = 1024;

  /** Pages in a page of WebAssembly's, which has 64 KiB. */
  public static final int PAGES_PER_MEMORY_PAGE = 64;

  /** The largest memory that there is, in pages of 64 KiB. */
  public static final int MAX_MEMORY_PAGES = 65_536;

  static final int MAX_GLOBALS = 1_000_000;
  static final int MAX_TABLES = 100_000;
  static final int MAX_TABLE_ENTRIES = 10_000_000;
  static final int MAX_SEGMENT_WORDS = 20_000;
  static final int MAX_TIMERS = 1_000_000;

  private static final String DIGEST_PREFIX = "sha256:";
  private static final int DIGEST_BYTES = 32;

  private final byte[] moduleDigest;
  private final byte[] imageDigest;
  final int memoryPages;
  final int[] pageNumbers;
  final byte[][] pages;
  final int[] globals;
  final long[] globalBits;
  final int[] tables;
  final int[][] tableEntries;
  final long[] droppedSegments;
  final List<Timer> timers;

  private SessionState(
      byte[] moduleDigest,
      byte[] imageDigest,
      int memoryPages,
      int[] pageNumbers,
      byte[][] pages,
      int[] globals,
      long[] globalBits,
      int[] tables,
      int[][] tableEntries,
      long[] droppedSegments,
      List<Timer> timers) {
    this.moduleDigest = moduleDigest;
    this.imageDigest = imageDigest;
    this.memoryPages = memoryPages;
    this.pageNumbers = pageNumbers;
    this.pages = pages;
    this.globals = globals;
    this.globalBits = globalBits;
    this.tables = tables;
    this.tableEntries = tableEntries;
    this.droppedSegments = droppedSegments;
    this.timers = timers;
  }

  /**
   * A timer that the guest has set and that hasn't called it yet.
   *
   * @param id the guest's own
   * @param millisLeft until it is due, 0 if it is; less than 2³²
   */
  public record Timer(int id, long millisLeft) {
    static final long MAX_MILLIS = 0xFFFF_FFFFL;

    public Timer {
      if (millisLeft < 0 || millisLeft > MAX_MILLIS) {
        throw new IllegalArgumentException(
            "timer %d has %d ms left, expected 0 to %d".formatted(id, millisLeft, MAX_MILLIS));
      }
    }
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @throws StateException if the bytes are anything else
   */
  public static SessionState fromBytes(byte[] bytes) throws StateException {
    return StateFormat.read(bytes);
  }

  /**
   * Writes the state down, in the format that the package describes. The array is the caller's.
   *
   * @throws IllegalStateException if it would be longer than an array can be, about 2 GiB
   */
  public byte[] toBytes() {
    return StateFormat.write(this);
  }

  /** How many bytes {@link #toBytes} writes. */
  public long sizeBytes() {
    return StateFormat.sizeBytes(this);
  }

  /** The module whose session it was: {@code sha256:} and 64 hexadecimal digits. */
  public String moduleDigest() {
    return text(moduleDigest);
  }

  /** The image that this is a difference from: {@code sha256:} and 64 hexadecimal digits. */
  public String imageDigest() {
    return text(imageDigest);
  }

  void digestsInto(byte[] target, int at) {
    System.arraycopy(moduleDigest, 0, target, at, DIGEST_BYTES);
    System.arraycopy(imageDigest, 0, target, at + DIGEST_BYTES, DIGEST_BYTES);
  }

  /** The memory's size, in pages of 64 KiB. */
  public int memoryPages() {
    return memoryPages;
  }

  /** How many pages of {@link #PAGE_BYTES} differ from the image. */
  public int pageCount() {
    return pageNumbers.length;
  }

  /** Where a page of memory begins, in KiB. The pages ascend. */
  public int pageNumber(int index) {
    return pageNumbers[index];
  }

  /** Copies what a page holds to {@code target}, from {@code at} on. */
  public void copyPage(int index, byte[] target, int at) {
    System.arraycopy(pages[index], 0, target, at, PAGE_BYTES);
  }

  /** How many globals differ from the image. */
  public int globalCount() {
    return globals.length;
  }

  /** A global's index in the module. They ascend. */
  public int globalIndex(int index) {
    return globals[index];
  }

  /** A global's bits; what has 32 of them, or is a reference, has zeroes above. */
  public long globalBits(int index) {
    return globalBits[index];
  }

  /** How many tables differ from the image. */
  public int tableCount() {
    return tables.length;
  }

  /** A table's index in the module. They ascend. */
  public int tableIndex(int index) {
    return tables[index];
  }

  /** All of a table's entries, function indices or −1 for null; the caller's. */
  public int[] tableEntries(int index) {
    return tableEntries[index].clone();
  }

  /**
   * A bit for each segment, data segments first, 1 if it was dropped; empty if the image's hold.
   * The array is the caller's.
   */
  public long[] droppedSegments() {
    return droppedSegments.clone();
  }

  /** The session's timers, in the order in which they become due. */
  public List<Timer> timers() {
    return timers;
  }

  /**
   * This state, but for the timers.
   *
   * @param changed in any order; those that become due at the same time, in the order of these
   * @throws IllegalArgumentException if two have the same id
   */
  public SessionState withTimers(List<Timer> changed) {
    return new SessionState(
        moduleDigest,
        imageDigest,
        memoryPages,
        pageNumbers,
        pages,
        globals,
        globalBits,
        tables,
        tableEntries,
        droppedSegments,
        inOrder(changed));
  }

  private static List<Timer> inOrder(List<Timer> timers) {
    if (timers.isEmpty()) {
      return List.of();
    }
    if (timers.size() > MAX_TIMERS) {
      throw wrong("%s timers, at most %d", timers.size(), MAX_TIMERS);
    }
    var ids = new HashSet<Integer>();
    for (Timer timer : timers) {
      if (!ids.add(timer.id())) {
        throw new IllegalArgumentException("timer " + timer.id() + " is there twice");
      }
    }
    var sorted = new ArrayList<>(timers);
    sorted.sort(Comparator.comparingLong(Timer::millisLeft)); // Keeps the order of equals.
    return List.copyOf(sorted);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SessionState that
        && Arrays.equals(moduleDigest, that.moduleDigest)
        && Arrays.equals(imageDigest, that.imageDigest)
        && memoryPages == that.memoryPages
        && Arrays.equals(pageNumbers, that.pageNumbers)
        && Arrays.deepEquals(pages, that.pages)
        && Arrays.equals(globals, that.globals)
        && Arrays.equals(globalBits, that.globalBits)
        && Arrays.equals(tables, that.tables)
        && Arrays.deepEquals(tableEntries, that.tableEntries)
        && Arrays.equals(droppedSegments, that.droppedSegments)
        && timers.equals(that.timers);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        Arrays.hashCode(moduleDigest),
        memoryPages,
        Arrays.hashCode(pageNumbers),
        Arrays.deepHashCode(pages),
        Arrays.hashCode(globalBits),
        Arrays.deepHashCode(tableEntries),
        timers);
  }

  /** How much of what there is, for logs; never what memory holds. */
  @Override
  public String toString() {
    return "state of %s: %d of %d KiB, %d globals, %d tables, %d timers"
        .formatted(
            moduleDigest(),
            pageNumbers.length,
            (long) memoryPages * PAGES_PER_MEMORY_PAGE,
            globals.length,
            tables.length,
            timers.size());
  }

  private static String text(byte[] digest) {
    return DIGEST_PREFIX + HexFormat.of().formatHex(digest);
  }

  private static byte[] digest(String text) {
    if (!text.startsWith(DIGEST_PREFIX)
        || text.length() != DIGEST_PREFIX.length() + 2 * DIGEST_BYTES) {
      throw new IllegalArgumentException(
          "the digest '" + text + "', expected sha256: and 64 hexadecimal digits");
    }
    return HexFormat.of().parseHex(text, DIGEST_PREFIX.length(), text.length());
  }

  /** What to throw when a number, which may have been read as an unsigned one, is too large. */
  private static IllegalArgumentException wrong(String message, int number, int limit) {
    return new IllegalArgumentException(message.formatted(Integer.toUnsignedString(number), limit));
  }

  /**
   * Gathers a state. Globals and tables come in the order of their indices, pages in any; what is
   * the same as the image's is left out by the caller. One thread.
   */
  public static final class Builder {
    private final byte[] moduleDigest;
    private final byte[] imageDigest;
    private final int memoryPages;
    private int[] pageNumbers = new int[4];
    private byte[][] pages = new byte[4][];
    private int pageCount;
    private int[] globals = new int[4];
    private long[] globalBits = new long[4];
    private int globalCount;
    private int[] tables = new int[2];
    private int[][] tableEntries = new int[2][];
    private int tableCount;
    private long entriesInAll;
    private long[] droppedSegments = {};
    private List<Timer> timers = List.of();

    /**
     * Of a session that is its module's image still, but for the memory's size.
     *
     * @param moduleDigest {@code sha256:} and 64 hexadecimal digits, as is the image's
     * @param memoryPages in pages of 64 KiB
     */
    public Builder(String moduleDigest, String imageDigest, int memoryPages) {
      this(digest(moduleDigest), digest(imageDigest), memoryPages);
    }

    public Builder(byte[] moduleDigest, byte[] imageDigest, int memoryPages) {
      if (memoryPages < 0 || memoryPages > MAX_MEMORY_PAGES) {
        throw wrong("memory of %s pages of 64 KiB, at most %d", memoryPages, MAX_MEMORY_PAGES);
      }
      this.moduleDigest = moduleDigest;
      this.imageDigest = imageDigest;
      this.memoryPages = memoryPages;
    }

    /**
     * Of a session of the same module, in the state of its image still but for the memory's size.
     */
    static Builder like(SessionState other, int memoryPages) {
      return new Builder(other.moduleDigest, other.imageDigest, memoryPages);
    }

    /** All of another state's globals. */
    Builder globals(SessionState from) {
      for (int i = 0; i < from.globals.length; i++) {
        global(from.globals[i], from.globalBits[i]);
      }
      return this;
    }

    /** All of another state's tables. */
    Builder tables(SessionState from) {
      for (int i = 0; i < from.tables.length; i++) {
        table(from.tables[i], from.tableEntries[i]);
      }
      return this;
    }

    /**
     * Adds a page that differs from the image's: the {@link #PAGE_BYTES} of {@code source} from
     * {@code at} on, which are copied.
     */
    public Builder page(int number, byte[] source, int at) {
      if (number < 0 || number >= memoryPages * PAGES_PER_MEMORY_PAGE) {
        throw wrong("page %s is outside memory of %d pages of 64 KiB", number, memoryPages);
      }
      if (pageCount == pageNumbers.length) {
        pageNumbers = Arrays.copyOf(pageNumbers, 2 * pageCount);
        pages = Arrays.copyOf(pages, 2 * pageCount);
      }
      pageNumbers[pageCount] = number;
      pages[pageCount++] = Arrays.copyOfRange(source, at, at + PAGE_BYTES);
      return this;
    }

    /** Adds a global that differs from the image's. */
    public Builder global(int index, long bits) {
      requireNext("global", index, globalCount == 0 ? -1 : globals[globalCount - 1], MAX_GLOBALS);
      if (globalCount == globals.length) {
        globals = Arrays.copyOf(globals, 2 * globalCount);
        globalBits = Arrays.copyOf(globalBits, 2 * globalCount);
      }
      globals[globalCount] = index;
      globalBits[globalCount++] = bits;
      return this;
    }

    /** Adds a table that differs from the image's; its entries are copied. */
    public Builder table(int index, int[] entries) {
      requireNext("table", index, tableCount == 0 ? -1 : tables[tableCount - 1], MAX_TABLES);
      entriesInAll += entries.length;
      if (entriesInAll > MAX_TABLE_ENTRIES) {
        throw wrong("%s table entries, at most %d", (int) entriesInAll, MAX_TABLE_ENTRIES);
      }
      if (tableCount == tables.length) {
        tables = Arrays.copyOf(tables, 2 * tableCount);
        tableEntries = Arrays.copyOf(tableEntries, 2 * tableCount);
      }
      tables[tableCount] = index;
      tableEntries[tableCount++] = entries.clone();
      return this;
    }

    private static void requireNext(String what, int index, int last, int limit) {
      if (index < 0 || index >= limit) {
        throw wrong(what + " %s, expected an index below %d", index, limit);
      }
      if (index <= last) {
        throw wrong(what + " %s comes after " + what + " %d", index, last);
      }
    }

    /** Says which segments were dropped, where that differs from the image; copied. */
    public Builder droppedSegments(long[] words) {
      if (words.length > MAX_SEGMENT_WORDS) {
        throw wrong("%s words of segment bits, at most %d", words.length, MAX_SEGMENT_WORDS);
      }
      droppedSegments = words.clone();
      return this;
    }

    /** Says which timers are set; as {@link SessionState#withTimers}. */
    public Builder timers(List<Timer> set) {
      timers = inOrder(set);
      return this;
    }

    /**
     * The state. The builder isn't used again.
     *
     * @throws IllegalArgumentException if a page is there twice
     */
    public SessionState build() {
      sortPages();
      return new SessionState(
          moduleDigest,
          imageDigest,
          memoryPages,
          Arrays.copyOf(pageNumbers, pageCount),
          Arrays.copyOf(pages, pageCount),
          Arrays.copyOf(globals, globalCount),
          Arrays.copyOf(globalBits, globalCount),
          Arrays.copyOf(tables, tableCount),
          Arrays.copyOf(tableEntries, tableCount),
          droppedSegments,
          timers);
    }

    private void sortPages() {
      boolean sorted = true;
      for (int i = 1; i < pageCount; i++) {
        sorted &= pageNumbers[i - 1] < pageNumbers[i];
      }
      if (sorted) {
        return;
      }
      long[] order = new long[pageCount]; // The number, and below it where the page is now.
      for (int i = 0; i < pageCount; i++) {
        order[i] = (long) pageNumbers[i] << Integer.SIZE | i;
      }
      Arrays.sort(order);
      byte[][] unsorted = pages;
      pages = new byte[pageCount][];
      for (int i = 0; i < pageCount; i++) {
        int number = (int) (order[i] >>> Integer.SIZE);
        if (i > 0 && pageNumbers[i - 1] == number) {
          throw new IllegalArgumentException("page " + number + " is there twice");
        }
        pageNumbers[i] = number;
        pages[i] = unsorted[(int) order[i]];
      }
    }
  }
}
