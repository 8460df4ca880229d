package dev.mooring.guest.memory;

import dev.mooring.guest.call.GuestTrap;
import dev.mooring.guest.call.StackProbe;
import dev.mooring.guest.call.Traps;
import dev.mooring.state.PageRuns;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The linear memory of one processor, which holds whichever space is loaded.
 *
 * <p>Guests compute in a <i>window</i>: an array as long as their memory, which is the image with
 * the loaded space's pages in it. So a load or a store is one access to one array, which the JVM
 * checks; and a store sets its page's mark besides, unconditionally. Generated code does both in
 * {@link MemoryOperations}.
 *
 * <p>Loading a space copies its pages in, and puts the image back where the one before had other
 * pages. {@link #commit} looks at the pages that are marked, and makes the space's own what differs
 * from the image; what was written and put back costs nothing to keep. {@link #rollback} copies
 * them from the space or the image again, so nothing is kept to be undone. A call that grows memory
 * goes on in a longer window, and comes back to its own if it fails.
 *
 * <p>A store of several bytes sets the mark of the page where it begins. So the first bytes of the
 * page after a marked one are looked at, too.
 *
 * <p>Addresses and lengths are unsigned 32-bit numbers, and the effective address of an access is
 * the 33-bit sum of a base and an offset. A range that isn't wholly inside memory is a trap: {@link
 * GuestTrap#OUT_OF_BOUNDS_MEMORY}, or any {@link IndexOutOfBoundsException} of a load or store,
 * which {@link Traps} takes for one.
 *
 * <p>Event loop only.
 */
@SuppressWarnings("ReferenceEquality") // Which space or window it is, not what it is like.
public final class GuestMemory implements GuestBytes {
  static final int TRACKED_SHIFT = 10;

  /** Bytes in a page of which this engine keeps track: the unit of copying and of comparing. */
  public static final int TRACKED_BYTES = 1 << TRACKED_SHIFT;

  static final int TRACKED_MASK = TRACKED_BYTES - 1;

  /** Bytes in a page of WebAssembly's, the unit of sizes. */
  public static final int PAGE_SIZE = 1 << 16;

  /** Tracked pages in a page of WebAssembly's. */
  public static final int TRACKED_PER_PAGE = PAGE_SIZE / TRACKED_BYTES;

  /** As large as memory gets here, whatever is asked for: a page less than 2 GiB. */
  public static final int MAX_PAGES = 32_767;

  /**
   * A space of so many pages gets a window of its own if there is room: to copy them in and out at
   * every switch takes as long as a small call.
   */
  static final int LARGE_SPACE_PAGES = 256;

  /** As much room is kept to put a space to rest in; what a larger one takes is made for it. */
  private static final int KEPT_REST_BYTES = 16 * 1024;

  /** If a space has no more pages, each is looked at by itself before all marks are. */
  private static final int FEW_PAGES = 16;

  private static final long UNSIGNED = 0xFFFF_FFFFL;
  static final byte[] NOTHING = {};

  /** As many unset marks as are looked through at a time. */
  private static final byte[] UNMARKED = new byte[4096];

  private final MemoryImage image;
  private final PagePool pool;

  /** Where {@code memory.init} copies from. */
  private final Segments segments;

  private final Windows windows;

  /** This memory's windows, of any length. */
  private final List<Window> own = new ArrayList<>();

  /** The loaded window's. */
  byte[] bytes = NOTHING;

  /** The loaded window's. */
  byte[] marks = NOTHING;

  private @Nullable Window window;

  /** The window that a call which has grown memory began in. */
  private @Nullable Window grownFrom;

  /** The most pages that the loaded space may grow to. */
  private int limitPages;

  // What a commit works with; nothing of it lasts.

  /** Where in a space's list the pages are that it has and that were written. */
  private int[] places = new int[16];

  private int changed;

  /** The pages that the space hasn't got yet. */
  private int[] freshNumbers = new int[16];

  private int fresh;
  private final PageRuns rest = new PageRuns();
  private byte[][] taken = new byte[16][];

  /** Without a window yet. */
  public GuestMemory(MemoryImage image, Segments segments, PagePool pool, Windows windows) {
    this.image = image;
    this.segments = segments;
    this.pool = pool;
    this.windows = windows;
  }

  /** Memory for a new space: the image, nothing of its own. */
  public SpaceMemory newSpace(int limitPages) {
    return new SpaceMemory(image.sizePages(), limitPages);
  }

  /**
   * Makes a space's memory the one that is read and written.
   *
   * @throws GuestTrap when the budget has no room for it; then perhaps nothing is loaded
   */
  public void load(SpaceMemory space) {
    int now = windows.now();
    space.ranAt = now;
    if (window != null && window.content == space) {
      window.usedAt = now;
      limitPages = space.limitPages;
      windows.running(this);
      return;
    }
    Window found = space.shownIn();
    if (found == null) {
      found = windowFor(space);
      use(found);
      if (space.isAtRest()) {
        found.usedAt = now; // For what it takes to wake, any other window may go.
        wake(space);
      }
      show(found, space);
    } else {
      use(found);
    }
    found.usedAt = now;
    limitPages = space.limitPages;
  }

  /** Makes a window the one that is used: that takes some writing if it isn't. */
  private void use(Window chosen) {
    if (chosen != window) {
      window = chosen;
      bytes = chosen.bytes;
      marks = chosen.marks;
    }
    windows.running(this);
  }

  /** The window that it takes the least to show a space in. */
  private Window windowFor(SpaceMemory space) {
    int length = space.sizePages << 16;
    Window best = window;
    if (best != null && best.bytes.length == length && !isLarge(best.content) && !isLarge(space)) {
      return best;
    }
    best = null;
    windows.running(null);
    for (int i = 0; i < own.size(); i++) {
      Window each = own.get(i);
      if (each.bytes.length == length
          && (best == null || each.changedPages() < best.changedPages())) {
        best = each;
      }
    }
    if (best == null) {
      if (!windows.tryReserve(length)) {
        throw GuestTrap.OUT_OF_MEMORY;
      }
      return newWindow(length);
    }
    boolean wantsOwn = isLarge(space) && best.content != null;
    return wantsOwn && windows.tryReserveSpare(length) ? newWindow(length) : best;
  }

  /** A window of the image, for which there is room. */
  private Window newWindow(int length) {
    Window made = null;
    try {
      made = new Window(this, image.copy(length), new byte[length >> TRACKED_SHIFT]);
      return added(made);
    } finally {
      if (made == null) {
        windows.release(length);
      }
    }
  }

  private Window added(Window made) {
    windows.add(made);
    own.add(made);
    return made;
  }

  /** Makes a window show a space, which is awake, instead of what it shows. */
  private void show(Window target, SpaceMemory space) {
    SpaceMemory former = target.content;
    byte[] into = target.bytes;
    if (former != null) {
      int next = 0;
      for (int i = 0; i < former.count; i++) {
        int number = former.numbers[i];
        while (next < space.count && space.numbers[next] < number) {
          next++;
        }
        if (next == space.count || space.numbers[next] != number) {
          copyPage(image.page(number), into, number);
        }
      }
    }
    for (int i = 0; i < space.count; i++) {
      copyPage(space.pages[i], into, space.numbers[i]);
    }
    target.shows(space);
  }

  private static void copyPage(byte[] page, byte[] into, int number) {
    System.arraycopy(page, 0, into, number << TRACKED_SHIFT, TRACKED_BYTES);
  }

  /** Makes a window the image, whatever was stored to it. */
  private void clear(Window target) {
    SpaceMemory former = target.content;
    target.content = null;
    for (int n = nextMark(target.marks, 0); n >= 0; n = nextMark(target.marks, n + 1)) {
      restore(target, n, null);
    }
    if (former != null) {
      for (int i = 0; i < former.count; i++) {
        int number = former.numbers[i];
        copyPage(image.page(number), target.bytes, number);
      }
    }
  }

  /** The first marked page from one on; -1 if there is none. */
  private static int nextMark(byte[] marks, int from) {
    int start = from;
    if (start < marks.length && marks[start] != 0) {
      return start; // Pages that were written lie together.
    }
    while (start < marks.length) {
      int length = Math.min(marks.length - start, UNMARKED.length);
      int found = Arrays.mismatch(marks, start, start + length, UNMARKED, 0, length);
      if (found >= 0) {
        return start + found;
      }
      start += length;
    }
    return -1;
  }

  /** What a page was before the running call: a space's own, or, without one, the image's. */
  private byte[] former(int number, @Nullable SpaceMemory space) {
    if (space != null) {
      int place = space.find(number);
      if (place >= 0) {
        return space.pages[place];
      }
    }
    return image.page(number);
  }

  /** Makes a marked page what it was, and what a store to it may have changed of the next one. */
  private void restore(Window target, int number, @Nullable SpaceMemory space) {
    copyPage(former(number, space), target.bytes, number);
    target.marks[number] = 0;
    int next = number + 1;
    if (next < target.marks.length && target.marks[next] == 0) {
      byte[] page = former(next, space);
      System.arraycopy(page, 0, target.bytes, next << TRACKED_SHIFT, Long.BYTES);
    }
  }

  /**
   * Ends a call that succeeded: makes the loaded space's own what it wrote.
   *
   * @throws GuestTrap when the budget has no room for it. Then nothing has happened.
   */
  public void commit(SpaceMemory space) {
    changed = 0;
    fresh = 0;
    boolean ready = false;
    try {
      prepare(space);
      ready = true;
    } finally {
      if (!ready) {
        markNoted(space);
      }
    }
    if (space.journal != null) {
      enter(space, space.journal);
    }
    for (int i = 0; i < changed; i++) {
      byte[] page = space.pages[places[i]];
      System.arraycopy(bytes, space.numbers[places[i]] << TRACKED_SHIFT, page, 0, TRACKED_BYTES);
    }
    if (grownFrom != null) {
      keepGrown(space, grownFrom);
    }
    if (fresh > 0) {
      insert(space);
    }
  }

  /** Notes what is to be kept, takes its marks, and has the pages ready for what is new. */
  private void prepare(SpaceMemory space) {
    if (space.count <= FEW_PAGES) {
      noteOwn(space);
    }
    for (int n = nextMark(marks, 0); n >= 0; n = nextMark(marks, n + 1)) {
      note(n, space);
    }
    if (fresh > 0) {
      space.makeRoom(fresh);
      take(fresh);
    }
  }

  /** Sets the marks again that were taken. */
  private void markNoted(SpaceMemory space) {
    for (int i = 0; i < changed; i++) {
      marks[space.numbers[places[i]]] = 1;
    }
    for (int i = 0; i < fresh; i++) {
      marks[freshNumbers[i]] = 1;
    }
  }

  /** Looks at the few pages that a space has first: they are the likeliest to be written again. */
  private void noteOwn(SpaceMemory space) {
    for (int i = 0; i < space.count; i++) {
      int number = space.numbers[i];
      if (marks[number] != 0) {
        noteChanged(i);
        marks[number] = 0;
        markSpill(number + 1, space);
      }
    }
  }

  /** Notes a marked page if it is to be kept, and takes the mark. */
  private void note(int number, SpaceMemory space) {
    markSpill(number + 1, space);
    int place = space.find(number, changed == 0 ? 0 : places[changed - 1]);
    if (place >= 0) {
      noteChanged(place);
    } else if (!isEqual(image.page(number), number)) {
      if (fresh == freshNumbers.length) {
        freshNumbers = Arrays.copyOf(freshNumbers, 2 * fresh);
      }
      freshNumbers[fresh++] = number;
    }
    marks[number] = 0;
  }

  private void noteChanged(int place) {
    if (changed == places.length) {
      places = Arrays.copyOf(places, 2 * changed);
    }
    places[changed++] = place;
  }

  /** Marks a page if a store to the one before has reached into it. */
  private void markSpill(int number, SpaceMemory space) {
    if (number < marks.length && marks[number] == 0) {
      long first = (long) LittleEndian.LONG.get(bytes, number << TRACKED_SHIFT);
      if (first != (long) LittleEndian.LONG.get(former(number, space), 0)) {
        marks[number] = 1;
      }
    }
  }

  private boolean isEqual(byte[] page, int number) {
    int start = number << TRACKED_SHIFT;
    return Arrays.equals(page, 0, TRACKED_BYTES, bytes, start, start + TRACKED_BYTES);
  }

  /** Enters in a journal what is about to be kept. */
  private void enter(SpaceMemory space, MemoryJournal journal) {
    for (int i = 0; i < changed; i++) {
      int number = space.numbers[places[i]];
      byte[] before = space.pages[places[i]];
      if (Arrays.equals(before, image.page(number))) {
        journal.added(number, bytes, number << TRACKED_SHIFT); // It isn't in what was saved.
      } else {
        journal.changed(number, before, bytes, number << TRACKED_SHIFT);
      }
    }
    for (int i = 0; i < fresh; i++) {
      journal.added(freshNumbers[i], bytes, freshNumbers[i] << TRACKED_SHIFT);
    }
  }

  /** Takes pages from the pool, all or none. */
  private void take(int count) {
    if (count > taken.length) {
      taken = new byte[Math.max(count, 2 * taken.length)][];
    }
    int done = 0;
    try {
      while (done < count) {
        taken[done] = pool.take();
        done++;
      }
    } finally {
      if (done < count) {
        while (done > 0) {
          pool.give(takenPage(--done));
        }
      }
    }
  }

  private byte[] takenPage(int place) {
    byte[] page = taken[place];
    taken[place] = null;
    return page;
  }

  /** The longer window is the space's from now on, and the one that its call began in nobody's. */
  private void keepGrown(SpaceMemory space, Window shorter) {
    clear(shorter);
    grownFrom = null;
    space.sizePages = sizePages();
    Window longer = window;
    for (int i = own.size() - 1; i >= 0; i--) {
      Window each = own.get(i);
      if (each != longer && each.bytes.length == bytes.length && !isLarge(each.content)) {
        windows.drop(each); // One will do for all spaces of this length.
      }
    }
    if (longer != null) {
      longer.shows(space);
    }
  }

  /** Whether a space wants a window of its own. */
  private static boolean isLarge(@Nullable SpaceMemory space) {
    return space != null && space.count >= LARGE_SPACE_PAGES;
  }

  /** Adds the pages that are new to a space; from the last on, so that its list stays in order. */
  private void insert(SpaceMemory space) {
    int read = space.count - 1;
    space.count += fresh;
    for (int left = fresh - 1; left >= 0; left--) {
      int number = freshNumbers[left];
      while (read >= 0 && space.numbers[read] > number) {
        space.move(read, read + left + 1);
        read--;
      }
      byte[] page = takenPage(left);
      System.arraycopy(bytes, number << TRACKED_SHIFT, page, 0, TRACKED_BYTES);
      space.numbers[read + left + 1] = number;
      space.pages[read + left + 1] = page;
    }
  }

  /** Ends a call that failed: makes memory what it was before, its size included. */
  public void rollback(SpaceMemory space) {
    if (grownFrom != null && window != null) {
      Window longer = window;
      use(grownFrom);
      grownFrom = null;
      windows.drop(longer);
    }
    Window target = window;
    if (target == null || target.content != space) {
      return; // It was never loaded.
    }
    for (int n = nextMark(marks, 0); n >= 0; n = nextMark(marks, n + 1)) {
      restore(target, n, space);
    }
  }

  /** Gives back all that a space holds, which won't be loaded again. */
  public void discard(SpaceMemory space) {
    hide(space);
    if (space.isAtRest()) {
      pool.woke(restingPages(space), space.runs.length);
      space.runs = SpaceMemory.AWAKE;
    }
    givePages(space);
  }

  private void givePages(SpaceMemory space) {
    for (int i = 0; i < space.count; i++) {
      pool.give(space.pages[i]);
    }
    space.forgetPages();
  }

  /** Sees to it that no window shows a space. */
  private void hide(SpaceMemory space) {
    Window shown = space.shownIn();
    if (shown != null) {
      clear(shown);
    }
    space.lastShownIn = null;
  }

  /**
   * Keeps a space's memory as small as it can be, until it is loaded again: it hasn't run for a
   * while. Not during a call.
   */
  public void rest(SpaceMemory space) {
    if (space.count == 0) {
      return;
    }
    byte[] runs = runs(space);
    if (runs.length > (long) space.count * TRACKED_BYTES / 4 * 3) {
      return; // Hardly smaller, and some work to wake.
    }
    hide(space);
    // What was put back to the image is left out; it is counted out when the space wakes.
    pool.rest(space.pages, space.count, runs.length);
    space.forgetPages();
    space.runs = runs;
  }

  /** What differs from the image in an awake space's pages, each of which is there. */
  private byte[] runs(SpaceMemory space) {
    for (int i = 0; i < space.count; i++) {
      rest.changed(space.numbers[i], image.page(space.numbers[i]), space.pages[i], 0);
    }
    byte[] runs = rest.toBytes();
    rest.clear(KEPT_REST_BYTES);
    return runs;
  }

  /** How many pages a space at rest had. */
  static int restingPages(SpaceMemory space) {
    try {
      return PageRuns.count(space.runs);
    } catch (StateException e) {
      throw new IllegalStateException("what a space was put to rest as is damaged", e);
    }
  }

  /**
   * Adds the pages of runs to a space, in order, for which there is room in its list.
   *
   * @param pages gives the arrays that become its pages, whatever is in them
   */
  private void expand(byte[] runs, SpaceMemory space, Supplier<byte[]> pages) {
    try {
      PageRuns.apply(
          runs,
          (number, isNew) -> {
            byte[] page = pages.get();
            space.add(number, page);
            System.arraycopy(image.page(number), 0, page, 0, TRACKED_BYTES);
            return page;
          });
    } catch (StateException e) {
      throw new IllegalStateException("what a space was put to rest as is damaged", e);
    }
  }

  /**
   * Makes a space's pages whole again.
   *
   * @throws GuestTrap when the budget has no room for them; the space is at rest still
   */
  private void wake(SpaceMemory space) {
    if (!space.isAtRest()) {
      return;
    }
    byte[] runs = space.runs;
    int pages = restingPages(space);
    space.makeRoom(pages);
    boolean whole = false;
    try {
      expand(runs, space, pool::takeAgain);
      whole = true;
    } finally {
      if (!whole) {
        givePages(space);
      }
    }
    pool.woke(pages, runs.length);
    space.runs = SpaceMemory.AWAKE;
  }

  /**
   * Fills a new space's memory with what was saved. If there is no memory for all of it, the space
   * holds a part, which can be discarded.
   *
   * @param state its size is one that the space may have
   * @throws GuestTrap when the budget has none left
   */
  public void restore(SpaceMemory space, SessionState state) {
    space.makeRoom(state.pageCount());
    space.sizePages = state.memoryPages();
    for (int i = 0; i < state.pageCount(); i++) {
      byte[] page = pool.take();
      state.copyPage(i, page, 0);
      space.add(state.pageNumber(i), page);
    }
  }

  /** Adds each page in which a space's memory differs from the image; not during its call. */
  public void save(SpaceMemory space, SessionState.Builder state) {
    SpaceMemory awake = space;
    if (space.isAtRest()) {
      awake = new SpaceMemory(space.sizePages, space.limitPages);
      awake.makeRoom(restingPages(space));
      expand(space.runs, awake, () -> new byte[TRACKED_BYTES]);
    }
    for (int i = 0; i < awake.count; i++) {
      if (!Arrays.equals(awake.pages[i], image.page(awake.numbers[i]))) {
        state.page(awake.numbers[i], awake.pages[i], 0);
      }
    }
  }

  /** Gives up all windows; no space of this memory is left. */
  public void close() {
    while (!own.isEmpty()) {
      windows.drop(own.getLast());
    }
  }

  /** Whether the call that runs here can't do without a window. */
  boolean uses(Window each) {
    return each == window || each == grownFrom;
  }

  /** A window was dropped. */
  void dropped(Window each) {
    own.remove(each);
    each.drop();
    if (each == window) {
      window = null;
      bytes = NOTHING;
      marks = NOTHING;
    }
  }

  /** What an address or a length is. */
  public static long unsigned(int value) {
    return value & UNSIGNED;
  }

  /** The size now, in pages of 64 KiB. */
  int sizePages() {
    return bytes.length >>> 16;
  }

  @Override
  public void check(int address, int length) {
    if (unsigned(address) + unsigned(length) > bytes.length) {
      throw GuestTrap.OUT_OF_BOUNDS_MEMORY;
    }
  }

  /** Marks a range, which has been checked, as stored to. */
  private void mark(int address, int length) {
    if (length > 0) {
      Arrays.fill(
          marks, address >> TRACKED_SHIFT, ((address + length - 1) >> TRACKED_SHIFT) + 1, (byte) 1);
    }
  }

  /** What {@code memory.fill} does. */
  void fill(int address, byte value, int length) {
    check(address, length);
    mark(address, length);
    Arrays.fill(bytes, address, address + length, value);
  }

  /** What {@code memory.copy} does. */
  void copy(int to, int from, int length) {
    check(from, length);
    check(to, length);
    mark(to, length);
    System.arraycopy(bytes, from, bytes, to, length);
  }

  /**
   * What {@code memory.init} does: copies a part of a data segment, which may have been dropped.
   */
  void init(int to, int from, int length, int segment) {
    byte[] data = segments.data(segment);
    if (unsigned(from) + unsigned(length) > data.length) {
      throw GuestTrap.OUT_OF_BOUNDS_MEMORY;
    }
    check(to, length);
    mark(to, length);
    System.arraycopy(data, from, bytes, to, length);
  }

  /**
   * What {@code memory.grow} does.
   *
   * @return the size before in pages of 64 KiB, or -1 if it can't grow by so many
   */
  int grow(int pages) {
    int before = sizePages();
    long wanted = before + unsigned(pages);
    if (wanted > limitPages || (pages != 0 && !extend((int) wanted << 16))) {
      return -1;
    }
    return before;
  }

  private boolean extend(int length) {
    StackProbe.check(); // From here on all of it happens, or nothing.
    Window shorter = window;
    if (shorter == null || !windows.tryReserve(length)) {
      return false;
    }
    Window longer = null;
    try {
      longer =
          new Window(
              this,
              Arrays.copyOf(shorter.bytes, length),
              Arrays.copyOf(shorter.marks, length >> TRACKED_SHIFT));
    } finally {
      if (longer == null) {
        windows.release(length);
      }
    }
    use(added(longer));
    if (grownFrom == null) {
      grownFrom = shorter;
    } else {
      windows.drop(shorter);
    }
    return true;
  }

  @Override
  public void write(int address, ByteBuf from, int index, int length) {
    check(address, length);
    mark(address, length);
    from.getBytes(index, bytes, address, length);
  }

  @Override
  public void read(int address, int length, ByteBuf into) {
    check(address, length);
    if (into.writableBytes() < length) {
      StackProbe.check(); // The allocator is everybody's.
      into.ensureWritable(length);
    }
    into.writeBytes(bytes, address, length);
  }

  @Override
  public byte[] bytes(int address, int length) {
    check(address, length);
    return Arrays.copyOfRange(bytes, address, address + length);
  }

  @Override
  public int readInt(int address) {
    return MemoryOperations.memoryReadInt(address, 0, this);
  }

  @Override
  public void writeByte(int address, byte value) {
    MemoryOperations.memoryWriteByte(address, value, 0, this);
  }

  @Override
  public void writeInt(int address, int value) {
    MemoryOperations.memoryWriteInt(address, value, 0, this);
  }

  @Override
  public void writeLong(int address, long value) {
    MemoryOperations.memoryWriteLong(address, value, 0, this);
  }
}
