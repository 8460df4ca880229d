package dev.mooring.guest.machine;

import dev.mooring.guest.call.GuestTrap;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.guest.memory.GuestMemory;
import dev.mooring.guest.memory.PagePool;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One table of a processor, which holds the loaded space's entries: references as ints, a
 * function's index or {@link ValueType#NULL_REFERENCE}.
 *
 * <p>A space that never changed the table has the image's array, shared and never written to. The
 * first change in a call copies the array; commit makes the copy the space's, rollback puts the old
 * one back. Once the space owns its array, commit keeps the old one as the next call's copy, so a
 * guest that changes its table in every call makes no garbage.
 *
 * <p>Invariants: {@code entries} is exactly the table; {@code before} is null or the array to go
 * back to.
 *
 * <p>Event loop only.
 */
@SuppressWarnings("ReferenceEquality") // Whose entries they are, is told by which array it is.
public final class GuestTable {
  /** What the arrays that a processor's tables keep for the next copy may be together. */
  public static final int SPARE_BYTES = 64 * 1024;

  private static final int[] NO_ENTRIES = {};

  private final PagePool pool;
  private final long maximum;

  /** All of the processor's tables, this one among them. */
  private final GuestTable[] together;

  private final int maximumTogether;
  private int[] entries;
  private int @Nullable [] before;

  /** An array for the next copy, if it has the right length. */
  private int[] spare = NO_ENTRIES;

  /** What the running call reserved for its copy. */
  private long reservedBytes;

  /** The image's entries, on which a space's changes are counted. */
  private final int[] image;

  /**
   * A table that holds the image's entries.
   *
   * @param maximum how many entries it may grow to by itself
   * @param together all tables of the processor; whoever makes this one puts it there
   * @param maximumTogether how many entries all of them may grow to
   */
  public GuestTable(
      long maximum, int[] image, GuestTable[] together, int maximumTogether, PagePool pool) {
    this.maximum = maximum;
    this.together = together;
    this.maximumTogether = maximumTogether;
    this.image = image;
    this.entries = image;
    this.pool = pool;
  }

  /** Makes a space's entries the table; null for the image's. */
  public void load(int @Nullable [] space) {
    entries = space == null ? image : space;
  }

  /** Ends a call that succeeded; answers what the space owns from now on, or null for nothing. */
  public int @Nullable [] commit() {
    int[] old = before;
    if (old != null) {
      if (old != image) {
        keepSpare(old);
        pool.release(bytes(old));
      }
      before = null;
      reservedBytes = 0;
    }
    return entries == image ? null : entries;
  }

  /** Ends a call that failed. */
  public void rollback() {
    int[] old = before;
    if (old != null) {
      keepSpare(entries);
      entries = old;
      before = null;
    }
    pool.release(reservedBytes); // Perhaps for a copy that was never made.
    reservedBytes = 0;
  }

  private void keepSpare(int[] array) {
    if (bytes(array) <= SPARE_BYTES / together.length) {
      spare = array;
    }
  }

  /** Makes entries a space's own, without a call; the caller keeps no reference to them. */
  public int[] own(int[] space) {
    pool.reserve(bytes(space));
    return space;
  }

  /** Gives back what a space owns of this table. */
  public void discard(int @Nullable [] space) {
    if (space != null) {
      pool.release(bytes(space));
    }
  }

  public boolean isChanged() {
    return before != null;
  }

  public long spareBytes() {
    return bytes(spare);
  }

  public int[] entries() {
    return entries;
  }

  private static long bytes(int[] array) {
    return (long) array.length * Integer.BYTES;
  }

  /**
   * The array to change, copied if this is the call's first change. A guest can run out of stack at
   * any call below: what was reserved by then is written down, and rolling back releases it.
   */
  private int[] changeable() {
    if (before == null) {
      int length = entries.length;
      long bytes = bytes(entries) - reservedBytes;
      if (entries == image) {
        pool.reserve(bytes);
      } else {
        pool.reserveForUndo(bytes); // The space has these already: one of the two goes again.
      }
      reservedBytes += bytes;
      int[] copy = spare.length == length ? spare : new int[length];
      System.arraycopy(entries, 0, copy, 0, length);
      spare = NO_ENTRIES;
      before = entries;
      entries = copy;
    }
    return entries;
  }

  void check(int from, int length) {
    if (GuestMemory.unsigned(from) + GuestMemory.unsigned(length) > entries.length) {
      throw GuestTrap.OUT_OF_BOUNDS_TABLE;
    }
  }

  public void fill(int from, int value, int length) {
    check(from, length);
    if (length > 0) {
      Arrays.fill(changeable(), from, from + length, value);
    }
  }

  public void copy(int to, GuestTable source, int from, int length) {
    source.check(from, length);
    check(to, length);
    if (length > 0) {
      int[] target = changeable();
      System.arraycopy(source.entries, from, target, to, length);
    }
  }

  public void init(int to, int[] elements, int from, int length) {
    if (GuestMemory.unsigned(from) + GuestMemory.unsigned(length) > elements.length) {
      throw GuestTrap.OUT_OF_BOUNDS_TABLE;
    }
    check(to, length);
    if (length > 0) {
      System.arraycopy(elements, from, changeable(), to, length);
    }
  }

  public void set(int index, int value) {
    check(index, 1);
    changeable()[index] = value;
  }

  /** Grows by a number of entries; answers the size before, or -1. */
  public int grow(int added, int value) {
    int size = entries.length;
    if (added < 0 || size + (long) added > maximum || sizeTogether() + added > maximumTogether) {
      return -1;
    }
    if (added > 0) {
      long addedBytes = (long) added * Integer.BYTES;
      try {
        changeable();
      } catch (GuestTrap noMemory) {
        return -1;
      }
      if (!pool.tryReserve(addedBytes)) {
        return -1;
      }
      reservedBytes += addedBytes;
      int[] grown = Arrays.copyOf(entries, size + added);
      Arrays.fill(grown, size, size + added, value);
      entries = grown;
    }
    return size;
  }

  private long sizeTogether() {
    long sum = 0;
    for (GuestTable table : together) {
      sum += table.entries.length;
    }
    return sum;
  }

  public int size() {
    return entries.length;
  }

  public int ref(int index) {
    int[] refs = entries;
    if (index < 0 || index >= refs.length) {
      throw GuestTrap.OUT_OF_BOUNDS_TABLE;
    }
    return refs[index];
  }

  /** The function of an indirect call; called by generated code. */
  public int requiredRef(int index) {
    int ref = ref(index);
    if (ref == ValueType.NULL_REFERENCE) {
      throw GuestTrap.UNINITIALIZED_ELEMENT;
    }
    return ref;
  }

  /** Whose the function is, called by generated code: null says 'this module's'. */
  public @Nullable GuestMachine instance(int index) {
    return null;
  }
}
