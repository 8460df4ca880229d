package dev.mooring.guest.memory;

final class DenseMemoryTest extends GuestMemoryContract {
  @Override
  GuestMemory memory(MemoryImage image, Segments segments, PagePool pool) {
    return new DenseMemory(image, segments, pool);
  }

  @Override
  int bufferBytes() {
    return GuestMemory.TRACKED_BYTES;
  }

  @Override
  long load(GuestMemory memory, int width, int base, int offset) {
    return switch (width) {
      case 1 -> DenseOperations.memoryReadByte(base, offset, memory) & 0xFFL;
      case 2 -> DenseOperations.memoryReadShort(base, offset, memory) & 0xFFFFL;
      case 4 -> DenseOperations.memoryReadInt(base, offset, memory) & 0xFFFF_FFFFL;
      default -> DenseOperations.memoryReadLong(base, offset, memory);
    };
  }

  @Override
  void store(GuestMemory memory, int width, int base, long value, int offset) {
    switch (width) {
      case 1 -> DenseOperations.memoryWriteByte(base, (byte) value, offset, memory);
      case 2 -> DenseOperations.memoryWriteShort(base, (short) value, offset, memory);
      case 4 -> DenseOperations.memoryWriteInt(base, (int) value, offset, memory);
      default -> DenseOperations.memoryWriteLong(base, value, offset, memory);
    }
  }

  @Override
  void fill(GuestMemory memory, int address, byte value, int length) {
    DenseOperations.memoryFill(address, value, length, memory);
  }

  @Override
  void copy(GuestMemory memory, int to, int from, int length) {
    DenseOperations.memoryCopy(to, from, length, memory);
  }

  @Override
  void init(GuestMemory memory, int to, int from, int length, int segment) {
    DenseOperations.memoryInit(to, from, length, segment, memory);
  }
}
