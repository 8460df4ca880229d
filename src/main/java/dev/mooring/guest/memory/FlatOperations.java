package dev.mooring.guest.memory;

import static dev.mooring.guest.memory.GuestMemory.TRACKED_SHIFT;
import static dev.mooring.guest.memory.LittleEndian.DOUBLE;
import static dev.mooring.guest.memory.LittleEndian.FLOAT;
import static dev.mooring.guest.memory.LittleEndian.INT;
import static dev.mooring.guest.memory.LittleEndian.LONG;
import static dev.mooring.guest.memory.LittleEndian.SHORT;

import java.util.Arrays;

/**
 * What generated code does with memory in the flat layout. Names and types are those of Chicory's
 * {@code Shaded}, whose methods {@code Splice} makes call these; public for that reason alone.
 *
 * <p>A load is one bounds check of the JVM's, and what that throws is the trap. A store looks at
 * its page's mark first.
 */
public final class FlatOperations {
  private FlatOperations() {}

  /**
   * Where an access goes, or a negative number, which is no index of any array. No memory reaches
   * 2³¹ bytes, so a base or an offset with its highest bit set is outside; their sum may wrap, but
   * not past zero. The offset is a constant in generated code and its comparison goes.
   */
  private static int address(int base, int offset) {
    return base < 0 || offset < 0 ? -1 : base + offset;
  }

  public static byte memoryReadByte(int base, int offset, GuestMemory memory) {
    return ((FlatMemory) memory).bytes[address(base, offset)];
  }

  public static short memoryReadShort(int base, int offset, GuestMemory memory) {
    return (short) SHORT.get(((FlatMemory) memory).bytes, address(base, offset));
  }

  public static int memoryReadInt(int base, int offset, GuestMemory memory) {
    return (int) INT.get(((FlatMemory) memory).bytes, address(base, offset));
  }

  public static long memoryReadLong(int base, int offset, GuestMemory memory) {
    return (long) LONG.get(((FlatMemory) memory).bytes, address(base, offset));
  }

  public static float memoryReadFloat(int base, int offset, GuestMemory memory) {
    return (float) FLOAT.get(((FlatMemory) memory).bytes, address(base, offset));
  }

  public static double memoryReadDouble(int base, int offset, GuestMemory memory) {
    return (double) DOUBLE.get(((FlatMemory) memory).bytes, address(base, offset));
  }

  public static void memoryWriteByte(int base, byte value, int offset, GuestMemory memory) {
    FlatMemory flat = (FlatMemory) memory;
    int address = address(base, offset);
    if (flat.marks[address >> TRACKED_SHIFT] == 0) {
      flat.touch(address >> TRACKED_SHIFT);
    }
    flat.bytes[address] = value;
  }

  public static void memoryWriteShort(int base, short value, int offset, GuestMemory memory) {
    FlatMemory flat = (FlatMemory) memory;
    int address = address(base, offset);
    if (flat.marks[address >> TRACKED_SHIFT] == 0) {
      flat.touch(address >> TRACKED_SHIFT);
    }
    SHORT.set(flat.bytes, address, value);
  }

  public static void memoryWriteInt(int base, int value, int offset, GuestMemory memory) {
    FlatMemory flat = (FlatMemory) memory;
    int address = address(base, offset);
    if (flat.marks[address >> TRACKED_SHIFT] == 0) {
      flat.touch(address >> TRACKED_SHIFT);
    }
    INT.set(flat.bytes, address, value);
  }

  public static void memoryWriteLong(int base, long value, int offset, GuestMemory memory) {
    FlatMemory flat = (FlatMemory) memory;
    int address = address(base, offset);
    if (flat.marks[address >> TRACKED_SHIFT] == 0) {
      flat.touch(address >> TRACKED_SHIFT);
    }
    LONG.set(flat.bytes, address, value);
  }

  public static void memoryWriteFloat(int base, float value, int offset, GuestMemory memory) {
    FlatMemory flat = (FlatMemory) memory;
    int address = address(base, offset);
    if (flat.marks[address >> TRACKED_SHIFT] == 0) {
      flat.touch(address >> TRACKED_SHIFT);
    }
    FLOAT.set(flat.bytes, address, value);
  }

  public static void memoryWriteDouble(int base, double value, int offset, GuestMemory memory) {
    FlatMemory flat = (FlatMemory) memory;
    int address = address(base, offset);
    if (flat.marks[address >> TRACKED_SHIFT] == 0) {
      flat.touch(address >> TRACKED_SHIFT);
    }
    DOUBLE.set(flat.bytes, address, value);
  }

  public static void memoryFill(int address, byte value, int length, GuestMemory memory) {
    FlatMemory flat = (FlatMemory) memory;
    flat.check(address, length);
    flat.touchRange(address, length);
    Arrays.fill(flat.bytes, address, address + length, value);
  }

  public static void memoryCopy(int to, int from, int length, GuestMemory memory) {
    FlatMemory flat = (FlatMemory) memory;
    flat.check(from, length);
    flat.check(to, length);
    flat.touchRange(to, length);
    System.arraycopy(flat.bytes, from, flat.bytes, to, length);
  }

  public static void memoryInit(int to, int from, int length, int segment, GuestMemory memory) {
    ((FlatMemory) memory).init(to, from, length, segment);
  }

  public static int memoryGrow(int pages, GuestMemory memory) {
    return ((FlatMemory) memory).grow(pages);
  }

  public static int memoryPages(GuestMemory memory) {
    return ((FlatMemory) memory).sizePages;
  }
}
