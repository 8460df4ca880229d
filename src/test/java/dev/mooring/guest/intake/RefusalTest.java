package dev.mooring.guest.intake;

import static dev.mooring.guest.intake.Modules.NOTHING;
import static dev.mooring.guest.intake.Modules.assertRefused;
import static dev.mooring.guest.intake.Modules.withBody;
import static dev.mooring.guest.intake.Modules.withStore;
import static dev.mooring.guest.intake.WasmBuilder.EXTERNREF;
import static dev.mooring.guest.intake.WasmBuilder.F32;
import static dev.mooring.guest.intake.WasmBuilder.FUNCREF;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.I64;
import static dev.mooring.guest.intake.WasmBuilder.bytes;
import static dev.mooring.guest.intake.WasmBuilder.constant;
import static dev.mooring.guest.intake.WasmBuilder.join;
import static dev.mooring.guest.intake.WasmBuilder.leb;
import static dev.mooring.guest.intake.WasmBuilder.name;
import static dev.mooring.guest.intake.WasmBuilder.section;
import static dev.mooring.guest.intake.WasmBuilder.vector;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RefusalTest {
  private static final Reason PROPOSAL = Reason.UNSUPPORTED_PROPOSAL;

  @Test
  void examine_otherFormats_refused() {
    assertRefused(Reason.NOT_WASM, NOTHING);
    assertRefused(Reason.NOT_WASM, bytes(0, 'a', 's'));
    assertRefused(Reason.NOT_WASM, "(module)".getBytes(StandardCharsets.UTF_8));
    assertRefused(
        Reason.UNSUPPORTED_VERSION, bytes(0, 'a', 's', 'm', 0x0D, 0, 1, 0), "component", "wasip1");
    assertRefused(Reason.UNSUPPORTED_VERSION, bytes(0, 'a', 's', 'm', 2, 0, 0, 0), "version 2");
  }

  @Test
  void examine_proposalInCode_refusedByName() {
    assertRefused(PROPOSAL, withBody(0xFD, 0x0C), "SIMD");
    assertRefused(PROPOSAL, withBody(0xFE, 0x03, 0), "threads and atomics");
    assertRefused(PROPOSAL, withBody(0xFB, 0x00), "garbage collection");
    assertRefused(PROPOSAL, withBody(0xD3), "garbage collection");
    for (int opcode : new int[] {0x06, 0x07, 0x08, 0x09, 0x0A, 0x18, 0x19, 0x1F}) {
      assertRefused(PROPOSAL, withBody(opcode), "exception handling");
    }
    for (int opcode : new int[] {0x14, 0x15, 0xD4, 0xD5, 0xD6}) {
      assertRefused(PROPOSAL, withBody(opcode), "typed function references");
    }
    assertRefused(PROPOSAL, withBody(0xE0), "stack switching");
    assertRefused(PROPOSAL, withBody(0xFC, 0x13), "128-bit arithmetic");
    assertRefused(PROPOSAL, withBody(0xFC, 0x12), "memory control");
    assertRefused(PROPOSAL, withStore(0x41, 0, 0x28, 0x42, 1, 0), "multiple memories");
    assertRefused(PROPOSAL, withStore(0x3F, 1, 0x1A), "multiple memories");
  }

  @Test
  void examine_proposalInTypes_refusedByName() {
    assertRefused(PROPOSAL, localOfType(0x7B), "SIMD");
    assertRefused(PROPOSAL, localOfType(0x69), "exception handling");
    assertRefused(PROPOSAL, localOfType(0x6E), "garbage collection");
    assertRefused(PROPOSAL, localOfType(0x67), "stringref");
    assertRefused(PROPOSAL, localOfType(0x64), "typed function references");
    assertRefused(PROPOSAL, localOfType(0x63, 0), "typed function references");
    for (int form : new int[] {0x4E, 0x4F, 0x50, 0x5E, 0x5F}) {
      assertRefused(
          PROPOSAL, new WasmBuilder().last(section(1, bytes(1, form))).build(), "garbage");
    }
    assertRefused(
        PROPOSAL, new WasmBuilder().last(section(1, bytes(1, 0x5D, 0))).build(), "stack switching");
  }

  private static byte[] localOfType(int... type) {
    var wasm = new WasmBuilder();
    wasm.function(wasm.type(NOTHING, NOTHING), join(bytes(1, 1), bytes(type)), NOTHING);
    return wasm.build();
  }

  @Test
  void examine_proposalInSections_refusedByName() {
    assertRefused(PROPOSAL, new WasmBuilder().last(section(13, bytes(0))).build(), "exception");
    assertRefused(PROPOSAL, new WasmBuilder().last(section(14, bytes(0))).build(), "stringref");
    assertRefused(
        PROPOSAL, new WasmBuilder().memory(1).memory(1).build(), "2 memories", "multiple memories");
    assertRefused(PROPOSAL, memoryLimits(3, 1, 1), "threads and atomics");
    assertRefused(PROPOSAL, memoryLimits(4, 1), "memory64");
    assertRefused(PROPOSAL, memoryLimits(8, 1, 0), "custom page sizes");
    var table64 = new WasmBuilder();
    table64.add(4, bytes(FUNCREF, 4, 1));
    assertRefused(PROPOSAL, table64.build(), "memory64");
    assertRefused(PROPOSAL, new WasmBuilder().export("tag", 4, 0).build(), "exception handling");
    var secondMemory = new WasmBuilder().memory(1);
    secondMemory.add(11, join(bytes(2, 1), constant(0), vector()));
    assertRefused(PROPOSAL, secondMemory.build(), "multiple memories");
  }

  private static byte[] memoryLimits(int... limits) {
    var wasm = new WasmBuilder();
    wasm.add(5, bytes(limits));
    return wasm.build();
  }

  @Test
  void examine_importNotOffered_saysWhatIs() {
    String message =
        assertRefused(Reason.UNSUPPORTED_IMPORT, importing("env", "foo", NOTHING, NOTHING));
    assertEquals(
        true, message.startsWith("imports env.foo (func () -> ()); Mooring offers"), message);
    assertRefused(
        Reason.UNSUPPORTED_IMPORT, importing("env", "abort", NOTHING, NOTHING), "AssemblyScript");
    assertRefused(
        Reason.UNSUPPORTED_IMPORT, importing("mooring", "frob", NOTHING, NOTHING), "timer_set");
    assertRefused(
        Reason.UNSUPPORTED_IMPORT,
        importing("wasi_unstable", "fd_write", NOTHING, NOTHING),
        "preview 1");
    for (int kind = 1; kind <= 3; kind++) {
      var wasm = new WasmBuilder();
      wasm.add(2, join(name("env"), name("x"), bytes(kind, 0, 0, 0)));
      assertRefused(Reason.UNSUPPORTED_IMPORT, wasm.build(), "env.x (", "define the");
    }
    var tag = new WasmBuilder();
    tag.add(2, join(name("env"), name("x"), bytes(4, 0, 0)));
    assertRefused(PROPOSAL, tag.build(), "exception handling");
  }

  @Test
  void examine_importOfOtherSignature_saysTheRightOne() {
    assertRefused(
        Reason.WRONG_IMPORT_SIGNATURE,
        importing("mooring", "log", bytes(I32, I32), NOTHING),
        "as (i32, i32) -> ()",
        "it is (i32, i32, i32) -> ()");
    assertRefused(
        Reason.WRONG_IMPORT_SIGNATURE,
        importing("wasi_snapshot_preview1", "proc_exit", bytes(I32), bytes(I32)),
        "it is (i32) -> ()");
  }

  @Test
  void examine_pointersWithoutExportedMemory_refused() {
    byte[] none = importing("mooring", "event", bytes(I32, I32), NOTHING);
    assertRefused(Reason.MEMORY_NOT_EXPORTED, none, "mooring.event", "'memory'");
    var otherName = new WasmBuilder();
    otherName.importFunction("mooring", "event", otherName.type(bytes(I32, I32), NOTHING));
    assertRefused(Reason.MEMORY_NOT_EXPORTED, otherName.memory(1).export("mem", 2, 0).build());
  }

  private static byte[] importing(String module, String name, byte[] params, byte[] results) {
    var wasm = new WasmBuilder();
    return wasm.importFunction(module, name, wasm.type(params, results)).build();
  }

  @Test
  void examine_hookInWrongShape_refused() {
    for (String hook : new String[] {"_initialize", "_start", "mooring_open", "mooring_close"}) {
      var wasm = new WasmBuilder();
      wasm.function(wasm.type(bytes(I32), NOTHING));
      assertRefused(Reason.WRONG_EXPORT, wasm.export(hook, 0, 0).build(), hook, "(i32) -> ()");
    }
    var timer = new WasmBuilder();
    timer.function(timer.type(bytes(I64), NOTHING));
    assertRefused(Reason.WRONG_EXPORT, timer.export("mooring_timer", 0, 0).build(), "(i32) -> ()");
    assertRefused(
        Reason.WRONG_EXPORT,
        new WasmBuilder().memory(1).export("mooring_open", 2, 0).build(),
        "memory");
  }

  @Test
  void examine_badConfigSection_refused() {
    assertRefused(
        Reason.BAD_CONFIG_SECTION, new WasmBuilder().custom("mooring.config", bytes(0xFF)).build());
    byte[] spaced = "two words: x".getBytes(StandardCharsets.UTF_8);
    assertRefused(
        Reason.BAD_CONFIG_SECTION,
        new WasmBuilder().custom("mooring.config", spaced).build(),
        "two words");
  }

  @Test
  void examine_badInitialisationSection_refused() {
    Reason reason = Reason.BAD_INITIALISATION_SECTION;
    assertRefused(reason, initialisation(bytes(0xFF)), "mooring.initialisation");
    assertRefused(reason, initialisation(NOTHING), "is empty", "clock, environment, random");
    assertRefused(reason, initialisation(bytes(' ', 0, '\n')), "is empty");
    assertRefused(reason, initialisation(text("clock time")), "'time'", "expected");
    assertRefused(reason, initialisation(text("Clock")), "'Clock'");
    assertRefused(reason, initialisation(text("clock,random")), "'clock,random'");
    assertRefused(reason, initialisation(text("x".repeat(1_000))), "x".repeat(40) + "...'");
  }

  private static byte[] initialisation(byte[] content) {
    return new WasmBuilder().custom("mooring.initialisation", content).build();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void examine_sectionsInDisorder_refused() {
    byte[] types = section(1, bytes(0));
    byte[] memories = section(5, bytes(0));
    assertRefused(Reason.MALFORMED, new WasmBuilder().first(types).last(types).build(), "twice");
    assertRefused(Reason.MALFORMED, new WasmBuilder().first(memories).last(types).build(), "order");
    byte[] data = section(11, bytes(0));
    byte[] code = section(10, bytes(0));
    assertRefused(Reason.MALFORMED, new WasmBuilder().first(data).last(code).build());
    assertRefused(
        Reason.MALFORMED, new WasmBuilder().first(code).last(section(12, bytes(0))).build());
    assertRefused(Reason.MALFORMED, new WasmBuilder().last(section(15, bytes(0))).build());
    assertRefused(
        Reason.MALFORMED, new WasmBuilder().last(section(1, bytes(0, 0))).build(), "too many");
    assertRefused(
        Reason.MALFORMED, new WasmBuilder().last(join(section(1, bytes(1)), bytes(0))).build());
    assertRefused(Reason.TRUNCATED, new WasmBuilder().last(bytes(1, 0x7F)).build());
  }

  @Test
  void examine_countsThatDisagree_refused() {
    var noCode = new WasmBuilder();
    noCode.type(NOTHING, NOTHING);
    noCode.add(3, leb(0));
    assertRefused(Reason.INVALID, noCode.build(), "no code");
    var noFunction = new WasmBuilder();
    noFunction.add(10, bytes(2, 0, 0x0B));
    assertRefused(Reason.INVALID, noFunction.build(), "0 functions");
    var data = new WasmBuilder().memory(1).number(12, 2);
    assertRefused(Reason.INVALID, data.build(), "data segments");
    data.add(11, join(bytes(0), constant(0), vector()));
    assertRefused(Reason.INVALID, data.build(), "data segments");
  }

  @Test
  void examine_exportTwice_refused() {
    var wasm = new WasmBuilder();
    wasm.function(wasm.type(NOTHING, NOTHING));
    assertRefused(Reason.INVALID, wasm.export("a", 0, 0).export("a", 0, 0).build(), "'a' twice");
  }

  @Test
  void examine_indexOutOfBounds_refused() {
    assertRefused(Reason.INVALID, withBody(0x10, 1), "function 1");
    assertRefused(Reason.INVALID, withBody(0x0C, 1), "label 1");
    assertRefused(Reason.INVALID, withBody(0x41, 0, 0x0E, 1, 0, 1), "label 1");
    assertRefused(Reason.INVALID, withBody(0x20, 0), "local 0");
    assertRefused(Reason.INVALID, withBody(0x23, 0), "global 0");
    assertRefused(Reason.INVALID, withBody(0x41, 0, 0x25, 0), "table 0");
    assertRefused(Reason.INVALID, withBody(0x41, 0, 0x11, 0, 0), "table 0");
    assertRefused(Reason.INVALID, withBody(0x02, 0x01, 0x0B), "type 1");
    assertRefused(Reason.INVALID, withBody(0x41, 0, 0x28, 2, 0), "memory");
    assertRefused(Reason.INVALID, withStore(0xFC, 13, 0), "element segment 0");
    assertRefused(Reason.MALFORMED, withStore(0xFC, 9, 0), "data count");
    assertRefused(Reason.INVALID, withBody(0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F), "4294967295");
    assertRefused(Reason.INVALID, new WasmBuilder().export("x", 2, 0).build(), "memory 0");
    assertRefused(Reason.INVALID, new WasmBuilder().number(8, 0).build(), "function 0");
  }

  @Test
  void examine_typeMismatch_refused() {
    assertRefused(Reason.INVALID, withBody(0x41, 0), "too many");
    assertRefused(Reason.INVALID, withBody(0x6A), "more operands");
    assertRefused(Reason.INVALID, withBody(0x42, 0, 0x45, 0x1A), "i64", "i32");
    assertRefused(Reason.INVALID, withBody(0x41, 0, 0x04, I32, 0x41, 0, 0x0B, 0x1A), "no else");
    assertRefused(Reason.INVALID, withBody(0x02, I32, 0x0B, 0x1A), "more operands");
    assertRefused(Reason.INVALID, withBody(0x00, 0x42, 0, 0x6A), "i64");
    assertRefused(Reason.INVALID, withBody(0x41, 0, 0x42, 0, 0x41, 0, 0x1B, 0x1A), "i32");
    assertRefused(
        Reason.INVALID, withBody(0xD0, FUNCREF, 0xD0, FUNCREF, 0x41, 0, 0x1B, 0x1A), "must say");
    assertRefused(Reason.INVALID, withBody(0x41, 0, 0xD1, 0x1A), "ref.is_null");
    assertRefused(Reason.INVALID, withStore(0x42, 0, 0x24, 1), "not mutable");
    assertRefused(Reason.INVALID, withStore(0x41, 0, 0xD0, EXTERNREF, 0x26, 0), "externref");
    assertRefused(Reason.INVALID, withStore(0x41, 0, 0x28, 3, 0, 0x1A), "alignment");
    assertRefused(
        Reason.INVALID,
        withBody(0x02, I32, 0x41, 0, 0x41, 0, 0x0E, 1, 0, 1, 0x0B, 0x1A),
        "different numbers");
  }

  @Test
  void examine_changeOfTypesInIfWithoutElse_refused() {
    // The engine compares only how many there are.
    var wasm = new WasmBuilder();
    int nothing = wasm.type(NOTHING, NOTHING);
    int change = wasm.type(bytes(I32), bytes(F32));
    wasm.function(nothing, 0x41, 0, 0x41, 1, 0x04, change, 0x1A, 0x43, 0, 0, 0, 0, 0x0B, 0x1A);
    assertRefused(Reason.INVALID, wasm.build(), "no else");
  }

  @Test
  void examine_blockTypeThatTheEngineMisreads_refused() {
    for (int type : new int[] {0x40, 0x63, 0x64, 0x69, 0x70, 0x73, 0x7B, 0x7F}) {
      var wasm = new WasmBuilder();
      for (int i = 0; i < 128; i++) {
        wasm.type(NOTHING, NOTHING);
      }
      wasm.function(0, 0x02, type | 0x80, 0x00, 0x0B);
      assertRefused(Reason.UNSUPPORTED_BY_ENGINE, wasm.build(), "block of type " + type);
    }
  }

  @Test
  void examine_undeclaredFunctionReference_refused() {
    var wasm = new WasmBuilder();
    wasm.function(wasm.type(NOTHING, NOTHING), 0xD2, 0, 0x1A);
    assertRefused(Reason.INVALID, wasm.build(), "declares");
  }

  @Test
  void examine_malformedCode_refused() {
    assertRefused(Reason.MALFORMED, withBody(0x05), "else");
    assertRefused(Reason.MALFORMED, withBody(0x41, 0, 0x04, 0x40, 0x05, 0x05, 0x0B), "else");
    assertRefused(Reason.MALFORMED, withBody(0x02, 0x40), "ends");
    assertRefused(Reason.MALFORMED, withBody(0x0B, 0x01), "too many");
    assertRefused(Reason.MALFORMED, withBody(0xFF), "0xff");
    assertRefused(Reason.MALFORMED, withBody(0xFC, 0xFF, 0x7F), "0xfc");
    assertRefused(Reason.MALFORMED, withBody(0x02, 0xC0, 0x7F, 0x0B), "block type");
    assertRefused(Reason.INVALID, withBody(0x41, 0, 0x41, 0, 0x41, 0, 0x1C, 2, I32, I32, 0x1A));
  }

  @Test
  void examine_constantExpressions_checked() {
    assertRefused(Reason.INVALID, global(I32, bytes(0x0B)), "operands");
    assertRefused(Reason.INVALID, global(I32, bytes(0x42, 0, 0x0B)), "i64");
    assertRefused(Reason.INVALID, global(I32, bytes(0x41, 0, 0x41, 0, 0x0B)), "too many");
    assertRefused(Reason.INVALID, global(I32, bytes(0x23, 0, 0x0B)), "global 0");
    assertRefused(Reason.INVALID, global(I32, bytes(0x10, 0, 0x0B)), "constant expression");
    assertRefused(Reason.INVALID, global(FUNCREF, bytes(0xD2, 0, 0x0B)), "function 0");
    byte[] mutable =
        new WasmBuilder().global(I32, 1, constant(0)).global(I32, 0, bytes(0x23, 0, 0x0B)).build();
    assertRefused(Reason.INVALID, mutable, "mutable");
  }

  private static byte[] global(int type, byte[] value) {
    return new WasmBuilder().global(type, 0, value).build();
  }

  @Test
  void examine_namesThatAreNotUtf8_refused() {
    var wasm = new WasmBuilder().memory(1);
    wasm.add(7, bytes(2, 0xC3, 0x28, 2, 0));
    assertRefused(Reason.MALFORMED, wasm.build(), "UTF-8");
    var surrogate = new WasmBuilder().memory(1);
    surrogate.add(7, bytes(3, 0xED, 0xA0, 0x80, 2, 0));
    assertRefused(Reason.MALFORMED, surrogate.build(), "UTF-8");
  }

  @Test
  void examine_limitsInDisorder_refused() {
    assertRefused(Reason.INVALID, memoryLimits(1, 2, 1), "larger");
    assertRefused(Reason.INVALID, memoryLimits(1, 1, 0x81, 0x80, 4), "65536");
    var table = new WasmBuilder();
    table.add(4, bytes(FUNCREF, 1, 2, 1));
    assertRefused(Reason.INVALID, table.build(), "larger");
    assertRefused(Reason.MALFORMED, memoryLimits(16, 1), "kind 16");
  }

  @Test
  void signature_toString_readsAsText() {
    assertEquals(
        "(i32, funcref) -> (f64)",
        new Signature(List.of(ValueType.I32, ValueType.FUNCREF), List.of(ValueType.F64))
            .toString());
  }
}
