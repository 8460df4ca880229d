package dev.mooring.state;

import dev.mooring.state.SessionState.Timer;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A state as bytes: the format that the package describes, written and read.
 *
 * <p>Reading believes nothing: the length and the checksum come first, then each count is held
 * against its bound and against the bytes that are there, before anything is allocated for it. What
 * it accepts, writing would give back byte for byte.
 */
final class StateFormat {
  static final int VERSION = 1;
  static final int HEADER_BYTES = 112;
  static final int CHECKSUM_BYTES = 4;

  private static final byte[] MAGIC = "MOORSTAT".getBytes(StandardCharsets.US_ASCII);
  private static final int DIGEST_BYTES = 32;

  /** A change doesn't say of which module it is: whoever replays it knows. */
  private static final byte[] NO_DIGEST = new byte[DIGEST_BYTES];

  private static final int DIGESTS_AT = 20;
  private static final int PAGE_RECORD_BYTES = 4 + SessionState.PAGE_BYTES;
  private static final int GLOBAL_RECORD_BYTES = 4 + 8;
  private static final int TABLE_RECORD_BYTES = 4 + 4;
  private static final int TIMER_RECORD_BYTES = 4 + 4;

  /** What a {@link StateChange} may have as a whole. */
  static final int GLOBALS = 1;

  static final int TABLES = 2;
  static final int SEGMENTS = 4;
  static final int TIMERS = 8;
  private static final int ALL_PARTS = GLOBALS | TABLES | SEGMENTS | TIMERS;

  /** The longest array that every JVM allocates, less a little. */
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  private StateFormat() {}

  static long sizeBytes(SessionState state) {
    return HEADER_BYTES
        + bodyBytes(
            state.pages.length,
            state.globals.length,
            state.tables.length,
            entries(state),
            state.droppedSegments.length,
            state.timers.size())
        + CHECKSUM_BYTES;
  }

  private static long entries(SessionState state) {
    long entries = 0;
    for (int[] table : state.tableEntries) {
      entries += table.length;
    }
    return entries;
  }

  private static long bodyBytes(
      long pages, long globals, long tables, long entries, long words, long timers) {
    return pages * PAGE_RECORD_BYTES
        + globals * GLOBAL_RECORD_BYTES
        + tables * TABLE_RECORD_BYTES
        + entries * Integer.BYTES
        + words * Long.BYTES
        + timers * TIMER_RECORD_BYTES;
  }

  static byte[] write(SessionState state) {
    long size = sizeBytes(state);
    if (size > MAX_BYTES) {
      throw new IllegalStateException("a state of " + size + " bytes, at most " + MAX_BYTES);
    }
    byte[] bytes = new byte[(int) size];
    ByteBuffer out = littleEndian(bytes);
    out.put(MAGIC).putInt(VERSION).putLong(size);
    state.digestsInto(bytes, DIGESTS_AT);
    out.position(DIGESTS_AT + 2 * DIGEST_BYTES);
    out.putInt(state.memoryPages);
    out.putInt(state.pages.length);
    out.putInt(state.globals.length);
    out.putInt(state.tables.length);
    out.putInt(state.droppedSegments.length);
    out.putInt(state.timers.size());
    out.putInt((int) entries(state));
    for (int i = 0; i < state.pages.length; i++) {
      out.putInt(state.pageNumbers[i]).put(state.pages[i]);
    }
    writeGlobals(state, out);
    writeTables(state, out);
    writeWords(state, out);
    writeTimers(state, out);
    out.putInt(checksum(bytes));
    return bytes;
  }

  static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void writeGlobals(SessionState state, ByteBuffer out) {
    for (int i = 0; i < state.globals.length; i++) {
      out.putInt(state.globals[i]).putLong(state.globalBits[i]);
    }
  }

  private static void writeTables(SessionState state, ByteBuffer out) {
    for (int i = 0; i < state.tables.length; i++) {
      int[] table = state.tableEntries[i];
      out.putInt(state.tables[i]).putInt(table.length);
      out.asIntBuffer().put(table);
      out.position(out.position() + table.length * Integer.BYTES);
    }
  }

  private static void writeWords(SessionState state, ByteBuffer out) {
    for (long word : state.droppedSegments) {
      out.putLong(word);
    }
  }

  private static void writeTimers(SessionState state, ByteBuffer out) {
    for (Timer timer : state.timers) {
      out.putInt(timer.id()).putInt((int) timer.millisLeft());
    }
  }

