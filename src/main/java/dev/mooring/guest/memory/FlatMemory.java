package dev.mooring.guest.memory;

import dev.mooring.state.SessionState;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Guest memory as one array, for spaces that compute.
 *
 * <p>A load is one bounds check. A store looks at a mark first, one for each tracked page: the
 * first store to a page in a call finds none and comes to {@link #touch}, which keeps an undo copy.
 *
 * <p>A store of several bytes looks only at the mark of the page where it begins. So an undo copy
 * reaches {@link #OVERLAP_BYTES} into the next page, and rolling back goes from the newest copy to
 * the oldest: what lies in two copies ends up as the older one has it, which was made before either
 * page was written to.
 *
 * <p>Invariants: {@code bytes} is exactly as long as memory is large; {@code marks} has an entry
 * for each page of it, not 0 exactly for the pages {@code dirty[0 .. dirtyCount)}.
 */
public final class FlatMemory extends GuestMemory {
  /** The longest store, less the byte where it begins, rounded up. */
  static final int OVERLAP_BYTES = 8;

  /** What the pool of a loop's flat memories must hold. */
  static final int BUFFER_BYTES = TRACKED_BYTES + OVERLAP_BYTES;

  private static final byte[] UNLOADED = {};

  public byte[] bytes = UNLOADED;
  public byte[] marks;

  /** What the running call reserved for arrays to grow into; 0 while it runs in the space's. */
  private long grownBytes;

  FlatMemory(MemoryImage image, Segments segments, PagePool pool) {
    super(image, segments, pool);
    marks = new byte[image.pageCount()];
  }

  @Override
  public SpaceMemory newSpace(int limitPages) {
    return new FlatBytes(image.sizePages(), limitPages);
  }

  @Override
  public void load(SpaceMemory memory) {
    FlatBytes space = (FlatBytes) memory;
    if (space.bytes == null) {
      space.bytes = copyOfImage(space.sizePages);
    }
    ensureMarks(space.sizePages);
    bytes = space.bytes;
    sizePages = space.sizePages;
    limitPages = space.limitPages;
  }

  @SuppressWarnings("ReferenceEquality")
  private byte[] copyOfImage(int pages) {
    byte[] copy = new byte[pages << 16];
    pool.reserve(copy.length);
    for (int i = 0; i < image.pageCount(); i++) {
      byte[] page = image.page(i);
      if (page != MemoryImage.ZEROES) {
        System.arraycopy(page, 0, copy, i << TRACKED_SHIFT, TRACKED_BYTES);
      }
    }
    return copy;
  }

  @Override
  public void unload(SpaceMemory memory) {
    assert dirtyCount == 0;
    bytes = UNLOADED;
    sizePages = image.sizePages();
    limitPages = sizePages;
  }

  @Override
  public void commit(SpaceMemory memory) {
    for (int i = 0; i < dirtyCount; i++) {
      marks[dirty[i]] = 0;
      pool.give(before[i]);
      before[i] = UNLOADED;
    }
    dirtyCount = 0;
    if (grownBytes > 0) {
      FlatBytes space = (FlatBytes) memory;
      pool.release((long) space.sizePages << 16);
      grownBytes = 0;
      space.bytes = bytes;
      space.sizePages = sizePages;
    }
  }

  @Override
  public void rollback(SpaceMemory memory) {
    FlatBytes space = (FlatBytes) memory;
    if (grownBytes > 0 && space.bytes != null) {
      // What was stored before the growth is in the old array too, and that is the one to mend.
      bytes = space.bytes;
      sizePages = space.sizePages;
      pool.release(grownBytes);
      grownBytes = 0;
    }
    for (int i = dirtyCount - 1; i >= 0; i--) {
      int start = dirty[i] << TRACKED_SHIFT;
      if (start < bytes.length) {
        System.arraycopy(before[i], 0, bytes, start, Math.min(BUFFER_BYTES, bytes.length - start));
      }
      marks[dirty[i]] = 0;
      pool.give(before[i]);
      before[i] = UNLOADED;
    }
    dirtyCount = 0;
  }

  @Override
  public void discard(SpaceMemory memory) {
    FlatBytes space = (FlatBytes) memory;
    if (space.bytes != null) {
      pool.release(space.bytes.length);
      space.bytes = null;
    }
  }

  @Override
  public void restore(SpaceMemory memory, SessionState state) {
    FlatBytes space = (FlatBytes) memory;
    space.sizePages = state.memoryPages();
    if (state.pageCount() > 0) {
      byte[] copy = copyOfImage(space.sizePages);
      for (int i = 0; i < state.pageCount(); i++) {
        state.copyPage(i, copy, state.pageNumber(i) << TRACKED_SHIFT);
      }
      space.bytes = copy;
    }
  }

  @Override
  public void save(SpaceMemory memory, SessionState.Builder state) {
    byte[] all = ((FlatBytes) memory).bytes;
    if (all == null) {
      return;
    }
    for (int start = 0; start < all.length; start += TRACKED_BYTES) {
      int number = start >> TRACKED_SHIFT;
      byte[] initial = image.page(number);
      if (!Arrays.equals(all, start, start + TRACKED_BYTES, initial, 0, TRACKED_BYTES)) {
        state.page(number, all, start);
      }
    }
  }

  @Override
  boolean extend(int newSizePages) {
    long newBytes = (long) newSizePages << 16;
    if (!pool.tryReserve(newBytes)) {
      return false;
    }
    // The guest may run out of stack at any call from here on; rolling back releases both then.
    long formerBytes = grownBytes;
    grownBytes += newBytes;
    ensureMarks(newSizePages);
    byte[] grown = Arrays.copyOf(bytes, newSizePages << 16);
    pool.release(formerBytes);
    grownBytes = newBytes;
    bytes = grown;
    sizePages = newSizePages;
    return true;
  }

  private void ensureMarks(int sizePages) {
    int pages = sizePages * TRACKED_PER_PAGE;
    if (pages > marks.length) {
      marks = Arrays.copyOf(marks, pages);
    }
  }

  /**
   * Keeps what a page holds, before its first store of this call. A guest can run out of stack at
   * any call below, so whatever must happen together happens after the last of them.
   */
  void touch(int number) {
    int start = number << TRACKED_SHIFT;
    byte[] buffer = pool.peek();
    System.arraycopy(bytes, start, buffer, 0, Math.min(BUFFER_BYTES, bytes.length - start));
    makeRoomForDirty();
    pool.take();
    dirty[dirtyCount] = number;
    before[dirtyCount] = buffer;
    dirtyCount++;
    marks[number] = 1;
  }

  /** Makes a range, which is in memory, one that may be stored to. */
  void touchRange(int address, int length) {
    if (length > 0) {
      int last = (address + length - 1) >>> TRACKED_SHIFT;
      for (int number = address >>> TRACKED_SHIFT; number <= last; number++) {
        if (marks[number] == 0) {
          touch(number);
        }
      }
    }
  }

  @Override
  void store(int address, byte[] source, int index, int length) {
    touchRange(address, length);
    System.arraycopy(source, index, bytes, address, length);
  }

  @Override
  public byte[] bytes(int address, int length) {
    check(address, length);
    return Arrays.copyOfRange(bytes, address, address + length);
  }

  @Override
  void copyIn(int address, ByteBuf from, int index, int length) {
    touchRange(address, length);
    from.getBytes(index, bytes, address, length);
  }

  @Override
  void copyOut(int address, ByteBuf into, int length) {
    into.writeBytes(bytes, address, length);
  }

  @Override
  public int readInt(int address) {
    return FlatOperations.memoryReadInt(address, 0, this);
  }

  @Override
  public void writeByte(int address, byte value) {
    FlatOperations.memoryWriteByte(address, value, 0, this);
  }

  @Override
  public void writeInt(int address, int value) {
    FlatOperations.memoryWriteInt(address, value, 0, this);
  }

  @Override
  public void writeLong(int address, long value) {
    FlatOperations.memoryWriteLong(address, value, 0, this);
  }
}
