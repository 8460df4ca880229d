package dev.mooring.guest.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.guest.call.GuestTrap;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.call.Traps;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every layout of guest memory must do, held against an array. */
abstract class GuestMemoryContract {
  static final int PAGE = 65_536;
  private static final byte[] DATA = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

  final MemoryBudget budget = new MemoryBudget(64L << 20);

  /** The layout under test. */
  abstract GuestMemory memory(MemoryImage image, Segments segments, PagePool pool);

  abstract int bufferBytes();

  /** Loads as generated code does, zero-extended. */
  abstract long load(GuestMemory memory, int width, int base, int offset);

  /** Stores as generated code does. */
  abstract void store(GuestMemory memory, int width, int base, long value, int offset);

  abstract void fill(GuestMemory memory, int address, byte value, int length);

  abstract void copy(GuestMemory memory, int to, int from, int length);

  abstract void init(GuestMemory memory, int to, int from, int length, int segment);

  private PagePool pool() {
    return new PagePool(budget, bufferBytes(), 64);
  }

  private GuestMemory fresh(int pages, int limitPages) {
    GuestMemory memory = memory(MemoryImage.zeroes(pages), segments(), pool());
    memory.load(memory.newSpace(limitPages));
    return memory;
  }

  private static Segments segments() {
    return new Segments(new byte[][] {DATA, {}}, new int[0][], Segments.noneDropped(2));
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
      assertTraps(() -> fill(memory, range[0], (byte) 7, range[1]));
      assertTraps(() -> copy(memory, range[0], 0, range[1]));
      assertTraps(() -> copy(memory, 0, range[0], range[1]));
    }
    assertTraps(() -> fill(memory, 0, (byte) 7, -1));
    assertTraps(() -> fill(memory, 16, (byte) 7, -8));
    assertTraps(() -> init(memory, PAGE - 4, 0, 5, 0));
    assertTraps(() -> init(memory, 0, 6, 5, 0));
    assertTraps(() -> init(memory, 0, -1, 2, 0));
    assertTraps(() -> init(memory, 0, 11, 0, 0));
    assertArrayEquals(new byte[PAGE], memory.bytes(0, PAGE));
  }

  @Test
  void bulk_emptyRangeAtTheEdge_isAllowed() {
    GuestMemory memory = fresh(1, 1);
    fill(memory, PAGE, (byte) 7, 0);
    copy(memory, PAGE, PAGE, 0);
    copy(memory, 0, PAGE, 0);
    init(memory, PAGE, 10, 0, 0);
    init(memory, 0, 0, 0, 1);
    assertEquals(0, memory.dirtyCount);
  }

  @Test
  void init_droppedSegment_isEmpty() {
    GuestMemory memory = fresh(1, 1);
    init(memory, 1022, 2, 4, 0);
    assertArrayEquals(new byte[] {3, 4, 5, 6}, memory.bytes(1022, 4));
    memory.segments.dropData(0);
    init(memory, 0, 0, 0, 0);
    assertTraps(() -> init(memory, 0, 0, 1, 0));
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

  @Test
  void budget_used_growsNoMoreAndStoresTrap() {
    var small = new PagePool(new MemoryBudget(PagePool.LEASE_BYTES), bufferBytes(), 4);
    GuestMemory memory = memory(MemoryImage.zeroes(1), segments(), small);
    SpaceMemory space = memory.newSpace(20_000);
    memory.load(space);
    assertEquals(-1, memory.grow(19_999));
    GuestTrap trap =
        assertThrows(
            GuestTrap.class,
            () -> {
              for (int round = 0; round < 20; round++) {
                for (int address = 0; address < memory.sizeBytes(); address += 1024) {
                  store(memory, 1, address, round, 0);
                }
                memory.commit(space);
                if (memory.grow(1) < 0) {
                  throw GuestTrap.OUT_OF_MEMORY;
                }
              }
            });
    assertEquals(TrapKind.OUT_OF_MEMORY, trap.kind());
    memory.rollback(space);
    memory.unload(space);
    memory.discard(space);
    small.trim();
    assertEquals(0, small.usedBytes());
  }

  /** Many spaces on one processor, each against a model of its own, through every kind of end. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void spaces_randomOperations_equalTheirModels(long seed) {
    var random = new Random(seed);
    byte[] initial = new byte[2 * PAGE];
    random.nextBytes(initial);
    Arrays.fill(initial, 3000, 90_000, (byte) 0);
    PagePool pool = pool();
    GuestMemory maker = memory(MemoryImage.zeroes(2), segments(), pool);
    SpaceMemory made = maker.newSpace(2);
    maker.load(made);
    maker.store(0, initial, 0, initial.length);
    MemoryImage image = MemoryImage.of(maker);
    maker.rollback(made);
    maker.unload(made);
    maker.discard(made);

    GuestMemory memory = memory(image, segments(), pool);
    List<Model> models = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      models.add(new Model(memory.newSpace(i < 3 ? 6 : 40), initial));
    }
    for (int step = 0; step < 300; step++) {
      Model model = models.get(random.nextInt(models.size()));
      memory.load(model.space);
      assertArrayEquals(model.bytes, memory.bytes(0, (int) memory.sizeBytes()), "step " + step);
      byte[] before = model.bytes.clone();
      int operations = random.nextInt(10) == 0 ? 400 : random.nextInt(20);
      for (int i = 0; i < operations; i++) {
        operate(memory, model, random);
      }
      assertArrayEquals(model.bytes, memory.bytes(0, (int) memory.sizeBytes()), "step " + step);
      if (random.nextInt(3) == 0) {
        memory.rollback(model.space);
        model.bytes = before;
        assertArrayEquals(before, memory.bytes(0, (int) memory.sizeBytes()), "step " + step);
      } else {
        memory.commit(model.space);
      }
      memory.unload(model.space);
      if (random.nextInt(40) == 0) {
        memory.discard(model.space);
        models.remove(model);
        models.add(new Model(memory.newSpace(6), initial));
      }
    }
    for (Model model : models) {
      memory.discard(model.space);
    }
    pool.trim();
    assertEquals(0, pool.usedBytes(), "every byte of every space was given back");
    assertEquals(0, budget.usedBytes());
    for (int i = 0; i < MemoryImage.ZEROES.length; i++) {
      assertEquals(0, MemoryImage.ZEROES[i]);
    }
  }

  private void operate(GuestMemory memory, Model model, Random random) {
    int size = model.bytes.length;
    int width = 1 << random.nextInt(4);
    int base = random.nextInt(8) == 0 ? size - random.nextInt(12) : random.nextInt(size);
    int offset = random.nextInt(3) == 0 ? random.nextInt(2048) : 0;
    long address = (long) base + offset;
    switch (random.nextInt(12)) {
      case 0 -> {
        int grown = random.nextInt(30) == 0 ? random.nextInt(20) : random.nextInt(2);
        boolean fits = (size >> 16) + grown <= memory.limitPages;
        assertEquals(fits ? size >> 16 : -1, memory.grow(grown));
        model.bytes = Arrays.copyOf(model.bytes, fits ? size + (grown << 16) : size);
      }
      case 1 -> {
        int length = random.nextInt(5000);
        byte value = (byte) random.nextInt();
        if (expect((long) base + length <= size, () -> fill(memory, base, value, length))) {
          Arrays.fill(model.bytes, base, base + length, value);
        }
      }
      case 2, 3 -> {
        int length = random.nextInt(4000);
        int to = random.nextBoolean() ? Math.max(0, base + random.nextInt(1500) - 700) : width;
        boolean fits = (long) base + length <= size && (long) to + length <= size;
        if (expect(fits, () -> copy(memory, to, base, length))) {
          System.arraycopy(model.bytes, base, model.bytes, to, length);
        }
      }
      case 4 -> {
        int from = random.nextInt(12);
        int length = random.nextInt(8);
        boolean fits = from + length <= DATA.length && (long) base + length <= size;
        if (expect(fits, () -> init(memory, base, from, length, 0))) {
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
  }
}
