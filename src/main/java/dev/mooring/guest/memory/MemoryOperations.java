package dev.mooring.guest.memory;

import static dev.mooring.guest.memory.GuestMemory.TRACKED_SHIFT;
import static dev.mooring.guest.memory.LittleEndian.DOUBLE;
import static dev.mooring.guest.memory.LittleEndian.FLOAT;
import static dev.mooring.guest.memory.LittleEndian.INT;
import static dev.mooring.guest.memory.LittleEndian.LONG;
import static dev.mooring.guest.memory.LittleEndian.SHORT;

/**
 * What generated code does with memory. Names and types are those of Chicory's {@code Shaded},
 * whose methods {@code Splice} makes call these; public for that reason alone.
 *
 * <p>A load is one bounds check of the JVM's, and what that throws is the trap. A store sets its
 * page's mark first, and calls nothing: so the JIT knows all that it does.
 */
public final class MemoryOperations {
  private MemoryOperations() {}

  /**
   * Where an access goes, or a negative number, which is no index of any array. No memory reaches
   * 2³¹ bytes, so a base or an offset with its highest bit set is outside; their sum may wrap, but
   * not past zero. The offset is a constant in generated code, and its comparisons go.
   */
  private static int address(int base, int offset) {
    return offset == 0 ? base : base < 0 || offset < 0 ? -1 : base + offset;
  }

  public static byte memoryReadByte(int base, int offset, GuestMemory memory) {
    return memory.bytes[address(base, offset)];
  }

  public static short memoryReadShort(int base, int offset, GuestMemory memory) {
    return (short) SHORT.get(memory.bytes, address(base, offset));
  }

  public static int memoryReadInt(int base, int offset, GuestMemory memory) {
    return (int) INT.get(memory.bytes, address(base, offset));
  }

  public static long memoryReadLong(int base, int offset, GuestMemory memory) {
    return (long) LONG.get(memory.bytes, address(base, offset));
  }

  public static float memoryReadFloat(int base, int offset, GuestMemory memory) {
    return (float) FLOAT.get(memory.bytes, address(base, offset));
  }

  public static double memoryReadDouble(int base, int offset, GuestMemory memory) {
    return (double) DOUBLE.get(memory.bytes, address(base, offset));
  }

  public static void memoryWriteByte(int base, byte value, int offset, GuestMemory memory) {
    int address = address(base, offset);
    memory.marks[address >>> TRACKED_SHIFT] = 1;
    memory.bytes[address] = value;
  }

  public static void memoryWriteShort(int base, short value, int offset, GuestMemory memory) {
    int address = address(base, offset);
    memory.marks[address >>> TRACKED_SHIFT] = 1;
    SHORT.set(memory.bytes, address, value);
  }

  public static void memoryWriteInt(int base, int value, int offset, GuestMemory memory) {
    int address = address(base, offset);
    memory.marks[address >>> TRACKED_SHIFT] = 1;
    INT.set(memory.bytes, address, value);
  }

  public static void memoryWriteLong(int base, long value, int offset, GuestMemory memory) {
    int address = address(base, offset);
    memory.marks[address >>> TRACKED_SHIFT] = 1;
    LONG.set(memory.bytes, address, value);
  }

  public static void memoryWriteFloat(int base, float value, int offset, GuestMemory memory) {
    int address = address(base, offset);
    memory.marks[address >>> TRACKED_SHIFT] = 1;
    FLOAT.set(memory.bytes, address, value);
  }

  public static void memoryWriteDouble(int base, double value, int offset, GuestMemory memory) {
    int address = address(base, offset);
    memory.marks[address >>> TRACKED_SHIFT] = 1;
    DOUBLE.set(memory.bytes, address, value);
  }

  public static void memoryFill(int address, byte value, int length, GuestMemory memory) {
    memory.fill(address, value, length);
  }

  public static void memoryCopy(int to, int from, int length, GuestMemory memory) {
    memory.copy(to, from, length);
  }

  public static void memoryInit(int to, int from, int length, int segment, GuestMemory memory) {
    memory.init(to, from, length, segment);
  }

  public static int memoryGrow(int pages, GuestMemory memory) {
    return memory.grow(pages);
  }

  public static int memoryPages(GuestMemory memory) {
    return memory.sizePages();
  }
}
