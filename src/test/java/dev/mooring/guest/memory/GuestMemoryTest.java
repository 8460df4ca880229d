package dev.mooring.guest.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.GuestTrap;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.call.Traps;
import dev.mooring.server.testing.Optimized;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guest memory, held against arrays. */
@Optimized
final class GuestMemoryTest {
  private static final int PAGE = GuestMemory.PAGE_SIZE;
  private static final int TRACKED = GuestMemory.TRACKED_BYTES;

  /** What a window of one page takes: its bytes and its marks. */
  private static final long WINDOW_BYTES = PAGE + (long) GuestMemory.TRACKED_PER_PAGE;

  private static final int FREE_PAGES = 64;
  private static final byte[] DATA = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

  private final MemoryBudget budget = new MemoryBudget(64L << 20);
  private final Windows windows = new Windows(budget);
  private final PagePool pool = new PagePool(budget, windows, FREE_PAGES);

  private GuestMemory memory(MemoryImage image) {
    return new GuestMemory(image, segments(), pool, windows);
  }

  private GuestMemory fresh(int pages, int limitPages) {
    GuestMemory memory = memory(MemoryImage.zeroes(pages));
    opened(memory, limitPages);
    return memory;
  }

  private static SpaceMemory opened(GuestMemory memory, int limitPages) {
    SpaceMemory space = memory.newSpace(limitPages);
    memory.load(space);
    return space;
  }

  private static Segments segments() {
    return new Segments(new byte[][] {DATA, {}}, new int[0][], Segments.noneDropped(2));
  }

  private static MemoryImage image(byte[] bytes) {
    var builder = new MemoryImage.Builder(bytes.length / PAGE);
    builder.write(0, bytes, 0, bytes.length);
    return builder.build();
  }

  /** Loads as generated code does, zero-extended. */
  private static long load(GuestMemory memory, int width, int base, int offset) {
    return switch (width) {
      case 1 -> MemoryOperations.memoryReadByte(base, offset, memory) & 0xFFL;
      case 2 -> MemoryOperations.memoryReadShort(base, offset, memory) & 0xFFFFL;
      case 4 -> MemoryOperations.memoryReadInt(base, offset, memory) & 0xFFFF_FFFFL;
      default -> MemoryOperations.memoryReadLong(base, offset, memory);
    };
  }

  /** Stores as generated code does. */
  private static void store(GuestMemory memory, int width, int base, long value, int offset) {
    switch (width) {
      case 1 -> MemoryOperations.memoryWriteByte(base, (byte) value, offset, memory);
      case 2 -> MemoryOperations.memoryWriteShort(base, (short) value, offset, memory);
      case 4 -> MemoryOperations.memoryWriteInt(base, (int) value, offset, memory);
      default -> MemoryOperations.memoryWriteLong(base, value, offset, memory);
    }
  }

  /** A store of a byte into each of so many tracked pages. */
  private static void storeInto(GuestMemory memory, int pages, int value) {
    for (int i = 0; i < pages; i++) {
      store(memory, 1, i * TRACKED, value, 0);
    }
  }

  private static void assertUnmarked(GuestMemory memory, String at) {
    assertArrayEquals(new byte[memory.marks.length], memory.marks, at);
  }

  private static void assertOutOfMemory(Runnable operation) {
    GuestTrap trap = assertThrows(GuestTrap.class, operation::run);
    assertEquals(TrapKind.OUT_OF_MEMORY, trap.kind());
  }

  @Test
  void store_acrossPages_isReadBackByteByByte() {
    GuestMemory memory = fresh(1, 1);
    for (int edge = 1024; edge < 8192; edge += 1024) {
      for (int before = 1; before < 8; before++) {
        store(memory, 8, edge - before, 0x8877665544332211L, 0);
        assertEquals(0x8877665544332211L, load(memory, 8, edge - before, 0));
        for (int i = 0; i < 8; i++) {
          assertEquals(0x11L * (i + 1), load(memory, 1, edge - before + i, 0));
        }
      }
    }
  }

  @Test
  void access_atTheEnd_trapsByTheFirstByteOutside() {
    GuestMemory memory = fresh(1, 1);
    for (int width : new int[] {1, 2, 4, 8}) {
      store(memory, width, PAGE - width, -1L, 0);
      store(memory, width, 0, -1L, PAGE - width);
      for (int beyond = 1; beyond <= width; beyond++) {
        int address = PAGE - width + beyond;
        assertTraps(() -> load(memory, width, address, 0));
        assertTraps(() -> load(memory, width, 0, address));
        assertTraps(() -> store(memory, width, address, 0, 0));
        assertTraps(() -> store(memory, width, address - 8, 0, 8));
      }
    }
    assertEquals(-1L, load(memory, 8, PAGE - 8, 0));
  }

