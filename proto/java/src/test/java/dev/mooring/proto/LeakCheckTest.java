package dev.mooring.proto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That the watchman is awake. */
final class LeakCheckTest {
  @Test
  void leak_ofOneBuffer_isReportedWithWhereItWasUsed() {
    leak(PooledByteBufAllocator.DEFAULT);
    List<String> reports = LeakCheck.drain();
    assertEquals(1, reports.size(), reports::toString);
    assertTrue(reports.getFirst().contains("LeakCheckTest.leak("), reports::toString);
  }

  @Test
  void leak_ofASlice_isReported() {
    ByteBuf whole = ByteBufAllocator.DEFAULT.buffer(8).writeLong(1);
    whole.readRetainedSlice(4);
    whole.release();
    whole = UnpooledByteBufAllocator.DEFAULT.buffer(8);
    whole.release();
    assertEquals(1, LeakCheck.drain().size());
  }

  @Test
  void noLeak_reportsNothing() {
    PooledByteBufAllocator.DEFAULT.buffer(8).writeLong(1).release();
    assertEquals(List.of(), LeakCheck.drain());
  }

  private static void leak(ByteBufAllocator allocator) {
    allocator.buffer(8).writeLong(1);
  }
}
