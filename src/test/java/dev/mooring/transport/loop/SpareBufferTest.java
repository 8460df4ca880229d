package dev.mooring.transport.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SpareBufferTest {
  private static final int FEW_BYTES = 64;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final SpareBuffer spare = new SpareBuffer(allocator);

  @AfterEach
  void nothingIsLeft() {
    spare.close();
    assertEquals(0, allocator.metric().usedDirectMemory());
  }

  private static void write(ByteBuf buffer, String text) {
    buffer.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(ByteBuf buffer) {
    return buffer.toString(StandardCharsets.UTF_8);
  }

  @Test
  void take_lastOneIsWritten_isTheSameAndEmpty() {
    ByteBuf first = spare.take(FEW_BYTES);
    write(first, "a long answer");
    first.release();
    spare.giveBack(first);
    ByteBuf second = spare.take(FEW_BYTES);
    assertSame(first, second);
    write(second, "short");
    assertEquals("short", text(second));
    second.release();
    spare.giveBack(second);
  }

  @Test
  void take_lastOneStillWaits_isAnother() {
    ByteBuf waits = spare.take(FEW_BYTES);
    write(waits, "for a slow client");
    spare.giveBack(waits); // Whoever writes it has the caller's reference.
    ByteBuf next = spare.take(FEW_BYTES);
    assertNotSame(waits, next);
    write(next, "for somebody else!");
    assertEquals("for a slow client", text(waits));
    waits.release();
    next.release();
    spare.giveBack(next);
    assertSame(next, spare.take(FEW_BYTES));
    next.release();
    spare.giveBack(next);
  }

  @Test
  void take_isLent_isOneOfItsOwn() {
    ByteBuf lent = spare.take(FEW_BYTES);
    ByteBuf own = spare.take(FEW_BYTES);
    assertNotSame(lent, own);
    assertEquals(FEW_BYTES, own.capacity());
    own.release();
    spare.giveBack(own);
    ByteBuf another = spare.take(FEW_BYTES);
    assertNotSame(lent, another);
    another.release();
    spare.giveBack(another);
    lent.release();
    spare.giveBack(lent);
  }

  @Test
  void giveBack_hasGrown_isGivenUp() {
    ByteBuf grown = spare.take(FEW_BYTES);
    grown.writeZero(SpareBuffer.BYTES + 1);
    grown.release();
    spare.giveBack(grown);
    assertEquals(0, allocator.metric().usedDirectMemory());
    ByteBuf next = spare.take(FEW_BYTES);
    assertEquals(SpareBuffer.BYTES, next.capacity());
    next.release();
    spare.giveBack(next);
  }

  @Test
  void close_isLent_callerKeepsIts() {
    ByteBuf lent = spare.take(FEW_BYTES);
    write(lent, "the last word");
    spare.close();
    assertEquals("the last word", text(lent));
    lent.release();
    spare.giveBack(lent);
    ByteBuf late = spare.take(FEW_BYTES);
    assertEquals(FEW_BYTES, late.capacity());
    late.release();
    spare.giveBack(late);
  }
}