  /** Addresses are unsigned, and base plus offset has 33 bits: it doesn't wrap into memory. */
  @Test
  void access_negativeOrOverflowing_traps() {
    GuestMemory memory = fresh(2, 2);
    int[][] addresses = {
      {-1, 0},
      {-1, 1},
      {-8, 8},
      {-8, 16},
      {Integer.MIN_VALUE, 0},
      {Integer.MIN_VALUE, 8},
      {Integer.MIN_VALUE, Integer.MIN_VALUE},
      {Integer.MAX_VALUE, 0},
      {Integer.MAX_VALUE, Integer.MAX_VALUE},
      {5, Integer.MAX_VALUE},
      {-1, Integer.MAX_VALUE},
      {-PAGE, PAGE},
      {-PAGE, PAGE + 4},
      {16, -16},
      {16, -8},
      {-1, -1},
    };
    for (int[] address : addresses) {
      for (int width : new int[] {1, 2, 4, 8}) {
        assertTraps(() -> load(memory, width, address[0], address[1]));
        assertTraps(() -> store(memory, width, address[0], 1, address[1]));
      }
    }
    assertArrayEquals(new byte[2 * PAGE], memory.bytes(0, 2 * PAGE));
  }

  /** The bulk-memory proposal: the whole range is checked, before anything moves. */
  @Test
  void bulk_rangeOutside_trapsAndMovesNothing() {
    GuestMemory memory = fresh(1, 1);
    int[][] ranges = {{PAGE, 1}, {PAGE - 1, 2}, {PAGE + 1, 0}, {-1, 0}, {-1, 1}, {0, PAGE + 1}};
    for (int[] range : ranges) {
      assertTraps(() -> MemoryOperations.memoryFill(range[0], (byte) 7, range[1], memory));
      assertTraps(() -> MemoryOperations.memoryCopy(range[0], 0, range[1], memory));
      assertTraps(() -> MemoryOperations.memoryCopy(0, range[0], range[1], memory));
    }
    assertTraps(() -> MemoryOperations.memoryFill(0, (byte) 7, -1, memory));
    assertTraps(() -> MemoryOperations.memoryFill(16, (byte) 7, -8, memory));
    assertTraps(() -> MemoryOperations.memoryInit(PAGE - 4, 0, 5, 0, memory));
    assertTraps(() -> MemoryOperations.memoryInit(0, 6, 5, 0, memory));
    assertTraps(() -> MemoryOperations.memoryInit(0, -1, 2, 0, memory));
    assertTraps(() -> MemoryOperations.memoryInit(0, 11, 0, 0, memory));
    assertArrayEquals(new byte[PAGE], memory.bytes(0, PAGE));
  }

  @Test
  void bulk_emptyRangeAtTheEdge_isAllowed() {
    GuestMemory memory = fresh(1, 1);
    MemoryOperations.memoryFill(PAGE, (byte) 7, 0, memory);
    MemoryOperations.memoryCopy(PAGE, PAGE, 0, memory);
    MemoryOperations.memoryCopy(0, PAGE, 0, memory);
    MemoryOperations.memoryInit(PAGE, 10, 0, 0, memory);
    MemoryOperations.memoryInit(0, 0, 0, 1, memory);
    assertUnmarked(memory, "nothing was stored");
  }

  @Test
  void init_droppedSegment_isEmpty() {
    Segments segments = segments();
    var memory = new GuestMemory(MemoryImage.zeroes(1), segments, pool, windows);
    opened(memory, 1);
    MemoryOperations.memoryInit(1022, 2, 4, 0, memory);
    assertArrayEquals(new byte[] {3, 4, 5, 6}, memory.bytes(1022, 4));
    segments.dropData(0);
    MemoryOperations.memoryInit(0, 0, 0, 0, memory);
    assertTraps(() -> MemoryOperations.memoryInit(0, 0, 1, 0, memory));
  }

  @Test
  void grow_upToTheLimit_thenMinusOne() {
    GuestMemory memory = fresh(1, 3);
    assertEquals(1, memory.grow(0));
    assertEquals(-1, memory.grow(3));
    assertEquals(-1, memory.grow(-1));
    assertEquals(-1, memory.grow(Integer.MIN_VALUE));
    assertEquals(1, memory.grow(1));
    assertEquals(2, memory.grow(1));
    assertEquals(-1, memory.grow(1));
    assertEquals(3, memory.grow(0));
    store(memory, 4, 3 * PAGE - 4, 99, 0);
    assertEquals(99, load(memory, 4, 3 * PAGE - 4, 0));
    assertTraps(() -> load(memory, 1, 3 * PAGE, 0));
  }

  @Test
  void buffers_copiedInAndOut_arriveWhole() {
    GuestMemory memory = fresh(1, 1);
    byte[] bytes = new byte[5000];
    new Random(1).nextBytes(bytes);
    ByteBuf from = Unpooled.directBuffer().writeBytes(bytes);
    ByteBuf into = Unpooled.directBuffer();
    try {
      memory.write(700, from, 3, 4500);
      assertEquals(0, from.readerIndex());
      memory.read(700, 4500, into);
      assertEquals(4500, into.readableBytes());
      assertEquals(from.slice(3, 4500), into);
      assertTraps(() -> memory.write(PAGE - 10, from, 0, 11));
      assertTraps(() -> memory.read(-1, 1, into));
      assertEquals(4500, into.readableBytes());
    } finally {
      from.release();
      into.release();
    }
  }