  /** How many bytes {@link #writeParts} writes. */
  static int partsBytes(SessionState state, int which) {
    long bytes = 1 + Integer.BYTES;
    bytes += has(which, GLOBALS, Integer.BYTES + (long) state.globals.length * GLOBAL_RECORD_BYTES);
    bytes +=
        has(
            which,
            TABLES,
            2 * Integer.BYTES
                + (long) state.tables.length * TABLE_RECORD_BYTES
                + entries(state) * Integer.BYTES);
    bytes += has(which, SEGMENTS, Integer.BYTES + (long) state.droppedSegments.length * Long.BYTES);
    bytes += has(which, TIMERS, Integer.BYTES + (long) state.timers.size() * TIMER_RECORD_BYTES);
    return (int) bytes;
  }

  private static long has(int which, int part, long bytes) {
    return (which & part) == 0 ? 0 : bytes;
  }

  /** Writes the size of memory, and those parts that are wanted. */
  static void writeParts(SessionState state, int which, ByteBuffer out) {
    out.put((byte) which).putInt(state.memoryPages);
    if ((which & GLOBALS) != 0) {
      out.putInt(state.globals.length);
      writeGlobals(state, out);
    }
    if ((which & TABLES) != 0) {
      out.putInt(state.tables.length).putInt((int) entries(state));
      writeTables(state, out);
    }
    if ((which & SEGMENTS) != 0) {
      out.putInt(state.droppedSegments.length);
      writeWords(state, out);
    }
    if ((which & TIMERS) != 0) {
      out.putInt(state.timers.size());
      writeTimers(state, out);
    }
  }

  /** Which parts follow. */
  static int readWhich(ByteBuffer in) throws StateException {
    int which = in.hasRemaining() ? in.get() : 0;
    if ((which & ~ALL_PARTS) != 0) {
      throw new StateException("a change of the parts %#x".formatted(which & 0xFF));
    }
    return which;
  }

  /** Reads what {@link #writeParts} wrote, but for the first byte. */
  static SessionState readParts(ByteBuffer in, int which) throws StateException {
    try {
      int memoryPages = count(in, "pages of memory", SessionState.MAX_MEMORY_PAGES);
      var state = new SessionState.Builder(NO_DIGEST, NO_DIGEST, memoryPages);
      if ((which & GLOBALS) != 0) {
        int globals = count(in, "globals", in.remaining() / GLOBAL_RECORD_BYTES);
        readGlobals(in, globals, state);
      }
      if ((which & TABLES) != 0) {
        int tables = count(in, "tables", in.remaining() / TABLE_RECORD_BYTES);
        readTables(in, tables, count(in, "entries", in.remaining() / Integer.BYTES), state);
      }
      if ((which & SEGMENTS) != 0) {
        state.droppedSegments(words(in, count(in, "words", in.remaining() / Long.BYTES)));
      }
      if ((which & TIMERS) != 0) {
        readTimers(in, count(in, "timers", in.remaining() / TIMER_RECORD_BYTES), state);
      }
      return state.build();
    } catch (BufferUnderflowException e) {
      throw new StateException("a change of a state that is cut off");
    } catch (IllegalArgumentException e) {
      throw new StateException(String.valueOf(e.getMessage()));
    }
  }

