package dev.mooring.guest.intake;

import static dev.mooring.guest.intake.Modules.NOTHING;
import static dev.mooring.guest.intake.Modules.accepted;
import static dev.mooring.guest.intake.WasmBuilder.FUNCREF;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.bytes;
import static dev.mooring.guest.intake.WasmBuilder.constant;
import static dev.mooring.guest.intake.WasmBuilder.join;
import static dev.mooring.guest.intake.WasmBuilder.repeat;
import static dev.mooring.guest.intake.WasmBuilder.vector;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.intake.ModuleSummary.DataSegment;
import dev.mooring.guest.intake.ModuleSummary.Export;
import dev.mooring.guest.intake.ModuleSummary.ExportKind;
import dev.mooring.guest.intake.ModuleSummary.ExportedFunction;
import dev.mooring.guest.intake.ModuleSummary.Global;
import dev.mooring.guest.intake.ModuleSummary.Hooks;
import dev.mooring.guest.intake.ModuleSummary.ImportedFunction;
import dev.mooring.guest.intake.ModuleSummary.Memory;
import dev.mooring.guest.intake.ModuleSummary.SegmentMode;
import dev.mooring.guest.intake.ModuleSummary.Table;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IntakeTest {
  private static final Signature PAIR =
      new Signature(List.of(ValueType.I32, ValueType.I32), List.of());
  private static final Signature VALUE = new Signature(List.of(), List.of(ValueType.I32));
  private static final Signature TIMER = new Signature(List.of(ValueType.I32), List.of());

  @Test
  void examine_emptyModule_summaryOfNothing() {
    ModuleSummary summary = accepted(new WasmBuilder().build());
    assertEquals(List.of(), summary.exports());
    assertNull(summary.memory());
    assertNull(summary.configKeys());
    assertEquals(0, summary.code().functions());
  }

  @Test
  void examine_ordinaryModule_everyFact() {
    ModuleSummary summary = accepted(Modules.ordinary());
    assertEquals(
        List.of(
            new ImportedFunction("mooring", "output_write", PAIR),
            new ImportedFunction("mooring", "input_len", VALUE)),
        summary.imports());
    assertEquals(
        List.of(
            new ExportedFunction("run", 2, Signature.NOTHING),
            new ExportedFunction("mooring_timer", 3, TIMER),
            new ExportedFunction("length", 4, VALUE),
            new ExportedFunction("_initialize", 2, Signature.NOTHING)),
        summary.exportedFunctions());
    assertEquals(new Export("memory", ExportKind.MEMORY, 0), summary.exports().getFirst());
    assertEquals(new Hooks(true, false, false, false, true), summary.hooks());
    assertEquals(new Memory(2, 65_536, "memory"), summary.memory());
    assertEquals(List.of(new Global(ValueType.I32, true, 16, true, true)), summary.globals());
    assertEquals(List.of("ACTIVE at 0: ab"), data(summary, Modules.ordinary()));
    assertEquals(2, summary.dataBytes());
    assertEquals(List.of("mooring.config", "producers"), summary.customSections());
    Map<String, String> keys = summary.configKeys();
    assertEquals(Map.of("greeting", "what to say", "name", ""), keys);
    assertEquals(List.of("greeting", "name"), keys == null ? null : new ArrayList<>(keys.keySet()));
    assertEquals(3, summary.code().functions());
    assertEquals(ModuleSummary.NO_START_FUNCTION, summary.startFunction());
    assertFalse(summary.code().memoryGrow());
    assertFalse(summary.code().bulkMemory());
    assertFalse(summary.code().tailCalls());
  }

  @Test
  void examine_richModule_everyFact() {
    ModuleSummary summary = accepted(Modules.rich());
    assertEquals(
        List.of(
            new Table(ValueType.FUNCREF, 10, ModuleSummary.NO_MAXIMUM, -1, true, true),
            new Table(ValueType.EXTERNREF, 3, ModuleSummary.NO_MAXIMUM, -1, true, false),
            new Table(ValueType.FUNCREF, 1, ModuleSummary.NO_MAXIMUM, -1, false, false)),
        summary.tables());
    assertEquals(
        List.of(
            new Global(ValueType.FUNCREF, false, 0, false, false),
            new Global(ValueType.I32, false, 3, false, false),
            new Global(ValueType.I32, true, 3, false, false)),
        summary.globals());
    assertEquals(new Memory(1, 65_536, "m"), summary.memory());
    assertEquals(
        List.of(
            "ACTIVE table 0 at 1: [0, 1] of funcref",
            "PASSIVE table 0 at 0: [2] of funcref",
            "ACTIVE table 2 at 0: [0] of funcref",
            "DECLARATIVE table 0 at 0: [2] of funcref",
            "ACTIVE table 0 at 0: [-1] of funcref",
            "PASSIVE table 0 at 0: [-1] of externref",
            "ACTIVE table 0 at 0: [1] of funcref",
            "DECLARATIVE table 0 at 0: [1] of funcref"),
        elements(summary));
    assertEquals(
        List.of("PASSIVE at 0: \u0001\u0002", "ACTIVE at 0: \u0001", "ACTIVE at 0: "),
        data(summary, Modules.rich()));
    assertEquals(3, summary.dataBytes());
    assertEquals(0, summary.startFunction());
    assertTrue(summary.code().memoryGrow());
    assertTrue(summary.code().bulkMemory());
    assertTrue(summary.code().segmentDrop());
    assertTrue(summary.code().tailCalls());
  }

  private static List<String> data(ModuleSummary summary, byte[] module) {
    var segments = new ArrayList<String>();
    for (DataSegment segment : summary.dataSegments()) {
      String bytes =
          new String(module, segment.start(), segment.length(), StandardCharsets.ISO_8859_1);
      segments.add(segment.mode() + " at " + segment.offset() + ": " + bytes);
    }
    return segments;
  }

  private static List<String> elements(ModuleSummary summary) {
    return summary.elementSegments().stream()
        .map(
            segment ->
                "%s table %d at %d: %s of %s"
                    .formatted(
                        segment.mode(),
                        segment.table(),
                        segment.offset(),
                        Arrays.toString(segment.references()),
                        segment.type()))
        .toList();
  }

  @Test
  void examine_offsetsAndLengthsOfSegments_areToldAsTheyAre() {
    var wasm = new WasmBuilder().memory(1).table(FUNCREF, 1);
    wasm.add(11, join(bytes(0), new Body().i32(-1).op(0x0B).bytes(), vector()));
    wasm.add(9, join(bytes(0), new Body().i32(Integer.MIN_VALUE).op(0x0B).bytes(), vector()));
    ModuleSummary summary = accepted(wasm.build());
    assertEquals(-1, summary.dataSegments().getFirst().offset());
    assertEquals(SegmentMode.ACTIVE, summary.dataSegments().getFirst().mode());
    assertEquals(Integer.MIN_VALUE, summary.elementSegments().getFirst().offset());
  }

  @Test
  void examine_eachSegmentInstruction_tellsWhetherItDrops() {
    assertFalse(dropsSegment(0x41, 0, 0x41, 0, 0x41, 0, 0xFC, 8, 0, 0)); // memory.init
    assertTrue(dropsSegment(0xFC, 9, 0)); // data.drop
    assertFalse(dropsSegment(0x41, 0, 0x41, 0, 0x41, 0, 0xFC, 12, 0, 0)); // table.init
    assertTrue(dropsSegment(0xFC, 13, 0)); // elem.drop
  }

  private static boolean dropsSegment(int... body) {
    var wasm = new WasmBuilder().memory(1).table(FUNCREF, 1).number(12, 1);
    wasm.add(9, bytes(1, 0, 0));
    wasm.add(11, bytes(1, 0));
    wasm.function(wasm.type(NOTHING, NOTHING), body);
    return accepted(wasm.build()).code().segmentDrop();
  }

  @Test
  void examine_eachTableInstruction_tellsWhichTableItWrites() {
    assertEquals(List.of(true, false), writtenTables(0x41, 0, 0xD0, FUNCREF, 0x26, 0));
    assertEquals(List.of(false, true), writtenTables(0x41, 0, 0xD0, FUNCREF, 0x26, 1));
    assertEquals(List.of(false, true), writtenTables(0xD0, FUNCREF, 0x41, 1, 0xFC, 15, 1, 0x1A));
    assertEquals(List.of(false, true), writtenTables(0x41, 0, 0xD0, FUNCREF, 0x41, 1, 0xFC, 17, 1));
    assertEquals(List.of(true, false), writtenTables(0x41, 0, 0x41, 0, 0x41, 0, 0xFC, 14, 0, 1));
    assertEquals(List.of(false, true), writtenTables(0x41, 0, 0x41, 0, 0x41, 0, 0xFC, 12, 0, 1));
    assertEquals(List.of(false, false), writtenTables(0x41, 0, 0x25, 1, 0x1A, 0xFC, 16, 0, 0x1A));
    assertEquals(List.of(false, false), writtenTables(0xFC, 13, 0));
  }

  private static List<Boolean> writtenTables(int... body) {
    var wasm = new WasmBuilder().table(FUNCREF, 1).table(FUNCREF, 1);
    wasm.add(9, bytes(1, 0, 0));
    wasm.function(wasm.type(NOTHING, NOTHING), body);
    return accepted(wasm.build()).tables().stream().map(Table::written).toList();
  }

  @Test
  void examine_longSpellingOfReferenceTypes_accepted() {
    var wasm = new WasmBuilder();
    wasm.add(4, bytes(0x63, 0x70, 0, 1));
    wasm.add(4, bytes(0x40, 0, 0x63, 0x6F, 1, 1, 2, 0xD0, 0x6F, 0x0B));
    List<Table> tables = accepted(wasm.build()).tables();
    assertEquals(ValueType.FUNCREF, tables.get(0).type());
    assertEquals(new Table(ValueType.EXTERNREF, 1, 2, -1, false, false), tables.get(1));
  }

  @Test
  void examine_paddedIntegers_accepted() {
    // What linkers write where they fill in a number later: call 0 as 80 80 80 80 00.
    accepted(Modules.withBody(0x10, 0x80, 0x80, 0x80, 0x80, 0x00));
    accepted(Modules.withBody(0x41, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x1A)); // i32.const -1
  }

  @Test
  void examine_unreachableCode_typesAreUnknown() {
    accepted(Modules.withBody(0x00, 0x6A, 0x1A));
    accepted(Modules.withBody(0x0F, 0x0D, 0, 0x1B, 0xD1, 0x1A));
    accepted(Modules.withBody(0x02, I32, 0x00, 0x0E, 0, 0, 0x0B, 0x1A));
  }

  @Test
  void examine_sameImportTwice_accepted() {
    var wasm = new WasmBuilder();
    int type = wasm.type(NOTHING, bytes(I32));
    wasm.importFunction("mooring", "input_len", type).importFunction("mooring", "input_len", type);
    assertEquals(2, accepted(wasm.build()).imports().size());
  }

  @Test
  void examine_memoryUnderTwoNames_theOneForHostsIsTold() {
    var wasm = new WasmBuilder().memory(1).export("a", 2, 0).export("memory", 2, 0);
    assertEquals(
        new Memory(1, 65_536, "memory"), accepted(wasm.export("b", 2, 0).build()).memory());
  }

  @Test
  void examine_importsWithoutPointers_needNoMemory() {
    var wasm = new WasmBuilder();
    wasm.importFunction("mooring", "timer_clear", wasm.type(bytes(I32), NOTHING));
    assertNull(accepted(wasm.build()).memory());
  }

  @Test
  void examine_configInSeveralSections_isJoined() {
    var wasm = new WasmBuilder();
    wasm.custom("mooring.config", "a\0\r\n\n  b : of b \n".getBytes(StandardCharsets.UTF_8));
    wasm.custom("mooring.config", "b: again\na: x: y".getBytes(StandardCharsets.UTF_8));
    assertEquals(Map.of("a", "x: y", "b", "of b"), accepted(wasm.build()).configKeys());
  }

  @Test
  void examine_initialisationInSeveralSections_isJoined() {
    var wasm = new WasmBuilder();
    assertEquals(Set.of(), accepted(wasm.build()).fixedInputs());
    wasm.custom("mooring.initialisation", "random\0\n random".getBytes(StandardCharsets.UTF_8));
    wasm.custom("mooring.initialisation", "\tclock".getBytes(StandardCharsets.UTF_8));
    assertEquals(
        List.of(FixedInput.CLOCK, FixedInput.RANDOM),
        List.copyOf(accepted(wasm.build()).fixedInputs()));
  }

  @Test
  void examine_emptyConfigSection_noKeyIsKnown() {
    assertEquals(
        Map.of(),
        accepted(new WasmBuilder().custom("mooring.config", NOTHING).build()).configKeys());
  }

  @Test
  void examine_multiValueBlockOfLaterType_accepted() {
    var wasm = new WasmBuilder();
    for (int i = 0; i <= 200; i++) {
      wasm.type(NOTHING, NOTHING);
    }
    wasm.function(0, 0x02, 0x3F, 0x0B, 0x02, 0xC1, 0x00, 0x0B, 0x02, 0x80, 0x01, 0x0B);
    accepted(wasm.build());
  }

  @Test
  void examine_costOfCode_isToldAsTheEngineWillSpendIt() {
    // Ten loops side by side: each end looks at all that came before it.
    byte[] loops = Modules.withBody(toInts(repeat(10, bytes(0x03, 0x40, 0x0B))));
    assertEquals(55, accepted(loops).code().compileSteps());
    // Three blocks and a branch out of all, over one operand: 3 levels + 4 targets times 1 slot.
    byte[] branch =
        Modules.withBody(0x02, 0x40, 0x02, 0x40, 0x02, 0x40, 0x41, 0, 0x0D, 3, 0x0B, 0x0B, 0x0B);
    assertEquals(7, accepted(branch).code().compileSteps());
    assertEquals(4, accepted(branch).code().largestFrameSlots());
  }

  @Test
  void examine_globalsThatNothingWrites_areToldApart() {
    var wasm =
        new WasmBuilder()
            .global(I32, 1, constant(0))
            .global(I32, 1, constant(0))
            .global(I32, 0, constant(0))
            .export("g", 3, 2);
    wasm.function(wasm.type(NOTHING, NOTHING), 0x23, 0, 0x24, 1);
    assertEquals(
        List.of(
            new Global(ValueType.I32, true, 0, false, false),
            new Global(ValueType.I32, true, 0, true, false),
            new Global(ValueType.I32, false, 0, false, true)),
        accepted(wasm.build()).globals());
  }

  private static int[] toInts(byte[] bytes) {
    int[] ints = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      ints[i] = bytes[i];
    }
    return ints;
  }
}