  /** What the host writes is undone and kept as what the guest does. */
  @Test
  void write_fromABuffer_rollsBackAndCommits() {
    GuestMemory memory = memory(MemoryImage.zeroes(1));
    SpaceMemory space = opened(memory, 1);
    ByteBuf from = Unpooled.buffer().writeBytes(new byte[3 * TRACKED]).setByte(2000, 5);
    try {
      memory.write(500, from, 0, 3 * TRACKED);
      memory.rollback(space);
      assertArrayEquals(new byte[PAGE], memory.bytes);
      memory.write(500, from, 0, 3 * TRACKED);
      memory.commit(space);
      assertEquals(1, space.pageCount(), "the other pages are zeroes, as they were");
      assertEquals(5, load(memory, 1, 2500, 0));
    } finally {
      from.release();
    }
  }

  @Test
  void commit_pageWrittenAndPutBackInACall_isNotKept() {
    GuestMemory memory = memory(MemoryImage.zeroes(1));
    SpaceMemory space = opened(memory, 1);
    store(memory, 8, 5000, 7, 0);
    store(memory, 8, 5000, 0, 0);
    storeInto(memory, 3, 0);
    memory.commit(space);
    assertEquals(0, space.pageCount());
    assertEquals(0, pool.heldBytes());
    assertUnmarked(memory, "the call is over");
  }

  /** Until then it is kept: who puts a page back may well write it again. */
  @Test
  void rest_pagesPutBackByLaterCalls_areGivenUp() {
    GuestMemory memory = memory(MemoryImage.zeroes(1));
    SpaceMemory space = opened(memory, 1);
    for (int i = 1; i < 4; i++) {
      storeInto(memory, 3, i);
      memory.commit(space);
      assertEquals(3, space.pageCount());
      store(memory, 1, TRACKED, 0, 0);
      memory.commit(space);
      memory.rest(space);
      memory.load(space);
      assertArrayEquals(new int[] {0, 2}, Arrays.copyOf(space.numbers, space.count));
      assertEquals(2 * TRACKED, pool.heldBytes());
      storeInto(memory, 3, 0);
      memory.commit(space);
      assertArrayEquals(new byte[PAGE], memory.bytes);
      memory.rest(space);
      memory.load(space);
      assertArrayEquals(new byte[PAGE], memory.bytes);
      assertEquals(0, space.pageCount());
      assertEquals(0, pool.heldBytes());
    }
  }

  /** The store marks the page where it begins; the next one is told by its neighbour's mark. */
  @Test
  void store_acrossAPagesEnd_commitsAndRollsBackBothPages() {
    for (int width : new int[] {2, 4, 8}) {
      for (int before = 1; before < width; before++) {
        String at = width + " bytes, " + before + " of them before the end";
        GuestMemory memory = memory(MemoryImage.zeroes(1));
        SpaceMemory space = opened(memory, 1);
        int address = 3 * TRACKED - before;
        store(memory, width, address, -1, 0);
        assertEquals(1, memory.marks[2], at);
        assertEquals(0, memory.marks[3], at);
        memory.rollback(space);
        assertArrayEquals(new byte[PAGE], memory.bytes, at);
        assertUnmarked(memory, at);

        store(memory, width, address, -1, 0);
        memory.commit(space);
        assertArrayEquals(new int[] {2, 3}, Arrays.copyOf(space.numbers, space.count), at);
        assertUnmarked(memory, at);
        byte[] committed = memory.bytes.clone();

        store(memory, width, address, 0x0102_0304_0506_0708L, 0);
        memory.rollback(space);
        assertArrayEquals(committed, memory.bytes, at);
        memory.discard(space);
        assertArrayEquals(new byte[PAGE], memory.bytes, at);
      }
    }
  }

  @Test
  void store_acrossAPagesEnd_changesTheNextPageAlone() {
    GuestMemory memory = memory(MemoryImage.zeroes(1));
    SpaceMemory space = opened(memory, 1);
    store(memory, 8, TRACKED - 1, 0x0102_0304_0506_0700L, 0);
    memory.commit(space);
    assertArrayEquals(new int[] {1}, Arrays.copyOf(space.numbers, space.count));
    SpaceMemory other = opened(memory, 1);
    assertArrayEquals(new byte[PAGE], memory.bytes);
    memory.discard(other);
    memory.load(space);
    assertEquals(0x0102_0304_0506_0700L, load(memory, 8, TRACKED - 1, 0));
  }