  /** Of all bytes but the last four, which hold it. */
  static int checksum(byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - CHECKSUM_BYTES);
    return (int) crc.getValue();
  }

  static SessionState read(byte[] bytes) throws StateException {
    ByteBuffer in = littleEndian(bytes);
    checkWhole(bytes, in);
    in.position(DIGESTS_AT);
    byte[] moduleDigest = digest(in);
    byte[] imageDigest = digest(in);
    int memoryPages = count(in, "pages of memory", SessionState.MAX_MEMORY_PAGES);
    int pages = count(in, "pages", memoryPages * SessionState.PAGES_PER_MEMORY_PAGE);
    int globals = count(in, "globals", SessionState.MAX_GLOBALS);
    int tables = count(in, "tables", SessionState.MAX_TABLES);
    int words = count(in, "words of segment bits", SessionState.MAX_SEGMENT_WORDS);
    int timers = count(in, "timers", SessionState.MAX_TIMERS);
    int entries = count(in, "table entries", SessionState.MAX_TABLE_ENTRIES);
    long announced = bodyBytes(pages, globals, tables, entries, words, timers);
    long body = (long) in.remaining() - CHECKSUM_BYTES;
    if (announced != body) {
      throw new StateException(
          "the counts announce a body of " + announced + " bytes, but it has " + body);
    }
    try {
      // Each record is checked by the builder: what it refuses can be in no state.
      var state = new SessionState.Builder(moduleDigest, imageDigest, memoryPages);
      readPages(bytes, in, pages, state);
      readGlobals(in, globals, state);
      readTables(in, tables, entries, state);
      state.droppedSegments(words(in, words));
      readTimers(in, timers, state);
      return state.build();
    } catch (IllegalArgumentException e) {
      throw new StateException(String.valueOf(e.getMessage()));
    }
  }

  /** Says whether these are all the bytes of a state, and as they were written. */
  private static void checkWhole(byte[] bytes, ByteBuffer in) throws StateException {
    int magic = Math.min(MAGIC.length, bytes.length);
    if (!Arrays.equals(bytes, 0, magic, MAGIC, 0, magic)) {
      throw new StateException("no session's state: it doesn't begin with MOORSTAT");
    }
    int least = HEADER_BYTES + CHECKSUM_BYTES;
    if (bytes.length < least) {
      throw new StateException(
          "cut off after %d bytes, expected %d or more".formatted(bytes.length, least));
    }
    int version = in.getInt(MAGIC.length);
    if (version != VERSION) {
      throw new StateException(
          "version %s of the format, expected %d"
              .formatted(Integer.toUnsignedString(version), VERSION));
    }
    long length = in.getLong(MAGIC.length + Integer.BYTES);
    if (length != bytes.length) {
      throw new StateException(
          "it says that it has %s bytes, but there are %d"
              .formatted(Long.toUnsignedString(length), bytes.length));
    }
    int written = in.getInt(bytes.length - CHECKSUM_BYTES);
    int computed = checksum(bytes);
    if (written != computed) {
      throw new StateException(
          "damaged: its checksum is %08x, that of its bytes %08x".formatted(written, computed));
    }
  }

  private static byte[] digest(ByteBuffer in) {
    byte[] digest = new byte[DIGEST_BYTES];
    in.get(digest);
    return digest;
  }

  private static int count(ByteBuffer in, String what, int limit) throws StateException {
    long count = Integer.toUnsignedLong(in.getInt());
    if (count > limit) {
      throw new StateException("it announces %d %s, at most %d".formatted(count, what, limit));
    }
    return (int) count;
  }

  private static void readPages(byte[] bytes, ByteBuffer in, int count, SessionState.Builder state)
      throws StateException {
    long last = -1;
    for (int i = 0; i < count; i++) {
      int number = in.getInt();
      state.page(number, bytes, in.position());
      if (number <= last) {
        throw new StateException("page " + number + " comes after page " + last);
      }
      last = number;
      in.position(in.position() + SessionState.PAGE_BYTES);
    }
  }

  private static void readGlobals(ByteBuffer in, int count, SessionState.Builder state) {
    for (int i = 0; i < count; i++) {
      state.global(in.getInt(), in.getLong());
    }
  }

  private static void readTables(ByteBuffer in, int count, int entries, SessionState.Builder state)
      throws StateException {
    int left = entries;
    for (int i = 0; i < count; i++) {
      int index = in.getInt();
      int size =
          count(in, "entries of table " + index, Math.min(left, in.remaining() / Integer.BYTES));
      int[] table = new int[size];
      in.asIntBuffer().get(table);
      in.position(in.position() + size * Integer.BYTES);
      state.table(index, table);
      left -= size;
    }
    if (left != 0) {
      throw new StateException(left + " table entries are announced and belong to no table");
    }
  }

  private static long[] words(ByteBuffer in, int count) {
    long[] words = new long[count];
    in.asLongBuffer().get(words);
    in.position(in.position() + count * Long.BYTES);
    return words;
  }

  private static void readTimers(ByteBuffer in, int count, SessionState.Builder state)
      throws StateException {
    List<Timer> timers = new ArrayList<>(count);
    long last = 0;
    for (int i = 0; i < count; i++) {
      var timer = new Timer(in.getInt(), Integer.toUnsignedLong(in.getInt()));
      if (timer.millisLeft() < last) {
        throw new StateException(
            "timer %d is due before the one that it comes after".formatted(timer.id()));
      }
      last = timer.millisLeft();
      timers.add(timer);
    }
    state.timers(timers);
  }
}
