package dev.mooring.state;

import dev.mooring.state.SessionState.Timer;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How a state differs from the one before it, in the session's life: tens of bytes where a counter
 * has counted. Of memory it has runs of bytes; globals, tables, dropped segments and timers are
 * there as a whole if any of them has changed.
 *
 * <p>Immutable, and thread-safe.
 */
public final class StateChange {
  /** What it has as a whole: a state without pages. */
  private final SessionState parts;

  /** Which of them it has: a sum of {@link StateFormat}'s. */
  private final int which;

  private final byte[] pageRuns;

  private StateChange(SessionState parts, int which, byte[] pageRuns) {
    this.parts = parts;
    this.which = which;
    this.pageRuns = pageRuns;
  }

  /**
   * A change but for timers, which are as they were.
   *
   * @param parts what of a state has changed, and the memory's size; without pages
   * @param pageRuns this class's from now on
   */
  public static StateChange of(
      SessionState parts, boolean globals, boolean tables, boolean segments, byte[] pageRuns) {
    int which =
        (globals ? StateFormat.GLOBALS : 0)
            | (tables ? StateFormat.TABLES : 0)
            | (segments ? StateFormat.SEGMENTS : 0);
    return new StateChange(parts, which, pageRuns);
  }

  /** This change, and these timers from now on; as {@link SessionState#withTimers}. */
  public StateChange withTimers(List<Timer> changed) {
    return new StateChange(parts.withTimers(changed), which | StateFormat.TIMERS, pageRuns);
  }

  /** The timers from now on, in the order in which they become due; null if they are the same. */
  public @Nullable List<Timer> timers() {
    return has(StateFormat.TIMERS) ? parts.timers() : null;
  }

  private boolean has(int part) {
    return (which & part) != 0;
  }

  /**
   * What a state becomes by changes that were made of it, in order.
   *
   * @throws StateException if they weren't made of it
   */
  public static SessionState replay(SessionState base, List<StateChange> changes)
      throws StateException {
    if (changes.isEmpty()) {
      return base;
    }
    SessionState globals = base;
    SessionState tables = base;
    SessionState segments = base;
    SessionState timers = base;
    var pages = new TreeMap<Integer, byte[]>();
    for (int i = 0; i < base.pageCount(); i++) {
      pages.put(base.pageNumber(i), base.pages[i].clone());
    }
    int memoryPages = base.memoryPages();
    for (StateChange change : changes) {
      if (change.parts.memoryPages() < memoryPages) {
        throw new StateException("a change by which memory becomes smaller");
      }
      memoryPages = change.parts.memoryPages();
      putPages(change, pages);
      globals = change.has(StateFormat.GLOBALS) ? change.parts : globals;
      tables = change.has(StateFormat.TABLES) ? change.parts : tables;
      segments = change.has(StateFormat.SEGMENTS) ? change.parts : segments;
      timers = change.has(StateFormat.TIMERS) ? change.parts : timers;
    }
    var replayed = SessionState.Builder.like(base, memoryPages);
    pages.forEach((number, page) -> replayed.page(number, page, 0));
    replayed.globals(globals).tables(tables).droppedSegments(segments.droppedSegments);
    return replayed.timers(timers.timers()).build();
  }

  private static void putPages(StateChange change, Map<Integer, byte[]> pages)
      throws StateException {
    int limit = change.parts.memoryPages() * SessionState.PAGES_PER_MEMORY_PAGE;
    PageRuns.apply(
        change.pageRuns,
        (number, isNew) -> {
          if (number >= limit) {
            throw new StateException("page " + number + " is outside memory");
          }
          if (isNew) {
            pages.put(number, new byte[SessionState.PAGE_BYTES]);
          }
          byte[] page = pages.get(number);
          if (page == null) {
            throw new StateException("a change of page " + number + ", which isn't there");
          }
          return page;
        });
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @throws StateException if the bytes are anything else
   */
  public static StateChange fromBytes(byte[] bytes) throws StateException {
    ByteBuffer in = StateFormat.littleEndian(bytes);
    int which = StateFormat.readWhich(in);
    SessionState parts = StateFormat.readParts(in, which);
    byte[] pageRuns = new byte[in.remaining()];
    in.get(pageRuns);
    return new StateChange(parts, which, pageRuns);
  }

  /**
   * Writes the change down, in the format that the package describes. The array is the caller's.
   */
  public byte[] toBytes() {
    byte[] bytes = new byte[StateFormat.partsBytes(parts, which) + pageRuns.length];
    ByteBuffer out = StateFormat.littleEndian(bytes);
    StateFormat.writeParts(parts, which, out);
    out.put(pageRuns);
    return bytes;
  }
}