  /** It stores before, between and after, and across what was the end. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void grow_severalTimesInACall_isKeptOrUndoneAsOne(boolean commits) {
    byte[] initial = new byte[PAGE];
    new Random(2).nextBytes(initial);
    GuestMemory memory = memory(image(initial));
    SpaceMemory space = opened(memory, 6);
    store(memory, 8, 100, 11, 0);
    memory.commit(space);
    byte[] before = memory.bytes.clone();

    store(memory, 8, 100, 12, 0);
    store(memory, 8, 200, 13, 0);
    assertEquals(1, memory.grow(1));
    store(memory, 8, PAGE - 3, 14, 0);
    assertEquals(2, memory.grow(3));
    store(memory, 8, 2 * PAGE - 5, 15, 0);
    store(memory, 8, 5 * PAGE - 8, 16, 0);
    assertEquals(-1, memory.grow(2));
    assertEquals(5, MemoryOperations.memoryPages(memory));
    byte[] after = memory.bytes.clone();
    if (commits) {
      memory.commit(space);
    } else {
      memory.rollback(space);
    }

    byte[] expected = commits ? after : before;
    assertArrayEquals(expected, memory.bytes);
    assertUnmarked(memory, "the call is over");
    assertEquals(expected.length / PAGE, space.sizePages());
    assertEquals(
        commits ? 6 * WINDOW_BYTES : WINDOW_BYTES,
        windows.heldBytes(),
        "where it began and where it ended, and none between");
    SpaceMemory other = opened(memory, 6);
    assertArrayEquals(initial, memory.bytes, "nothing of it is left to another");
    memory.load(space);
    assertArrayEquals(expected, memory.bytes);
    memory.discard(space);
    memory.discard(other);
    assertEquals(0, pool.heldBytes());
  }

  /** The next call begins in the window that the one before has grown into. */
  @Test
  void grow_callAfterCall_eachRollsBackToItsOwnBeginning() {
    GuestMemory memory = memory(MemoryImage.zeroes(1));
    SpaceMemory space = opened(memory, 10);
    for (int pages = 1; pages < 10; pages++) {
      byte[] before = memory.bytes.clone();
      assertEquals(pages, memory.grow(1));
      store(memory, 4, pages * PAGE, pages, 0);
      store(memory, 4, 0, -1, 0);
      memory.rollback(space);
      assertArrayEquals(before, memory.bytes);
      assertEquals(pages, memory.grow(1));
      store(memory, 4, pages * PAGE, pages, 0);
      memory.commit(space);
    }
    for (int pages = 1; pages < 10; pages++) {
      assertEquals(pages, load(memory, 4, pages * PAGE, 0));
    }
    assertEquals(0, load(memory, 4, 0, 0));
    assertEquals(9, space.pageCount());
  }

  /** Those that have grown to the same length came there in windows of their own. */
  @Test
  void load_spacesOfSeveralLengths_eachIsWhatItWas() {
    GuestMemory memory = memory(MemoryImage.zeroes(1));
    var models = new ArrayList<Model>();
    for (int i = 0; i < 6; i++) {
      SpaceMemory space = opened(memory, 3);
      memory.grow(i % 3);
      storeInto(memory, 1 + 10 * i, i + 1);
      memory.commit(space);
      models.add(new Model(space, memory.bytes));
    }
    var random = new Random(3);
    for (int i = 0; i < 200; i++) {
      Model model = models.get(random.nextInt(models.size()));
      memory.load(model.space);
      assertArrayEquals(model.bytes, memory.bytes, "load " + i);
      assertUnmarked(memory, "load " + i);
      int address = random.nextInt(model.bytes.length);
      store(memory, 1, address, i, 0);
      model.bytes[address] = (byte) i;
      memory.commit(model.space);
    }
  }

  /** A window that showed a space some calls ago doesn't show it any more, if another does. */
  @Test
  void load_spaceWasInAnotherWindowBefore_isWhatItIsNow() {
    GuestMemory memory = memory(MemoryImage.zeroes(1));
    SpaceMemory first = opened(memory, 2);
    memory.grow(1);
    store(memory, 4, 100, 1, 0);
    memory.commit(first);
    SpaceMemory second = opened(memory, 2);
    memory.grow(1);
    memory.commit(second);
    memory.load(first); // Perhaps in the second one's window, which is as long.
    store(memory, 4, 100, 2, 0);
    store(memory, 4, 200, 3, 0);
    memory.commit(first);
    SpaceMemory small = opened(memory, 1);
    memory.load(first);
    assertEquals(2, load(memory, 4, 100, 0));
    assertEquals(3, load(memory, 4, 200, 0));
    for (SpaceMemory space : List.of(first, second, small)) {
      memory.discard(space);
    }
    SpaceMemory next = opened(memory, 2);
    assertArrayEquals(new byte[PAGE], memory.bytes);
    memory.grow(1);
    assertArrayEquals(new byte[2 * PAGE], memory.bytes);
    memory.rollback(next);
  }

  @Test
  void windows_moreThanMayBe_theLeastRecentlyUsedGoes() {
    var few = new Windows(budget, 3 * WINDOW_BYTES);
    var memories = new ArrayList<GuestMemory>();
    var spaces = new ArrayList<SpaceMemory>();
    for (int i = 0; i < 3; i++) {
      var memory = new GuestMemory(MemoryImage.zeroes(1), segments(), pool, few);
      SpaceMemory space = opened(memory, 1);
      store(memory, 4, 8 * i, i + 1, 0);
      memory.commit(space);
      memories.add(memory);
      spaces.add(space);
      few.tick();
    }
    assertEquals(3 * WINDOW_BYTES, few.heldBytes());
    memories.get(0).load(spaces.get(0));
    var fourth = new GuestMemory(MemoryImage.zeroes(1), segments(), pool, few);
    opened(fourth, 1);
    assertEquals(3 * WINDOW_BYTES, few.heldBytes());
    assertEquals(PAGE, memories.get(0).bytes.length, "it was used a while ago");
    assertEquals(0, memories.get(1).bytes.length, "it was used before all others");
    assertEquals(PAGE, memories.get(2).bytes.length);
    for (int i = 0; i < 3; i++) {
      memories.get(i).load(spaces.get(i));
      assertEquals(i + 1, load(memories.get(i), 4, 8 * i, 0), "nothing is lost with a window");
      assertEquals(3 * WINDOW_BYTES, few.heldBytes());
    }
  }

