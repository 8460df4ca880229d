package dev.mooring.proto.frame;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;

/** Counts what is asked of it. */
final class CountingAllocator extends AbstractByteBufAllocator {
  int allocations;
  long bytes;
  int largest;

  @Override
  public boolean isDirectBufferPooled() {
    return false;
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    count(initialCapacity);
    return UnpooledByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    count(initialCapacity);
    return UnpooledByteBufAllocator.DEFAULT.directBuffer(initialCapacity, maxCapacity);
  }

  private void count(int capacity) {
    allocations++;
    bytes += capacity;
    largest = Math.max(largest, capacity);
  }
}
