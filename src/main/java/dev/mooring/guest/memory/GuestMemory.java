package dev.mooring.guest.memory;

import dev.mooring.guest.call.GuestTrap;
import dev.mooring.guest.call.StackProbe;
import dev.mooring.guest.call.Traps;
import dev.mooring.state.SessionState;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * The linear memory of one processor, which holds whichever space is loaded.
 *
 * <p>Two layouts fulfil it: {@link DenseMemory}, where a space is the pages that it wrote, and
 * {@link FlatMemory}, where it is one array. Loads, stores and bulk operations of generated code go
 * to static methods of those classes, named as in Chicory's {@code Shaded}; {@code Splice} connects
 * them. This class holds what both share: the doors for host functions, and growing.
 *
 * <p>Addresses and lengths are unsigned 32-bit numbers, and the effective address of an access is
 * the 33-bit sum of a base and an offset. A range that isn't wholly inside memory is a trap: {@link
 * GuestTrap#OUT_OF_BOUNDS_MEMORY}, or any {@link IndexOutOfBoundsException} or {@link
 * NullPointerException} of a load or store, which {@link Traps} takes for one.
 *
 * <p>Transactions: {@link #commit} makes the loaded space's own what the call wrote; {@link
 * #rollback} makes memory what it was before the call, its size included. Between calls nothing may
 * be stored.
 *
 * <p>Event loop only.
 */
public abstract sealed class GuestMemory implements GuestBytes permits DenseMemory, FlatMemory {
  static final int TRACKED_SHIFT = 10;

  /** Bytes in a page of which this engine keeps track: the unit of copying and of undoing. */
  public static final int TRACKED_BYTES = 1 << TRACKED_SHIFT;

  static final int TRACKED_MASK = TRACKED_BYTES - 1;

  /** Bytes in a page of WebAssembly's, the unit of sizes. */
  public static final int PAGE_SIZE = 1 << 16;

  /** Tracked pages in a page of WebAssembly's. */
  public static final int TRACKED_PER_PAGE = PAGE_SIZE / TRACKED_BYTES;

  /** As large as memory gets here, whatever is asked for: a page less than 2 GiB. */
  public static final int MAX_PAGES = 32_767;

  private static final long UNSIGNED = 0xFFFF_FFFFL;

  final MemoryImage image;
  public final PagePool pool;

  /** Where {@code memory.init} copies from. */
  final Segments segments;

  /** The loaded space's memory size now, in pages of 64 KiB. */
  public int sizePages;

  /** The most pages that the loaded space may grow to. */
  int limitPages;

  /** The tracked pages that the running call has written to: the first {@link #dirtyCount}. */
  int[] dirty = new int[16];

  /** What each of them was, as rolling back needs it. */
  byte[][] before = new byte[16][];

  int dirtyCount;

  GuestMemory(MemoryImage image, Segments segments, PagePool pool) {
    this.image = image;
    this.segments = segments;
    this.pool = pool;
    this.sizePages = image.sizePages();
    this.limitPages = image.sizePages();
  }

  /** Memory for a new space: the image, nothing of its own. */
  public abstract SpaceMemory newSpace(int limitPages);

  /** Makes a space's memory the one that is read and written. No other may be loaded. */
  public abstract void load(SpaceMemory space);

  /** Takes the loaded space's memory out again; its last call was committed or rolled back. */
  public abstract void unload(SpaceMemory space);

  /** Ends a call that succeeded. */
  public abstract void commit(SpaceMemory space);

  /** Ends a call that failed. */
  public abstract void rollback(SpaceMemory space);

  /** Gives back all that a space holds. It isn't loaded, and won't be again. */
  public abstract void discard(SpaceMemory space);

  /**
   * Fills a new space's memory with what was saved. It isn't loaded. If there is no memory for all
   * of it, the space holds a part, which can be discarded.
   *
   * @param state its size is one that the space may have
   * @throws GuestTrap when the budget has none left
   */
  public abstract void restore(SpaceMemory space, SessionState state);

  /** Adds each page in which a space's memory, loaded or not, differs from the image. */
  public abstract void save(SpaceMemory space, SessionState.Builder state);

  /**
   * Makes room for another page that is written to. A guest can run out of stack here: what both
   * hold stays what it was.
   */
  final void makeRoomForDirty() {
    if (dirtyCount == dirty.length) {
      int[] numbers = Arrays.copyOf(dirty, 2 * dirtyCount);
      before = Arrays.copyOf(before, 2 * dirtyCount);
      dirty = numbers;
    }
  }

  /** Makes memory larger, by at least a page; false when there is no heap for it. */
  abstract boolean extend(int newSizePages);

  /** Copies bytes into memory whose range has been checked. */
  abstract void store(int address, byte[] source, int index, int length);

  /** The sum of two unsigned numbers: where an access goes. */
  static long effective(int base, int offset) {
    return (base & UNSIGNED) + (offset & UNSIGNED);
  }

  public static long unsigned(int value) {
    return value & UNSIGNED;
  }

  final long sizeBytes() {
    return (long) sizePages << 16;
  }

  @Override
  public final void check(int address, int length) {
    if (unsigned(address) + unsigned(length) > sizeBytes()) {
      throw GuestTrap.OUT_OF_BOUNDS_MEMORY;
    }
  }

  /**
   * What {@code memory.init} does: copies a part of a data segment, which may have been dropped.
   */
  final void init(int address, int offset, int length, int segment) {
    byte[] data = segments.data(segment);
    if (unsigned(offset) + unsigned(length) > data.length) {
      throw GuestTrap.OUT_OF_BOUNDS_MEMORY;
    }
    check(address, length);
    store(address, data, offset, length);
  }

  /**
   * What {@code memory.grow} does.
   *
   * @return the size before in pages of 64 KiB, or -1 if it can't grow by so many
   */
  final int grow(int pages) {
    int before = sizePages;
    long wanted = before + unsigned(pages);
    if (wanted > limitPages || (pages != 0 && !extend((int) wanted))) {
      return -1;
    }
    return before;
  }

  @Override
  public final void write(int address, ByteBuf from, int index, int length) {
    check(address, length);
    int at = address;
    int left = length;
    while (left > 0) {
      int count = Math.min(left, TRACKED_BYTES - (at & TRACKED_MASK));
      copyIn(at, from, index + length - left, count);
      at += count;
      left -= count;
    }
  }

  @Override
  public final void read(int address, int length, ByteBuf into) {
    check(address, length);
    if (into.writableBytes() < length) {
      StackProbe.check(); // The allocator is everybody's.
      into.ensureWritable(length);
    }
    int at = address;
    int left = length;
    while (left > 0) {
      int count = Math.min(left, TRACKED_BYTES - (at & TRACKED_MASK));
      copyOut(at, into, count);
      at += count;
      left -= count;
    }
  }

  /** Copies within one tracked page, which is in range. */
  abstract void copyIn(int address, ByteBuf from, int index, int length);

  /** Copies within one tracked page, which is in range. */
  abstract void copyOut(int address, ByteBuf into, int length);
}