  /** A call goes on in what it has, whoever must go for more. */
  @Test
  void windows_callGrowsBeyondWhatTheyMayBe_theRunningOnesStay() {
    var few = new Windows(budget, 3 * WINDOW_BYTES);
    var memory = new GuestMemory(MemoryImage.zeroes(1), segments(), pool, few);
    var other = new GuestMemory(MemoryImage.zeroes(1), segments(), pool, few);
    SpaceMemory space = opened(memory, 10);
    opened(other, 1);
    memory.load(space);
    store(memory, 4, 100, 1, 0);
    assertEquals(1, memory.grow(4));
    assertEquals(0, other.bytes.length);
    assertEquals(5, memory.grow(4));
    store(memory, 4, 9 * PAGE - 4, 2, 0);
    assertEquals(10 * WINDOW_BYTES, few.heldBytes(), "where it began and where it is");
    memory.rollback(space);
    assertArrayEquals(new byte[PAGE], memory.bytes);
    assertEquals(WINDOW_BYTES, few.heldBytes());
  }

  @Test
  void tick_windowsThatNobodyUses_areDropped() {
    GuestMemory idle = memory(MemoryImage.zeroes(1));
    GuestMemory busy = memory(MemoryImage.zeroes(2));
    SpaceMemory atIdle = opened(idle, 1);
    SpaceMemory atBusy = opened(busy, 2);
    store(idle, 8, 30_000, 9, 0);
    idle.commit(atIdle);
    for (int i = 1; i < Windows.IDLE_TICKS; i++) {
      windows.tick();
      busy.load(atBusy);
    }
    assertEquals(3 * WINDOW_BYTES, windows.heldBytes());
    windows.tick();
    assertEquals(2 * WINDOW_BYTES, windows.heldBytes());
    assertEquals(0, idle.bytes.length);
    idle.load(atIdle);
    assertEquals(9, load(idle, 8, 30_000, 0));
    assertEquals(3 * WINDOW_BYTES, windows.heldBytes());
    idle.discard(atIdle);
    busy.discard(atBusy);
    windows.clear();
    pool.trim();
    assertEquals(0, budget.usedBytes());
  }

  private static SpaceMemory large(GuestMemory memory, int value) {
    SpaceMemory space = opened(memory, 5);
    storeInto(memory, GuestMemory.LARGE_SPACE_PAGES, value);
    memory.commit(space);
    return space;
  }

  @Test
  void load_largeSpaceAndThereIsRoom_hasAWindowOfItsOwn() {
    GuestMemory memory = memory(MemoryImage.zeroes(5));
    SpaceMemory first = large(memory, 1);
    SpaceMemory second = large(memory, 2);
    assertEquals(5 * WINDOW_BYTES, windows.heldBytes(), "they were small when they were loaded");
    memory.load(first);
    byte[] firsts = memory.bytes;
    assertEquals(10 * WINDOW_BYTES, windows.heldBytes());
    memory.load(second);
    byte[] seconds = memory.bytes;
    assertNotSame(firsts, seconds);
    SpaceMemory small = opened(memory, 5);
    assertEquals(10 * WINDOW_BYTES, windows.heldBytes(), "a small one shares");
    assertArrayEquals(new byte[5 * PAGE], memory.bytes);
    memory.discard(small);
    for (int i = 0; i < 4; i++) {
      memory.load(first);
      assertEquals(1, load(memory, 1, 100 * TRACKED, 0));
      byte[] window = memory.bytes;
      memory.load(second);
      assertEquals(2, load(memory, 1, 100 * TRACKED, 0));
      assertNotSame(window, memory.bytes);
      memory.load(first);
      assertSame(window, memory.bytes);
    }
    assertEquals(10 * WINDOW_BYTES, windows.heldBytes());
  }

  @Test
  void load_largeSpaceAndThereIsNoRoom_sharesAWindow() {
    for (var full :
        List.of(
            new Windows(budget, 9 * WINDOW_BYTES),
            new Windows(new MemoryBudget(9 * WINDOW_BYTES)))) {
      var memory = new GuestMemory(MemoryImage.zeroes(5), segments(), pool, full);
      SpaceMemory first = large(memory, 1);
      SpaceMemory second = large(memory, 2);
      byte[] window = memory.bytes;
      for (int i = 0; i < 4; i++) {
        memory.load(first);
        assertEquals(1, load(memory, 1, 100 * TRACKED, 0));
        memory.load(second);
        assertEquals(2, load(memory, 1, 100 * TRACKED, 0));
        assertSame(window, memory.bytes);
      }
      assertEquals(5 * WINDOW_BYTES, full.heldBytes());
    }
  }

