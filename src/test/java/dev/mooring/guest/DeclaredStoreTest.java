package dev.mooring.guest;

import static dev.mooring.guest.intake.WasmBuilder.FUNCREF;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.bytes;
import static dev.mooring.guest.intake.WasmBuilder.join;
import static dev.mooring.guest.intake.WasmBuilder.leb;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.dylibso.chicory.wasm.UninstantiableException;
import dev.mooring.guest.intake.Body;
import dev.mooring.guest.intake.Intake;
import dev.mooring.guest.intake.IntakeLimits;
import dev.mooring.guest.intake.ModuleRejection;
import dev.mooring.guest.intake.TestLimits;
import dev.mooring.guest.intake.WasmBuilder;
import dev.mooring.guest.memory.MemoryImage;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The store that a module declares, beside the one that the engine builds of it. */
final class DeclaredStoreTest {
  private static final int FUNCTIONS = 4;
  private static final byte[] NOTHING = {};

  private static DeclaredStore store(byte[] module) throws ModuleRefused {
    return DeclaredStore.of(Intake.examine(module, IntakeLimits.DEFAULTS), module);
  }

  private static String refusal(byte[] module) {
    return refusal(module, IntakeLimits.DEFAULTS);
  }

  private static String refusal(byte[] module, IntakeLimits limits) {
    var options = new ModuleOptions(limits, 1_000);
    try (var runtime = new GuestRuntime(1 << 26)) {
      var refused =
          assertThrows(ModuleRefused.class, () -> GuestModule.compile(module, options, runtime));
      return String.valueOf(refused.getMessage());
    }
  }

  private static String text(
      StoreImage image, MutableParts changes, byte[][] data, int[][] elements) {
    return String.join(
        "\n",
        ImageDigest.of(image), // A state is kept as a difference from it.
        States.text(image),
        "changes globals " + Arrays.toString(changes.globals()),
        "changes tables " + Arrays.toString(changes.tables()),
        "changes segments " + changes.segments(),
        "data " + Arrays.deepToString(data),
        "elements " + Arrays.deepToString(elements));
  }

