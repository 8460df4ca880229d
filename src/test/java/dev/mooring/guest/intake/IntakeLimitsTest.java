package dev.mooring.guest.intake;

import static dev.mooring.guest.intake.Modules.NOTHING;
import static dev.mooring.guest.intake.Modules.assertRefused;
import static dev.mooring.guest.intake.Modules.withBody;
import static dev.mooring.guest.intake.TestLimits.with;
import static dev.mooring.guest.intake.WasmBuilder.FUNCREF;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.bytes;
import static dev.mooring.guest.intake.WasmBuilder.constant;
import static dev.mooring.guest.intake.WasmBuilder.join;
import static dev.mooring.guest.intake.WasmBuilder.leb;
import static dev.mooring.guest.intake.WasmBuilder.repeat;
import static dev.mooring.guest.intake.WasmBuilder.vector;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IntakeLimitsTest {
  /** A module that asks for exactly this much of what the cap is on. */
  private interface Asking {
    byte[] module(int amount);
  }

  /**
   * A cap, what a module that asks for one more is refused for, and the least that it can ask for.
   */
  private record Cap(String component, Reason reason, int least, Asking asking) {}

  private static final List<Cap> CAPS =
      List.of(
          new Cap("moduleBytes", Reason.MODULE_TOO_LARGE, 11, n -> ofSize(n)),
          new Cap("nameBytes", Reason.NAME_TOO_LONG, 1, n -> named("n".repeat(n))),
          new Cap("types", Reason.TOO_MANY_TYPES, 1, n -> types(n, 0, 0)),
          new Cap("paramSlotsPerType", Reason.TOO_MANY_PARAMETERS, 1, n -> types(1, n, 0)),
          new Cap("resultsPerType", Reason.TOO_MANY_RESULTS, 1, n -> types(1, 0, n)),
          new Cap("imports", Reason.TOO_MANY_IMPORTS, 1, IntakeLimitsTest::imports),
          new Cap("exports", Reason.TOO_MANY_EXPORTS, 1, IntakeLimitsTest::exports),
          new Cap("exportBytes", Reason.TOO_MANY_EXPORT_BYTES, 5, n -> exporting(n)),
          new Cap("functions", Reason.TOO_MANY_FUNCTIONS, 1, n -> functions(n, 0)),
          new Cap("functionBytes", Reason.FUNCTION_TOO_LARGE, 2, n -> nops(n - 2)),
          new Cap("localsPerFunction", Reason.TOO_MANY_LOCALS, 1, n -> functions(1, n)),
          new Cap("locals", Reason.TOO_MANY_LOCALS, 3, n -> locals(n)),
          new Cap("blockDepth", Reason.BLOCKS_TOO_DEEP, 1, n -> nested(n)),
          new Cap("branchTargets", Reason.TOO_MANY_BRANCH_TARGETS, 1, n -> branchTable(n)),
          new Cap("operandSlots", Reason.OPERAND_STACK_TOO_DEEP, 1, n -> operands(n)),
          new Cap("instructions", Reason.TOO_MANY_INSTRUCTIONS, 1, n -> nops(n - 1)),
          new Cap("frameSlotsPerFunction", Reason.TOO_COSTLY_TO_COMPILE, 1, n -> frame(n)),
          new Cap("compileSteps", Reason.TOO_COSTLY_TO_COMPILE, 1, n -> frame(n)),
          new Cap("globals", Reason.TOO_MANY_GLOBALS, 1, n -> globals(n)),
          new Cap("tables", Reason.TOO_MANY_TABLES, 1, n -> tables(n, 0)),
          new Cap("tableEntries", Reason.TOO_MANY_TABLE_ENTRIES, 2, n -> tables(1, n - 1, 1)),
          new Cap(
              "memoryPages", Reason.MEMORY_TOO_LARGE, 1, n -> new WasmBuilder().memory(n).build()),
          new Cap("dataSegments", Reason.TOO_MANY_DATA_SEGMENTS, 1, n -> data(n, 0)),
          new Cap("dataBytes", Reason.TOO_MANY_DATA_BYTES, 1, n -> data(1, n)),
          new Cap("elementSegments", Reason.TOO_MANY_ELEMENT_SEGMENTS, 1, n -> elements(n, 0)),
          new Cap("elementEntries", Reason.TOO_MANY_ELEMENT_ENTRIES, 1, n -> elements(1, n)),
          new Cap("customSections", Reason.TOO_MANY_CUSTOM_SECTIONS, 1, n -> customs(n, "", 0)),
          new Cap("customBytes", Reason.TOO_MANY_CUSTOM_BYTES, 1, n -> customs(1, "", n - 1)),
          new Cap(
              "configBytes",
              Reason.TOO_MANY_CONFIG_BYTES,
              1,
              n -> customs(1, "mooring.config", n)));

  @Test
  void examine_exactlyTheCap_acceptedAndOneMoreRefused() {
    for (Cap cap : CAPS) {
      for (int amount : new int[] {Math.max(cap.least(), 7), Math.max(cap.least(), 12)}) {
        var limits = with(cap.component(), amount);
        try {
          Intake.examine(cap.asking().module(amount), limits);
        } catch (ModuleRejection e) {
          throw new AssertionError(cap.component() + " " + amount, e);
        }
        assertRefused(
            cap.reason(), cap.asking().module(amount + 1), limits, String.valueOf(amount));
      }
    }
  }

  @Test
  void examine_everyCap_isTested() {
    Set<String> tested = new HashSet<>();
    CAPS.forEach(cap -> tested.add(cap.component()));
    Set<String> all = new HashSet<>();
    for (RecordComponent component : IntakeLimits.class.getRecordComponents()) {
      all.add(component.getName());
    }
    assertEquals(all, tested);
  }

  @Test
  void examine_countsOfBillions_refusedAtOnce() {
    byte[] billions = leb(0xFFFF_FFFFL);
    Reason[] reasons = {
      Reason.TOO_MANY_TYPES,
      Reason.TOO_MANY_IMPORTS,
      Reason.TOO_MANY_FUNCTIONS,
      Reason.TOO_MANY_TABLES,
      Reason.UNSUPPORTED_PROPOSAL,
      Reason.TOO_MANY_GLOBALS,
      Reason.TOO_MANY_EXPORTS,
      Reason.INVALID,
      Reason.TOO_MANY_ELEMENT_SEGMENTS,
      Reason.TOO_MANY_FUNCTIONS,
      Reason.TOO_MANY_DATA_SEGMENTS,
      Reason.TOO_MANY_DATA_SEGMENTS
    };
    for (int id = 1; id <= 12; id++) {
      byte[] wasm = new WasmBuilder().last(WasmBuilder.section(id, billions)).build();
      assertRefused(reasons[id - 1], wasm, "4294967295");
    }
  }

  @Test
  void examine_localsOfManyGroups_areSummed() {
    byte[] group = join(leb(9_999), bytes(I32));
    var wasm = new WasmBuilder();
    wasm.function(wasm.type(NOTHING, NOTHING), vector(group, group), NOTHING);
    assertRefused(Reason.TOO_MANY_LOCALS, wasm.build(), "19998", "10000");
    byte[] most = join(leb(0xFFFF_FFFFL), bytes(I32));
    var huge = new WasmBuilder();
    huge.function(huge.type(NOTHING, NOTHING), vector(most, most), NOTHING);
    assertRefused(Reason.TOO_MANY_LOCALS, huge.build());
  }

  @Test
  void examine_blocksWithManyParameters_countAsWhatTheyMayBecome() {
    // 68 KB; the parameters of each may go by locals, an instruction there and one back.
    byte[] blocks = repeat(17_000, bytes(0x02, 0, 0x00, 0x0B));
    var wasm = new WasmBuilder();
    wasm.type(repeat(250, bytes(I32)), NOTHING);
    wasm.function(wasm.type(NOTHING, NOTHING), bytes(0), join(bytes(0x00), blocks));
    assertRefused(Reason.TOO_MANY_INSTRUCTIONS, wasm.build(), "8000000");
  }

  @Test
  void examine_smallButCostlyModule_refused() {
    // 240 KB of loops side by side kept the engine's parser busy for 8 s.
    byte[] loops = repeat(80_000, bytes(0x03, 0x40, 0x0B));
    var wasm = new WasmBuilder();
    wasm.function(wasm.type(NOTHING, NOTHING), bytes(0), loops);
    assertRefused(Reason.TOO_COSTLY_TO_COMPILE, wasm.build());
  }

  @Test
  void defaults_namedLimits_areThoseOfTheDesign() {
    var limits = IntakeLimits.DEFAULTS;
    assertEquals(32 * 1024 * 1024, limits.moduleBytes());
    assertEquals(100_000, limits.tableEntries());
    assertEquals(256, limits.memoryPages());
  }

  @Test
  void create_capOutOfRange_refused() {
    for (Cap cap : CAPS) {
      var e = assertThrows(IllegalArgumentException.class, () -> with(cap.component(), -1));
      assertEquals(true, String.valueOf(e.getMessage()).startsWith(cap.component() + " is -1"));
    }
    assertThrows(IllegalArgumentException.class, () -> with("memoryPages", 65_537));
    assertThrows(IllegalArgumentException.class, () -> with("operandSlots", 0));
  }

  private static byte[] ofSize(int size) {
    return new WasmBuilder().last(join(bytes(0, size - 10, 0), new byte[size - 11])).build();
  }

  private static byte[] named(String name) {
    return new WasmBuilder().custom(name, NOTHING).build();
  }

  private static byte[] types(int count, int params, int results) {
    var wasm = new WasmBuilder();
    for (int i = 0; i < count; i++) {
      wasm.type(repeat(params, bytes(I32)), repeat(results, bytes(I32)));
    }
    return wasm.build();
  }

  private static byte[] imports(int count) {
    var wasm = new WasmBuilder();
    int type = wasm.type(NOTHING, bytes(I32));
    for (int i = 0; i < count; i++) {
      wasm.importFunction("mooring", "input_len", type);
    }
    return wasm.build();
  }

  private static byte[] exports(int count) {
    var wasm = new WasmBuilder().memory(0);
    for (int i = 0; i < count; i++) {
      wasm.export("e" + i, 2, 0);
    }
    return wasm.build();
  }

  /** Two names, and a function's three values: so many bytes. */
  private static byte[] exporting(int bytes) {
    var wasm = new WasmBuilder().memory(0);
    wasm.function(wasm.type(bytes(I32, I32), bytes(I32)), 0x41, 0);
    return wasm.export("f", 0, 0).export("m".repeat(bytes - 4), 2, 0).build();
  }

  private static byte[] functions(int count, int locals) {
    var wasm = new WasmBuilder();
    int type = wasm.type(NOTHING, NOTHING);
    for (int i = 0; i < count; i++) {
      wasm.function(type, vector(join(leb(locals), bytes(I32))), NOTHING);
    }
    return wasm.build();
  }

  /** That many in all, over three functions. */
  private static byte[] locals(int count) {
    var wasm = new WasmBuilder();
    int type = wasm.type(NOTHING, NOTHING);
    for (int n : new int[] {1, 1, count - 2}) {
      wasm.function(type, vector(join(leb(n), bytes(I32))), NOTHING);
    }
    return wasm.build();
  }

  private static byte[] nops(int count) {
    int[] body = new int[count];
    Arrays.fill(body, 0x01);
    return withBody(body);
  }

  private static byte[] nested(int depth) {
    var wasm = new WasmBuilder();
    byte[] body = join(repeat(depth, bytes(0x02, 0x40)), repeat(depth, bytes(0x0B)));
    wasm.function(wasm.type(NOTHING, NOTHING), bytes(0), body);
    return wasm.build();
  }

  private static byte[] branchTable(int entries) {
    var wasm = new WasmBuilder();
    byte[] body = join(bytes(0x41, 0, 0x0E), leb(entries), new byte[entries + 1]);
    wasm.function(wasm.type(NOTHING, NOTHING), bytes(0), body);
    return wasm.build();
  }

  private static byte[] operands(int count) {
    var wasm = new WasmBuilder();
    byte[] body = join(repeat(count, bytes(0x41, 0)), repeat(count, bytes(0x1A)));
    wasm.function(wasm.type(NOTHING, NOTHING), bytes(0), body);
    return wasm.build();
  }

  /** One block over that many locals, which costs as many slots and steps. */
  private static byte[] frame(int locals) {
    var wasm = new WasmBuilder();
    wasm.function(
        wasm.type(NOTHING, NOTHING),
        vector(join(leb(locals), bytes(I32))),
        bytes(0x02, 0x40, 0x0B));
    return wasm.build();
  }

  private static byte[] globals(int count) {
    var wasm = new WasmBuilder();
    for (int i = 0; i < count; i++) {
      wasm.global(I32, 0, constant(0));
    }
    return wasm.build();
  }

  private static byte[] tables(int count, int... sizes) {
    var wasm = new WasmBuilder();
    for (int i = 0; i < Math.max(count, sizes.length); i++) {
      wasm.table(FUNCREF, i < sizes.length ? sizes[i] : 0);
    }
    return wasm.build();
  }

  private static byte[] data(int count, int bytes) {
    var wasm = new WasmBuilder().memory(1);
    for (int i = 0; i < count; i++) {
      wasm.add(11, join(bytes(0), constant(0), leb(bytes), new byte[bytes]));
    }
    return wasm.build();
  }

  private static byte[] elements(int count, int entries) {
    var wasm = new WasmBuilder();
    wasm.function(wasm.type(NOTHING, NOTHING));
    for (int i = 0; i < count; i++) {
      wasm.add(9, join(bytes(1, 0), leb(entries), new byte[entries]));
    }
    return wasm.build();
  }

  private static byte[] customs(int count, String name, int bytes) {
    var wasm = new WasmBuilder();
    for (int i = 0; i < count; i++) {
      wasm.custom(name, repeat(bytes, bytes('k')));
    }
    return wasm.build();
  }
}