  /** A commit needs pages; if there are none, the call has never been. */
  @Test
  void commit_budgetUsedUp_trapsAndNothingHasHappened() {
    var small = new MemoryBudget(1 << 20);
    var smallWindows = new Windows(small);
    var smallPool = new PagePool(small, smallWindows, 4);
    var memory = new GuestMemory(MemoryImage.zeroes(1), segments(), smallPool, smallWindows);
    SpaceMemory space = opened(memory, 20_000);
    assertEquals(-1, memory.grow(19_999), "there is no such room");
    int size = 1;
    while (committed(memory, space, size)) {
      assertTrue(size < 20, "the budget has no end");
      assertEquals(size, memory.grow(1));
      size++;
    }
    assertTrue(size > 2, "some calls have committed");
    byte[] expected = new byte[(size - 1) * PAGE];
    for (int address = 0; address < expected.length; address += TRACKED) {
      expected[address] = (byte) (size - 1);
    }
    assertArrayEquals(expected, memory.bytes);
    assertUnmarked(memory, "rolled back");
    assertEquals(size - 1, space.sizePages());
    memory.discard(space);
    memory.close();
    smallPool.trim();
    assertEquals(0, smallPool.usedBytes());
    assertEquals(0, small.usedBytes());
  }

  /** Whether a call has committed that wrote a byte into every page; else it is rolled back. */
  private static boolean committed(GuestMemory memory, SpaceMemory space, int value) {
    storeInto(memory, memory.bytes.length / TRACKED, value);
    try {
      memory.commit(space);
      return true;
    } catch (GuestTrap trap) {
      assertEquals(TrapKind.OUT_OF_MEMORY, trap.kind());
      memory.rollback(space);
      return false;
    }
  }

  /** What changes and what is undone is in the window and in the space: no more is needed. */
  @Test
  void call_budgetUsedUp_changesAndRollsBackWhatItsSpaceHolds() {
    var small = budgetOf(PagePool.LEASE_BYTES + 8 * WINDOW_BYTES);
    var smallWindows = new Windows(small);
    var smallPool = new PagePool(small, smallWindows, FREE_PAGES);
    var memory = new GuestMemory(MemoryImage.zeroes(8), segments(), smallPool, smallWindows);
    SpaceMemory space = opened(memory, 9);
    int pages = fill(memory, space);
    long used = small.usedBytes();
    for (int i = 2; i < 10; i++) {
      storeInto(memory, pages, i);
      memory.commit(space);
      storeInto(memory, pages, -1);
      memory.rollback(space);
      assertEquals(i, load(memory, 1, (pages - 1) * TRACKED, 0));
      assertEquals(-1, memory.grow(1));
      store(memory, 1, pages * TRACKED, 1, 0);
      assertOutOfMemory(() -> memory.commit(space));
      memory.rollback(space);
    }
    assertEquals(used, small.usedBytes());
    assertEquals(pages, space.pageCount());
  }

  /** A budget in which so much is left for all but what windows alone may have. */
  private static MemoryBudget budgetOf(long bytes) {
    return new MemoryBudget(
        Math.ceilDiv(bytes * MemoryBudget.WINDOWS_PART, MemoryBudget.WINDOWS_PART - 1));
  }

  /** Writes into page after page until the budget has none left; answers into how many. */
  private static int fill(GuestMemory memory, SpaceMemory space) {
    memory.load(space);
    int pages = 0;
    while (true) {
      assertTrue(pages * TRACKED < memory.bytes.length, "the budget has no end");
      store(memory, 1, pages * TRACKED, 1, 0);
      try {
        memory.commit(space);
      } catch (GuestTrap trap) {
        assertEquals(TrapKind.OUT_OF_MEMORY, trap.kind());
        memory.rollback(space);
        return pages;
      }
      pages++;
    }
  }

  /** What a space had, it has again, when nobody else gets any more. */
  @Test
  void load_atRestAndTheBudgetIsUsedUp_takesOfTheReserve() {
    var small = budgetOf(PagePool.LEASE_BYTES + 8 * WINDOW_BYTES);
    var smallWindows = new Windows(small);
    var smallPool = new PagePool(small, smallWindows, FREE_PAGES);
    var memory = new GuestMemory(MemoryImage.zeroes(8), segments(), smallPool, smallWindows);
    SpaceMemory sleeper = opened(memory, 8);
    SpaceMemory taker = memory.newSpace(8);
    storeInto(memory, FREE_PAGES / 2, 5);
    memory.commit(sleeper);
    long held = smallPool.heldBytes();
    memory.rest(sleeper);
    assertEquals(held, smallPool.heldBytes(), "it counts as before");
    fill(memory, taker);
    held = smallPool.heldBytes();
    for (int i = 0; i < 10; i++) {
      memory.load(sleeper);
      assertEquals(FREE_PAGES / 2, sleeper.pageCount());
      for (int page = 0; page < FREE_PAGES / 2; page++) {
        assertEquals(5, load(memory, 1, page * TRACKED, 0));
      }
      assertEquals(held, smallPool.heldBytes());
      store(memory, 1, FREE_PAGES * TRACKED, 5, 0);
      assertOutOfMemory(() -> memory.commit(sleeper));
      memory.rollback(sleeper);
      memory.rest(sleeper);
      assertEquals(0, sleeper.pageCount());
      assertEquals(held, smallPool.heldBytes());
    }
    memory.discard(sleeper);
    memory.discard(taker);
    assertEquals(0, smallPool.heldBytes());
    memory.close();
    smallPool.trim();
    assertEquals(0, small.usedBytes());
  }

