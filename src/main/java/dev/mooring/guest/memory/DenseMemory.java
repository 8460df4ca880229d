package dev.mooring.guest.memory;

import dev.mooring.guest.call.GuestTrap;
import dev.mooring.state.SessionState;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Guest memory as two page tables, for many spaces that each write little.
 *
 * <p>A load indexes {@code readable}, a store {@code writable}. Between calls {@code writable} is
 * all null, so that the first store to a page in a call comes to {@link #touch}, which makes the
 * page one that may be written: a page of the image is copied to a buffer that the space will own;
 * of a page that the space owns already, an undo copy is kept.
 *
 * <p>Invariants, between any two instructions of a guest:
 *
 * <ul>
 *   <li>{@code readable[n]} is null, or there is no {@code n}, exactly if page {@code n} is outside
 *       memory;
 *   <li>{@code writable[n]} is null or the same as {@code readable[n]}; there is an {@code n} for
 *       each page of memory;
 *   <li>{@code dirty[0 .. dirtyCount)} are the pages with a {@code writable[n]}, and {@code
 *       before[i]} is what rolling back needs: the image's own page, or an undo copy.
 * </ul>
 */
@SuppressWarnings("ReferenceEquality") // Whose a page is, is told by which array it is.
public final class DenseMemory extends GuestMemory {
  private static final int REFERENCE_BYTES = 4;

  public byte[][] readable;
  public byte[][] writable;

  /** The processor's own page table: the image's pages, and those of a loaded list. */
  private byte[][] base;

  /** How many of the dirty pages weren't the space's own before this call. */
  private int freshCount;

  /** What the running call reserved for a larger page table. */
  private long reservedBytes;

  DenseMemory(MemoryImage image, Segments segments, PagePool pool) {
    super(image, segments, pool);
    base = new byte[image.pageCount()][];
    image.copyTo(base);
    readable = base;
    writable = new byte[base.length][];
  }

  @Override
  public SpaceMemory newSpace(int limitPages) {
    return new DensePages(image.sizePages(), limitPages);
  }

  @Override
  public void load(SpaceMemory memory) {
    DensePages space = (DensePages) memory;
    sizePages = space.sizePages;
    limitPages = space.limitPages;
    if (space.table != null) {
      ensureWritable(space.table.length);
      readable = space.table;
      return;
    }
    int pages = space.trackedPages();
    if (pages > image.pageCount()) {
      ensureBase(pages);
      Arrays.fill(base, image.pageCount(), pages, MemoryImage.ZEROES);
    }
    for (int i = 0; i < space.count; i++) {
      base[space.numbers[i]] = space.pages[i];
    }
  }

  @Override
  public void unload(SpaceMemory memory) {
    assert dirtyCount == 0;
    DensePages space = (DensePages) memory;
    if (space.table == null) {
      unloadList(space);
    }
    readable = base;
    sizePages = image.sizePages();
    limitPages = sizePages;
  }

  private void unloadList(DensePages space) {
    int imagePages = image.pageCount();
    for (int i = 0; i < space.count; i++) {
      int number = space.numbers[i];
      if (number < imagePages) {
        base[number] = image.page(number);
      }
    }
    int pages = space.trackedPages();
    if (pages > imagePages) {
      Arrays.fill(base, imagePages, pages, null);
    }
  }

  /** Makes the processor's own page table the image's again, whatever was loaded. */
  private void emptyBase(int pages) {
    image.copyTo(base);
    Arrays.fill(base, image.pageCount(), pages, null);
  }

  @Override
  public void commit(SpaceMemory memory) {
    DensePages space = (DensePages) memory;
    boolean list = space.table == null;
    boolean outgrown =
        list && (space.count + freshCount > DensePages.LIST_LIMIT || isFar(sizePages));
    // First what may fail: the heap, then the budget. After that, nothing is left half done.
    byte[][] table = outgrown ? new byte[sizePages * TRACKED_PER_PAGE][] : base;
    if (outgrown) {
      long bytes = tableBytes(sizePages) - reservedBytes;
      pool.reserve(bytes);
    } else if (list) {
      space.makeRoom(freshCount);
    }
    for (int i = 0; i < dirtyCount; i++) {
      int number = dirty[i];
      byte[] page = endWriting(number);
      byte[] old = before[i];
      before[i] = null;
      if (old == image.page(number)) {
        if (list && !outgrown) {
          space.add(number, page);
        }
      } else {
        pool.give(old);
      }
    }
    dirtyCount = 0;
    freshCount = 0;
    reservedBytes = 0;
    space.sizePages = sizePages;
    if (outgrown) {
      System.arraycopy(base, 0, table, 0, table.length);
      emptyBase(table.length);
      space.clear();
      space.table = table;
      readable = table;
    } else if (!list) {
      space.table = readable;
    }
  }

  @Override
  public void rollback(SpaceMemory memory) {
    DensePages space = (DensePages) memory;
    int pages = space.trackedPages();
    if (space.table != null) {
      readable = space.table; // The one before a growth.
    }
    for (int i = dirtyCount - 1; i >= 0; i--) {
      int number = dirty[i];
      byte[] page = endWriting(number);
      byte[] old = before[i];
      before[i] = null;
      if (old == image.page(number)) {
        pool.give(page);
        if (number < readable.length) {
          readable[number] = old;
        }
      } else {
        System.arraycopy(old, 0, page, 0, TRACKED_BYTES);
        pool.give(old);
      }
    }
    if (space.table == null && sizePages != space.sizePages) {
      Arrays.fill(base, pages, sizePages * TRACKED_PER_PAGE, null);
    }
    dirtyCount = 0;
    freshCount = 0;
    pool.release(reservedBytes);
    reservedBytes = 0;
    sizePages = space.sizePages;
  }

  /** Takes a page that the call has written to, which nobody may write to any more. */
  private byte[] endWriting(int number) {
    byte[] page = writable[number];
    writable[number] = null;
    return page;
  }

  @Override
  public void discard(SpaceMemory memory) {
    DensePages space = (DensePages) memory;
    for (int i = 0; i < space.count; i++) {
      pool.give(space.pages[i]);
    }
    space.clear();
    byte[][] table = space.table;
    if (table != null) {
      for (int i = 0; i < table.length; i++) {
        if (table[i] != image.page(i)) {
          pool.give(table[i]);
        }
      }
      space.table = null;
      pool.release((long) table.length * REFERENCE_BYTES);
    }
  }

  @Override
  public void restore(SpaceMemory memory, SessionState state) {
    DensePages space = (DensePages) memory;
    int size = state.memoryPages();
    if (state.pageCount() > DensePages.LIST_LIMIT || isFar(size)) {
      byte[][] table = new byte[size * TRACKED_PER_PAGE][];
      image.copyTo(table);
      Arrays.fill(table, image.pageCount(), table.length, MemoryImage.ZEROES);
      pool.reserve(tableBytes(size));
      space.table = table;
    } else {
      space.numbers = new int[state.pageCount()];
      space.pages = new byte[state.pageCount()][];
    }
    space.sizePages = size;
    for (int i = 0; i < state.pageCount(); i++) {
      byte[] page = pool.peekToKeep();
      state.copyPage(i, page, 0);
      pool.take();
      if (space.table == null) {
        space.add(state.pageNumber(i), page);
      } else {
        space.table[state.pageNumber(i)] = page;
      }
    }
  }

  @Override
  public void save(SpaceMemory memory, SessionState.Builder state) {
    DensePages space = (DensePages) memory;
    for (int i = 0; i < space.count; i++) {
      saveIfChanged(space.numbers[i], space.pages[i], state);
    }
    byte[][] table = space.table;
    if (table != null) {
      for (int i = 0; i < table.length; i++) {
        saveIfChanged(i, table[i], state);
      }
    }
  }

  private void saveIfChanged(int number, byte[] page, SessionState.Builder state) {
    byte[] initial = image.page(number);
    if (page != initial && !Arrays.equals(page, initial)) {
      state.page(number, page, 0);
    }
  }

  @Override
  boolean extend(int newSizePages) {
    int from = sizePages * TRACKED_PER_PAGE;
    int to = newSizePages * TRACKED_PER_PAGE;
    boolean table = readable != base;
    if (isFar(newSizePages) || table) {
      long bytes = tableBytes(newSizePages) - (table ? tableBytes(sizePages) : reservedBytes);
      if (!pool.tryReserve(bytes)) {
        return false;
      }
      reservedBytes += bytes;
    }
    if (table) {
      ensureWritable(to);
      readable = Arrays.copyOf(readable, to);
    } else {
      ensureBase(to);
    }
    Arrays.fill(readable, from, to, MemoryImage.ZEROES);
    sizePages = newSizePages;
    return true;
  }

  private boolean isFar(int size) {
    return size - image.sizePages() > DensePages.LIST_GROWTH_LIMIT_PAGES;
  }

  private static long tableBytes(int sizePages) {
    return (long) sizePages * TRACKED_PER_PAGE * REFERENCE_BYTES;
  }

  /** A guest that grows may run out of stack here; the invariants hold wherever that happens. */
  private void ensureBase(int pages) {
    ensureWritable(pages);
    if (pages > base.length) {
      byte[][] longer = Arrays.copyOf(base, pages);
      if (readable == base) {
        readable = longer;
      }
      base = longer;
    }
  }

  private void ensureWritable(int pages) {
    if (pages > writable.length) {
      writable = Arrays.copyOf(writable, pages);
    }
  }

  /**
   * Makes a page one that this call may write to. A guest can run out of stack at any call below,
   * so whatever must happen together happens after the last of them.
   */
  byte[] touch(int number) {
    byte[] page = readable[number];
    if (page == null) {
      throw GuestTrap.OUT_OF_BOUNDS_MEMORY;
    }
    boolean own = page != image.page(number);
    byte[] buffer = own ? pool.peek() : pool.peekToKeep();
    System.arraycopy(page, 0, buffer, 0, TRACKED_BYTES);
    makeRoomForDirty();
    pool.take();
    byte[] target = own ? page : buffer;
    dirty[dirtyCount] = number;
    before[dirtyCount] = own ? buffer : page;
    dirtyCount++;
    freshCount += own ? 0 : 1;
    readable[number] = target;
    writable[number] = target;
    return target;
  }

  private byte[] writablePage(long address) {
    int number = (int) (address >>> TRACKED_SHIFT);
    byte[] page = writable[number];
    return page != null ? page : touch(number);
  }

  private byte[] readablePage(long address) {
    return readable[(int) (address >>> TRACKED_SHIFT)];
  }

  private static int within(long address) {
    return (int) address & TRACKED_MASK;
  }

  // Accesses that lie across two pages: rare, since compilers align.

  long readAcross(long address, int bytes) {
    long value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      value = value << 8 | (readablePage(address + i)[within(address + i)] & 0xFF);
    }
    return value;
  }

  private void writeAcross(long address, long value, int bytes) {
    writablePage(address + bytes - 1); // Both pages or neither: a trap leaves no half of a value.
    long rest = value;
    for (int i = 0; i < bytes; i++) {
      writablePage(address + i)[within(address + i)] = (byte) rest;
      rest >>= 8;
    }
  }

  /** The first store to a page in a call, or one across two pages. */
  void writeSlowly(long address, long value, int bytes) {
    int at = within(address);
    if (at > TRACKED_BYTES - bytes) {
      writeAcross(address, value, bytes);
      return;
    }
    byte[] page = touch((int) (address >>> TRACKED_SHIFT));
    long rest = value;
    for (int i = 0; i < bytes; i++) {
      page[at + i] = (byte) rest;
      rest >>= 8;
    }
  }

  @Override
  void store(int address, byte[] source, int index, int length) {
    long at = unsigned(address);
    int from = index;
    int left = length;
    while (left > 0) {
      int count = Math.min(left, TRACKED_BYTES - within(at));
      System.arraycopy(source, from, writablePage(at), within(at), count);
      at += count;
      from += count;
      left -= count;
    }
  }

  @Override
  public byte[] bytes(int address, int length) {
    check(address, length);
    byte[] copy = new byte[length];
    long at = unsigned(address);
    int done = 0;
    while (done < length) {
      int count = Math.min(length - done, TRACKED_BYTES - within(at));
      System.arraycopy(readablePage(at), within(at), copy, done, count);
      at += count;
      done += count;
    }
    return copy;
  }

  @Override
  void copyIn(int address, ByteBuf from, int index, int length) {
    from.getBytes(index, writablePage(unsigned(address)), within(address), length);
  }

  @Override
  void copyOut(int address, ByteBuf into, int length) {
    into.writeBytes(readablePage(unsigned(address)), within(address), length);
  }

  void fill(long from, int length, byte value) {
    long at = from;
    int left = length;
    while (left > 0) {
      int count = Math.min(left, TRACKED_BYTES - within(at));
      Arrays.fill(writablePage(at), within(at), within(at) + count, value);
      at += count;
      left -= count;
    }
  }

  void copyForward(long to, long from, int length) {
    long target = to;
    long source = from;
    int left = length;
    while (left > 0) {
      int room = TRACKED_BYTES - Math.max(within(target), within(source));
      int count = Math.min(left, room);
      byte[] page = writablePage(target); // First, for it may replace the source's page.
      System.arraycopy(readablePage(source), within(source), page, within(target), count);
      target += count;
      source += count;
      left -= count;
    }
  }

  void copyBackward(long to, long from, int length) {
    int left = length;
    while (left > 0) {
      long lastTarget = to + left - 1;
      long lastSource = from + left - 1;
      int count = Math.min(left, Math.min(within(lastTarget), within(lastSource)) + 1);
      left -= count;
      byte[] page = writablePage(to + left);
      System.arraycopy(
          readablePage(from + left), within(from + left), page, within(to + left), count);
    }
  }

  @Override
  public int readInt(int address) {
    return DenseOperations.memoryReadInt(address, 0, this);
  }

  @Override
  public void writeByte(int address, byte value) {
    DenseOperations.memoryWriteByte(address, value, 0, this);
  }

  @Override
  public void writeInt(int address, int value) {
    DenseOperations.memoryWriteInt(address, value, 0, this);
  }

  @Override
  public void writeLong(int address, long value) {
    DenseOperations.memoryWriteLong(address, value, 0, this);
  }
}
