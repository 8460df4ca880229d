package dev.mooring.guest.memory;

final class FlatMemoryTest extends GuestMemoryContract {
  @Override
  GuestMemory memory(MemoryImage image, Segments segments, PagePool pool) {
    return new FlatMemory(image, segments, pool);
  }

  @Override
  int bufferBytes() {
    return FlatMemory.BUFFER_BYTES;
  }

  @Override
  long load(GuestMemory memory, int width, int base, int offset) {
    return switch (width) {
      case 1 -> FlatOperations.memoryReadByte(base, offset, memory) & 0xFFL;
      case 2 -> FlatOperations.memoryReadShort(base, offset, memory) & 0xFFFFL;
      case 4 -> FlatOperations.memoryReadInt(base, offset, memory) & 0xFFFF_FFFFL;
      default -> FlatOperations.memoryReadLong(base, offset, memory);
    };
  }

  @Override
  void store(GuestMemory memory, int width, int base, long value, int offset) {
    switch (width) {
      case 1 -> FlatOperations.memoryWriteByte(base, (byte) value, offset, memory);
      case 2 -> FlatOperations.memoryWriteShort(base, (short) value, offset, memory);
      case 4 -> FlatOperations.memoryWriteInt(base, (int) value, offset, memory);
      default -> FlatOperations.memoryWriteLong(base, value, offset, memory);
    }
  }

  @Override
  void fill(GuestMemory memory, int address, byte value, int length) {
    FlatOperations.memoryFill(address, value, length, memory);
  }

  @Override
  void copy(GuestMemory memory, int to, int from, int length) {
    FlatOperations.memoryCopy(to, from, length, memory);
  }

  @Override
  void init(GuestMemory memory, int to, int from, int length, int segment) {
    FlatOperations.memoryInit(to, from, length, segment, memory);
  }
}