  @Test
  void load_atRestAndNotEvenTheReserveIsEnough_trapsAndRestsOn() {
    var small = budgetOf(PagePool.LEASE_BYTES + 8 * WINDOW_BYTES);
    var smallWindows = new Windows(small);
    var smallPool = new PagePool(small, smallWindows, FREE_PAGES);
    var memory = new GuestMemory(MemoryImage.zeroes(8), segments(), smallPool, smallWindows);
    SpaceMemory sleeper = opened(memory, 8);
    SpaceMemory taker = memory.newSpace(8);
    storeInto(memory, 2 * FREE_PAGES, 5);
    memory.commit(sleeper);
    memory.rest(sleeper);
    fill(memory, taker);
    long held = smallPool.heldBytes();
    byte[] takers = memory.bytes.clone();
    for (int i = 0; i < 3; i++) {
      assertOutOfMemory(() -> memory.load(sleeper));
      assertTrue(sleeper.isAtRest());
      assertEquals(0, sleeper.pageCount());
      assertEquals(held, smallPool.heldBytes());
      memory.load(taker);
      assertArrayEquals(takers, memory.bytes, "others go on");
    }
    memory.discard(taker);
    memory.load(sleeper);
    for (int page = 0; page < 2 * FREE_PAGES; page++) {
      assertEquals(5, load(memory, 1, page * TRACKED, 0));
    }
    memory.discard(sleeper);
    assertEquals(0, smallPool.heldBytes());
  }

  @Test
  void rest_nothingToSaveByIt_isLeftOut() {
    GuestMemory memory = memory(MemoryImage.zeroes(1));
    SpaceMemory unchanged = opened(memory, 1);
    memory.rest(unchanged);
    assertFalse(unchanged.isAtRest());
    SpaceMemory noise = opened(memory, 1);
    byte[] bytes = new byte[4 * TRACKED];
    new Random(4).nextBytes(bytes);
    ByteBuf from = Unpooled.wrappedBuffer(bytes);
    memory.write(0, from, 0, bytes.length);
    memory.commit(noise);
    memory.rest(noise);
    assertEquals(4, noise.pageCount());
    assertArrayEquals(bytes, memory.bytes(0, bytes.length), "it is loaded as it was");
  }

  @Test
  void discard_atRest_givesBackWhatItCountedFor() {
    GuestMemory memory = memory(MemoryImage.zeroes(1));
    SpaceMemory space = opened(memory, 1);
    storeInto(memory, 40, 1);
    memory.commit(space);
    memory.rest(space);
    assertEquals(40 * TRACKED, pool.heldBytes());
    pool.trim(); // Of the pages, which wait for the next taker.
    assertTrue(pool.usedBytes() < 40 * TRACKED / 4);
    memory.discard(space);
    assertEquals(0, pool.heldBytes());
    assertEquals(0, pool.usedBytes());
  }

  /** Many spaces on one processor, each against a model of its own, through every kind of end. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void spaces_randomOperations_equalTheirModels(long seed) {
    compareWithModels(seed, 6, 300);
  }

  /** A million calls with {@code -Dmooring.memory.calls=1000000}: some minutes. */
  @Test
  void spaces_hundreds_equalTheirModels() {
    compareWithModels(9, 300, Integer.getInteger("mooring.memory.calls", 2_000));
  }

  /** Calls, switches, rollbacks, rests and growths at random; the window is compared after each. */
  private void compareWithModels(long seed, int spaces, int steps) {
    var random = new Random(seed);
    byte[] initial = new byte[2 * PAGE];
    random.nextBytes(initial);
    Arrays.fill(initial, 3000, 90_000, (byte) 0);
    MemoryImage image = image(initial);
    var ample = new MemoryBudget(1L << 30);
    var few = new Windows(ample, 16L << 20);
    var pages = new PagePool(ample, few, FREE_PAGES);
    var memory = new GuestMemory(image, segments(), pages, few);
    List<Model> models = new ArrayList<>();
    for (int i = 0; i < spaces; i++) {
      models.add(new Model(memory.newSpace(i < 3 || i > 5 ? 6 : 40), initial));
    }
    int rested = 0;
    for (int step = 0; step < steps; step++) {
      String at = "seed " + seed + " step " + step;
      if (random.nextInt(4) == 0) {
        SpaceMemory resting = models.get(random.nextInt(models.size())).space;
        memory.rest(resting);
        rested += resting.isAtRest() ? 1 : 0;
      }
      if (random.nextInt(4) == 0) {
        few.tick();
      }
      Model model = models.get(random.nextInt(models.size()));
      memory.load(model.space);
      assertArrayEquals(model.bytes, memory.bytes, at);
      assertUnmarked(memory, at);
      byte[] before = model.bytes.clone();
      int operations = random.nextInt(10) == 0 ? 400 : random.nextInt(20);
      for (int i = 0; i < operations; i++) {
        operate(memory, model, random);
      }
      assertArrayEquals(model.bytes, memory.bytes, at);
      if (random.nextInt(3) == 0) {
        memory.rollback(model.space);
        model.bytes = before;
      } else {
        memory.commit(model.space);
      }
      assertArrayEquals(model.bytes, memory.bytes, at);
      assertUnmarked(memory, at);
      model.assertHoldsWhatDiffers(image, at);
      if (random.nextInt(40) == 0) {
        memory.discard(model.space);
        models.remove(model);
        models.add(new Model(memory.newSpace(6), initial));
      }
      if (step % 32 == 0) {
        long held = models.stream().mapToLong(Model::heldPages).sum();
        assertEquals(held * TRACKED, pages.heldBytes(), at + ": awake or at rest");
      }
    }
    assertTrue(rested > 10, rested + " went to rest");
    for (Model model : models) {
      memory.discard(model.space);
    }
    assertEquals(0, pages.heldBytes());
    SpaceMemory next = memory.newSpace(2);
    memory.load(next);
    assertArrayEquals(initial, memory.bytes, "whoever comes after all of them");
    memory.discard(next);
    memory.close();
    pages.trim();
    assertEquals(0, few.heldBytes());
    assertEquals(0, pages.usedBytes(), "every byte of every space was given back");
    assertEquals(0, ample.usedBytes());
    for (int i = 0; i < MemoryImage.ZEROES.length; i++) {
      assertEquals(0, MemoryImage.ZEROES[i]);
    }
  }