  private static String ours(byte[] module) {
    try {
      DeclaredStore store = store(module);
      return text(store.image(), store.mutable(), store.data(), store.elements());
    } catch (ModuleRefused e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static String engines(byte[] module) {
    try {
      EngineStore store = EngineStore.of(module);
      return text(store.image(), store.changes(), store.data(), store.elements());
    } catch (UninstantiableException e) {
      return "can't be instantiated: " + e.getMessage();
    }
  }

  @Test
  void of_committedGuests_isWhatTheEngineBuilds() {
    int compared = 0;
    for (String guest : GuestFixture.named("")) {
      byte[] module = GuestFixture.bytes(guest);
      try {
        Intake.examine(module, IntakeLimits.DEFAULTS);
      } catch (ModuleRejection e) {
        continue;
      }
      assertEquals(engines(module), ours(module), guest);
      compared++;
    }
    assertTrue(compared > 60, compared + " guests");
  }

  @Test
  void of_generatedModules_isWhatTheEngineBuilds() {
    int withoutRoomInMemory = 0;
    int withoutRoomInTables = 0;
    for (int seed = 0; seed < 1_500; seed++) {
      byte[] module = generated(new Random(seed));
      String expected = engines(module);
      assertEquals(expected, ours(module), "seed " + seed);
      withoutRoomInMemory += expected.contains("out of bounds memory") ? 1 : 0;
      withoutRoomInTables += expected.contains("out of bounds table") ? 1 : 0;
    }
    assertTrue(withoutRoomInMemory > 50, withoutRoomInMemory + " refused for their data");
    assertTrue(withoutRoomInTables > 50, withoutRoomInTables + " refused for their elements");
  }

  /** Tables, globals and segments of all kinds, which overlap and sometimes don't fit. */
  private static byte[] generated(Random random) {
    var wasm = new WasmBuilder();
    int nothing = wasm.type(NOTHING, NOTHING);
    for (int i = 0; i < FUNCTIONS; i++) {
      wasm.function(nothing);
    }
    int pages = 1 + random.nextInt(3);
    wasm.memory(pages);
    int tables = 1 + random.nextInt(3);
    int[] entries = new int[tables];
    for (int i = 0; i < tables; i++) {
      entries[i] = random.nextInt(20);
      byte[] type = join(bytes(FUNCREF, 0), leb(entries[i]));
      wasm.add(4, random.nextBoolean() ? type : join(bytes(0x40, 0), type, reference(random)));
    }
    // Segments ask for the globals 0 and 2.
    wasm.global(I32, 0, end(new Body().i32(random.nextInt(9))));
    wasm.global(WasmBuilder.I64, 1, end(new Body().i64(random.nextLong())));
    wasm.global(FUNCREF, 0, reference(random));
    wasm.global(WasmBuilder.F32, 1, end(new Body().f32(random.nextInt())));
    wasm.global(WasmBuilder.F64, 0, end(new Body().f64(random.nextLong())));
    wasm.global(WasmBuilder.EXTERNREF, 1, end(new Body().op(0xD0, WasmBuilder.EXTERNREF)));
    wasm.global(
        WasmBuilder.I64,
        0,
        end(new Body().i64(random.nextLong()).i64(random.nextInt(9)).op(0x7C + random.nextInt(3))));
    for (int i = random.nextInt(6); i > 0; i--) {
      wasm.add(9, element(random, random.nextInt(tables), entries));
    }
    for (int i = random.nextInt(8); i > 0; i--) {
      wasm.add(11, data(random, pages << 16));
    }
    return wasm.build();
  }

  private static byte[] element(Random random, int anyTable, int[] entries) {
    int flags = random.nextInt(8);
    boolean active = (flags & 1) == 0;
    boolean second = (flags & 2) != 0;
    boolean expressions = (flags & 4) != 0;
    int table = second ? anyTable : 0;
    int count = random.nextInt(entries[table] / 2 + 2);
    byte[] references = leb(count);
    for (int i = 0; i < count; i++) {
      byte[] function = leb(random.nextInt(FUNCTIONS));
      references = join(references, expressions ? entry(random) : function);
    }
    return join(
        leb(flags),
        active && second ? leb(table) : NOTHING,
        active ? offset(random, 0, entries[table] - count) : NOTHING,
        active && !second ? NOTHING : bytes(expressions ? FUNCREF : 0),
        references);
  }

  private static byte[] data(Random random, int memoryBytes) {
    int kind = random.nextInt(3);
    byte[] content = new byte[random.nextInt(4) == 0 ? random.nextInt(5_000) : random.nextInt(9)];
    if (random.nextInt(3) > 0) { // Else zeroes.
      random.nextBytes(content);
    }
    int first = random.nextInt(3) == 0 ? memoryBytes - 6_000 : 0;
    int last = Math.min(memoryBytes - content.length, first + 6_000);
    return join(
        leb(kind),
        kind == 2 ? leb(0) : NOTHING,
        kind == 1 ? NOTHING : offset(random, first, last),
        leb(content.length),
        content);
  }

  /** An expression of a number in a range, or beyond it, written in one of several ways. */
  private static byte[] offset(Random random, int first, int last) {
    int value =
        switch (random.nextInt(32)) {
          case 0 -> last + 1;
          case 1 -> random.nextBoolean() ? Integer.MIN_VALUE : Integer.MAX_VALUE;
          case 2, 3, 4, 5 -> last;
          default -> first + random.nextInt(Math.max(1, last - first));
        };
    return switch (random.nextInt(3)) {
      case 0 -> end(new Body().i32(value));
      case 1 -> end(new Body().i32(value + 5).i32(5).op(0x6B));
      // A global, less itself, and the value.
      default -> end(new Body().op(0x23, 0).op(0x23, 0).op(0x6B).i32(value).op(0x6A));
    };
  }

  private static byte[] entry(Random random) {
    return random.nextInt(4) == 0 ? end(new Body().op(0x23, 2)) : reference(random);
  }

  private static byte[] reference(Random random) {
    var body = new Body();
    return end(
        random.nextInt(3) == 0 ? body.op(0xD0, FUNCREF) : body.op(0xD2, random.nextInt(FUNCTIONS)));
  }

  private static byte[] end(Body expression) {
    return expression.op(0x0B).bytes();
  }

  private static WasmBuilder withData(WasmBuilder wasm, int offset, byte... content) {
    wasm.add(11, join(bytes(0), end(new Body().i32(offset)), leb(content.length), content));
    return wasm;
  }

  private static WasmBuilder withElements(WasmBuilder wasm, int offset, int... functions) {
    byte[] indices = bytes(functions);
    wasm.add(9, join(bytes(0), end(new Body().i32(offset)), leb(indices.length), indices));
    return wasm;
  }

  private static WasmBuilder tableOf(int entries) {
    var wasm = new WasmBuilder().table(FUNCREF, entries);
    wasm.function(wasm.type(NOTHING, NOTHING));
    wasm.function(0);
    return wasm;
  }

  @Test
  void of_dataOutsideOfMemory_isRefusedInTheseWords() {
    String words = "can't be instantiated: out of bounds memory access: attempted to access ";
    assertEquals(
        words + "address: 65535 but limit is: 65536 and size: 2",
        refusal(withData(new WasmBuilder().memory(1), 65_535, new byte[2]).build()));
    assertEquals(
        words + "address: 65537 but limit is: 65536 and size: 0",
        refusal(withData(new WasmBuilder().memory(1), 65_537).build()));
    assertEquals(
        words + "address: -1 but limit is: 131072 and size: 1",
        refusal(withData(new WasmBuilder().memory(2), -1, new byte[1]).build()));
    assertEquals(
        words + "address: 0 but limit is: 0 and size: 1",
        refusal(withData(new WasmBuilder().memory(0), 0, new byte[1]).build()));
  }

  @Test
  void of_elementsOutsideOfTable_isRefusedInTheseWords() {
    String words = "can't be instantiated: out of bounds table access";
    assertEquals(words, refusal(withElements(tableOf(2), 1, 0, 0).build()));
    assertEquals(words, refusal(withElements(tableOf(2), 3).build()));
    assertEquals(words, refusal(withElements(tableOf(2), -1, 0).build()));
    assertEquals(words, refusal(withElements(tableOf(2), -1).build()));
    assertEquals(words, refusal(withElements(tableOf(2), Integer.MIN_VALUE, 0).build()));
    // Elements go first.
    byte[] both = withData(withElements(tableOf(0), 0, 0).memory(0), 0, (byte) 1).build();
    assertEquals(words, refusal(both));
  }

  @Test
  void of_segmentsUpToTheEnd_fit() throws ModuleRefused {
    byte[] data = withData(withData(new WasmBuilder().memory(1), 65_535, (byte) 7), 65_536).build();
    assertEquals(7, store(data).image().memory().page(63)[1_023]);
    byte[] elements = withElements(withElements(tableOf(2), 1, 1), 2).build();
    assertArrayEquals(new int[] {-1, 1}, store(elements).image().tables()[0]);
  }

  @Test
  void of_overlappingSegments_laterOnesWin() throws ModuleRefused {
    var wasm = withData(new WasmBuilder().memory(1), 1_022, bytes(1, 2, 3, 4));
    byte[] pages = withData(withData(wasm, 1_023, bytes(5)), 1_024, bytes(0, 0)).build();
    MemoryImage memory = store(pages).image().memory();
    assertEquals(1, memory.page(0)[1_022]);
    assertEquals(5, memory.page(0)[1_023]);
    assertTrue(memory.isZero(1), "it is zeroes again");
    byte[] entries = withElements(withElements(tableOf(3), 0, 0, 0), 1, 1, 1).build();
    assertArrayEquals(new int[] {0, 1, 1}, store(entries).image().tables()[0]);
  }

  /** A gibibyte, of which two pages aren't zeroes. */
  @Test
  void of_largeMemory_holdsOnlyWhatIsNotZero() throws ModuleRefused {
    int pages = 1 << 14;
    byte[] module =
        withData(
                withData(new WasmBuilder().memory(pages), 1_023, bytes(1, 0)),
                (pages << 16) - 1,
                bytes(1))
            .build();
    IntakeLimits limits = TestLimits.with("memoryPages", pages);
    MemoryImage memory = DeclaredStore.of(Intake.examine(module, limits), module).image().memory();
    assertEquals(pages, memory.sizePages());
    int last = memory.pageCount() - 1;
    int[] held = held(memory);
    assertArrayEquals(new int[] {0, last}, held);
    assertEquals(1, memory.page(last)[1_023]);
  }

  @SuppressWarnings("ReferenceEquality") // There is one page of zeroes in images.
  private static int[] held(MemoryImage memory) {
    return IntStream.range(0, memory.pageCount()).filter(i -> !memory.isZero(i)).toArray();
  }

  @Test
  void of_memoryLargerThanAny_isRefusedInTheseWords() {
    IntakeLimits limits = TestLimits.with("memoryPages", 65_536);
    for (int pages : List.of(32_768, 65_536)) {
      assertEquals(
          "can't be instantiated: memory of " + pages + " pages of 64 KiB, at most 32767",
          refusal(new WasmBuilder().memory(pages).build(), limits));
    }
  }
}
