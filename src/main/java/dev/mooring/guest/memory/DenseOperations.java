package dev.mooring.guest.memory;

import static dev.mooring.guest.memory.GuestMemory.TRACKED_BYTES;
import static dev.mooring.guest.memory.GuestMemory.TRACKED_MASK;
import static dev.mooring.guest.memory.GuestMemory.TRACKED_SHIFT;
import static dev.mooring.guest.memory.GuestMemory.effective;
import static dev.mooring.guest.memory.GuestMemory.unsigned;
import static dev.mooring.guest.memory.LittleEndian.DOUBLE;
import static dev.mooring.guest.memory.LittleEndian.FLOAT;
import static dev.mooring.guest.memory.LittleEndian.INT;
import static dev.mooring.guest.memory.LittleEndian.LONG;
import static dev.mooring.guest.memory.LittleEndian.SHORT;

/**
 * What generated code does with memory in the dense layout. Names and types are those of Chicory's
 * {@code Shaded}, whose methods {@code Splice} makes call these; public for that reason alone.
 *
 * <p>There is one table lookup to an access and no check of ours: an address outside memory finds a
 * null page or no page, and what the JVM throws then is the trap.
 */
public final class DenseOperations {
  private DenseOperations() {}

  public static byte memoryReadByte(int base, int offset, GuestMemory memory) {
    long address = effective(base, offset);
    return ((DenseMemory) memory)
        .readable[(int) (address >>> TRACKED_SHIFT)][(int) address & TRACKED_MASK];
  }

  public static short memoryReadShort(int base, int offset, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    long address = effective(base, offset);
    int at = (int) address & TRACKED_MASK;
    return at <= TRACKED_BYTES - Short.BYTES
        ? (short) SHORT.get(dense.readable[(int) (address >>> TRACKED_SHIFT)], at)
        : (short) dense.readAcross(address, Short.BYTES);
  }

  public static int memoryReadInt(int base, int offset, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    long address = effective(base, offset);
    int at = (int) address & TRACKED_MASK;
    return at <= TRACKED_BYTES - Integer.BYTES
        ? (int) INT.get(dense.readable[(int) (address >>> TRACKED_SHIFT)], at)
        : (int) dense.readAcross(address, Integer.BYTES);
  }

  public static long memoryReadLong(int base, int offset, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    long address = effective(base, offset);
    int at = (int) address & TRACKED_MASK;
    return at <= TRACKED_BYTES - Long.BYTES
        ? (long) LONG.get(dense.readable[(int) (address >>> TRACKED_SHIFT)], at)
        : dense.readAcross(address, Long.BYTES);
  }

  public static float memoryReadFloat(int base, int offset, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    long address = effective(base, offset);
    int at = (int) address & TRACKED_MASK;
    return at <= TRACKED_BYTES - Float.BYTES
        ? (float) FLOAT.get(dense.readable[(int) (address >>> TRACKED_SHIFT)], at)
        : Float.intBitsToFloat((int) dense.readAcross(address, Float.BYTES));
  }

  public static double memoryReadDouble(int base, int offset, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    long address = effective(base, offset);
    int at = (int) address & TRACKED_MASK;
    return at <= TRACKED_BYTES - Double.BYTES
        ? (double) DOUBLE.get(dense.readable[(int) (address >>> TRACKED_SHIFT)], at)
        : Double.longBitsToDouble(dense.readAcross(address, Double.BYTES));
  }

  public static void memoryWriteByte(int base, byte value, int offset, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    long address = effective(base, offset);
    byte[] page = dense.writable[(int) (address >>> TRACKED_SHIFT)];
    if (page == null) {
      page = dense.touch((int) (address >>> TRACKED_SHIFT));
    }
    page[(int) address & TRACKED_MASK] = value;
  }

  public static void memoryWriteShort(int base, short value, int offset, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    long address = effective(base, offset);
    int at = (int) address & TRACKED_MASK;
    byte[] page = dense.writable[(int) (address >>> TRACKED_SHIFT)];
    if (page != null && at <= TRACKED_BYTES - Short.BYTES) {
      SHORT.set(page, at, value);
    } else {
      dense.writeSlowly(address, value, Short.BYTES);
    }
  }

  public static void memoryWriteInt(int base, int value, int offset, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    long address = effective(base, offset);
    int at = (int) address & TRACKED_MASK;
    byte[] page = dense.writable[(int) (address >>> TRACKED_SHIFT)];
    if (page != null && at <= TRACKED_BYTES - Integer.BYTES) {
      INT.set(page, at, value);
    } else {
      dense.writeSlowly(address, value, Integer.BYTES);
    }
  }

  public static void memoryWriteLong(int base, long value, int offset, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    long address = effective(base, offset);
    int at = (int) address & TRACKED_MASK;
    byte[] page = dense.writable[(int) (address >>> TRACKED_SHIFT)];
    if (page != null && at <= TRACKED_BYTES - Long.BYTES) {
      LONG.set(page, at, value);
    } else {
      dense.writeSlowly(address, value, Long.BYTES);
    }
  }

  public static void memoryWriteFloat(int base, float value, int offset, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    long address = effective(base, offset);
    int at = (int) address & TRACKED_MASK;
    byte[] page = dense.writable[(int) (address >>> TRACKED_SHIFT)];
    if (page != null && at <= TRACKED_BYTES - Float.BYTES) {
      FLOAT.set(page, at, value);
    } else {
      dense.writeSlowly(address, Float.floatToRawIntBits(value), Float.BYTES);
    }
  }

  public static void memoryWriteDouble(int base, double value, int offset, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    long address = effective(base, offset);
    int at = (int) address & TRACKED_MASK;
    byte[] page = dense.writable[(int) (address >>> TRACKED_SHIFT)];
    if (page != null && at <= TRACKED_BYTES - Double.BYTES) {
      DOUBLE.set(page, at, value);
    } else {
      dense.writeSlowly(address, Double.doubleToRawLongBits(value), Double.BYTES);
    }
  }

  public static void memoryFill(int address, byte value, int length, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    dense.check(address, length);
    dense.fill(unsigned(address), length, value);
  }

  public static void memoryCopy(int to, int from, int length, GuestMemory memory) {
    DenseMemory dense = (DenseMemory) memory;
    dense.check(from, length);
    dense.check(to, length);
    if (Integer.compareUnsigned(to, from) <= 0) {
      dense.copyForward(unsigned(to), unsigned(from), length);
    } else {
      dense.copyBackward(unsigned(to), unsigned(from), length);
    }
  }

  public static void memoryInit(int to, int from, int length, int segment, GuestMemory memory) {
    ((DenseMemory) memory).init(to, from, length, segment);
  }

  public static int memoryGrow(int pages, GuestMemory memory) {
    return ((DenseMemory) memory).grow(pages);
  }

  public static int memoryPages(GuestMemory memory) {
    return ((DenseMemory) memory).sizePages;
  }
}