  private static void operate(GuestMemory memory, Model model, Random random) {
    int size = model.bytes.length;
    int width = 1 << random.nextInt(4);
    int base = random.nextInt(8) == 0 ? size - random.nextInt(12) : random.nextInt(size);
    int offset = random.nextInt(3) == 0 ? random.nextInt(2048) : 0;
    long address = (long) base + offset;
    switch (random.nextInt(12)) {
      case 0 -> {
        int grown = random.nextInt(30) == 0 ? random.nextInt(20) : random.nextInt(2);
        boolean fits = (size >> 16) + grown <= model.space.limitPages;
        assertEquals(fits ? size >> 16 : -1, MemoryOperations.memoryGrow(grown, memory));
        model.bytes = Arrays.copyOf(model.bytes, fits ? size + (grown << 16) : size);
      }
      case 1 -> {
        int length = random.nextInt(5000);
        byte value = (byte) random.nextInt();
        boolean fits = (long) base + length <= size;
        if (expect(fits, () -> MemoryOperations.memoryFill(base, value, length, memory))) {
          Arrays.fill(model.bytes, base, base + length, value);
        }
      }
      case 2, 3 -> {
        int length = random.nextInt(4000);
        int to = random.nextBoolean() ? Math.max(0, base + random.nextInt(1500) - 700) : width;
        boolean fits = (long) base + length <= size && (long) to + length <= size;
        if (expect(fits, () -> MemoryOperations.memoryCopy(to, base, length, memory))) {
          System.arraycopy(model.bytes, base, model.bytes, to, length);
        }
      }
      case 4 -> {
        int from = random.nextInt(12);
        int length = random.nextInt(8);
        boolean fits = from + length <= DATA.length && (long) base + length <= size;
        if (expect(fits, () -> MemoryOperations.memoryInit(base, from, length, 0, memory))) {
          System.arraycopy(DATA, from, model.bytes, base, length);
        }
      }
      case 5, 6, 7 -> {
        if (expect(address + width <= size, () -> load(memory, width, base, offset))) {
          long value = 0;
          for (int i = width - 1; i >= 0; i--) {
            value = value << 8 | (model.bytes[(int) address + i] & 0xFF);
          }
          assertEquals(value, load(memory, width, base, offset));
        }
      }
      default -> {
        long value = random.nextLong();
        boolean fits = address + width <= size;
        if (expect(fits, () -> store(memory, width, base, value, offset))) {
          for (int i = 0; i < width; i++) {
            model.bytes[(int) address + i] = (byte) (value >> (8 * i));
          }
        }
      }
    }
  }

  private static boolean expect(boolean fits, Runnable operation) {
    if (fits) {
      operation.run();
    } else {
      assertTraps(operation);
    }
    return fits;
  }

  private static void assertTraps(Runnable operation) {
    RuntimeException thrown = assertThrows(RuntimeException.class, operation::run);
    assertEquals(TrapKind.OUT_OF_BOUNDS_MEMORY, Traps.kind(thrown, false));
  }

  private static final class Model {
    final SpaceMemory space;
    byte[] bytes;

    Model(SpaceMemory space, byte[] bytes) {
      this.space = space;
      this.bytes = bytes.clone();
    }

    private byte[] page(int number) {
      return Arrays.copyOfRange(bytes, number * TRACKED, (number + 1) * TRACKED);
    }

    /** Of how many pages it is kept, or for how many it counts at rest. */
    int heldPages() {
      return space.isAtRest() ? GuestMemory.restingPages(space) : space.count;
    }

    /** The space, which is awake, has the pages that differ from the image, and all in order. */
    void assertHoldsWhatDiffers(MemoryImage image, String at) {
      assertEquals(bytes.length / PAGE, space.sizePages, at);
      for (int i = 0; i < space.count; i++) {
        assertTrue(i == 0 || space.numbers[i - 1] < space.numbers[i], at);
        assertArrayEquals(page(space.numbers[i]), space.pages[i], at);
      }
      for (int number = 0; number < bytes.length / TRACKED; number++) {
        if (space.find(number) < 0) {
          assertArrayEquals(image.page(number), page(number), at);
        }
      }
    }
  }
}
