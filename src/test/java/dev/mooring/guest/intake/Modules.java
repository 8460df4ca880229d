package dev.mooring.guest.intake;

import static dev.mooring.guest.intake.WasmBuilder.EXTERNREF;
import static dev.mooring.guest.intake.WasmBuilder.FUNCREF;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.I64;
import static dev.mooring.guest.intake.WasmBuilder.bytes;
import static dev.mooring.guest.intake.WasmBuilder.constant;
import static dev.mooring.guest.intake.WasmBuilder.join;
import static dev.mooring.guest.intake.WasmBuilder.leb;
import static dev.mooring.guest.intake.WasmBuilder.name;
import static dev.mooring.guest.intake.WasmBuilder.vector;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Good modules, and what is asked of them. */
final class Modules {
  static final byte[] NOTHING = {};

  private Modules() {}

  /** One exported function {@code run}, of no parameters and results, with this body. */
  static byte[] withBody(int... body) {
    var wasm = new WasmBuilder();
    wasm.function(wasm.type(NOTHING, NOTHING), body);
    return wasm.export("run", 0, 0).build();
  }

  /** As {@link #withBody}, with a memory of one page, two globals, and a table of two entries. */
  static byte[] withStore(int... body) {
    var wasm = new WasmBuilder().memory(1).table(FUNCREF, 2);
    wasm.global(I32, 1, constant(7)).global(I64, 0, bytes(0x42, 1, 0x0B));
    wasm.function(wasm.type(NOTHING, NOTHING), body);
    return wasm.export("run", 0, 0).build();
  }

  /** Counts calls in memory: imports, memory, data, hooks, a config section. */
  static byte[] ordinary() {
    var wasm = new WasmBuilder();
    int nothing = wasm.type(NOTHING, NOTHING);
    int pair = wasm.type(bytes(I32, I32), NOTHING);
    int timer = wasm.type(bytes(I32), NOTHING);
    int value = wasm.type(NOTHING, bytes(I32));
    wasm.importFunction("mooring", "output_write", pair);
    wasm.importFunction("mooring", "input_len", value);
    wasm.memory(2);
    wasm.global(I32, 1, constant(16));
    wasm.function(nothing, 0x41, 0, 0x41, 4, 0x10, 0);
    wasm.function(timer, 0x20, 0, 0x24, 0);
    wasm.function(
        value,
        join(vector(join(leb(2), bytes(I32)), join(leb(1), bytes(I64)))),
        bytes(0x10, 1, 0x21, 0, 0x20, 0, 0x04, I32, 0x23, 0, 0x05, 0x41, 5, 0x0B));
    wasm.export("memory", 2, 0).export("run", 0, 2).export("mooring_timer", 0, 3);
    wasm.export("length", 0, 4).export("_initialize", 0, 2).export("base", 3, 0);
    wasm.add(11, join(bytes(0), constant(0), vector(bytes('a'), bytes('b'))));
    wasm.custom("mooring.config", "greeting: what to say\nname\n".getBytes(StandardCharsets.UTF_8));
    wasm.custom("producers", bytes(0));
    return wasm.build();
  }

  /**
   * Uses most of what may be used: every kind of segment, table instructions, bulk memory,
   * multi-value, tail calls.
   */
  static byte[] rich() {
    var wasm = new WasmBuilder();
    int nothing = wasm.type(NOTHING, NOTHING);
    int two = wasm.type(NOTHING, bytes(I32, I64));
    int same = wasm.type(bytes(I32), bytes(I32));
    wasm.table(FUNCREF, 10).table(EXTERNREF, 3).table(FUNCREF, 1);
    wasm.memory(1);
    wasm.global(FUNCREF, 0, bytes(0xD2, 0, 0x0B));
    wasm.global(I32, 0, bytes(0x41, 1, 0x41, 2, 0x6A, 0x0B));
    wasm.global(I32, 1, bytes(0x23, 1, 0x0B));
    wasm.export("run", 0, 0).export("pair", 0, 1).export("same", 0, 2).export("calls", 1, 0);
    wasm.export("m", 2, 0);
    wasm.number(8, 0).number(12, 3);
    wasm.add(9, join(bytes(0), constant(1), vector(leb(0), leb(1)))); // active
    wasm.add(9, join(bytes(1, 0), vector(leb(2)))); // passive
    wasm.add(9, join(bytes(2, 2), constant(0), bytes(0), vector(leb(0)))); // active, table 2
    wasm.add(9, join(bytes(3, 0), vector(leb(2)))); // declarative
    wasm.add(9, join(bytes(4), constant(0), vector(bytes(0xD0, FUNCREF, 0x0B))));
    wasm.add(9, join(bytes(5, EXTERNREF), vector(bytes(0xD0, EXTERNREF, 0x0B))));
    wasm.add(9, join(bytes(6, 0), constant(0), bytes(FUNCREF), vector(bytes(0xD2, 1, 0x0B))));
    wasm.add(9, join(bytes(7, FUNCREF), vector(bytes(0xD2, 1, 0x0B))));
    wasm.function(
        nothing,
        bytes(0),
        join(
            bytes(0x41, 0, 0x41, 0, 0x41, 1, 0xFC, 8, 0, 0, 0xFC, 9, 0), // memory.init, data.drop
            bytes(0x41, 0, 0x41, 8, 0x41, 4, 0xFC, 10, 0, 0), // memory.copy
            bytes(0x41, 0, 0x41, 8, 0x41, 4, 0xFC, 11, 0), // memory.fill
            bytes(0x41, 0, 0x41, 0, 0x41, 1, 0xFC, 12, 1, 0, 0xFC, 13, 1), // table.init, elem.drop
            bytes(0xD0, EXTERNREF, 0x41, 1, 0xFC, 15, 1, 0x1A), // table.grow
            bytes(0x41, 1, 0x40, 0, 0x1A, 0x3F, 0, 0x1A), // memory.grow, memory.size
            bytes(0x41, 0, 0x25, 0, 0xD1, 0x1A), // table.get, ref.is_null
            bytes(0xD2, 2, 0xD0, FUNCREF, 0x41, 1, 0x1C, 1, FUNCREF, 0x1A), // typed select
            bytes(0x43, 0, 0, 0, 0, 0xFC, 0, 0x1A), // saturating conversion
            bytes(0x41, 1, 0x02, same, 0x03, same, 0x0B, 0x0B, 0x1A), // blocks with parameters
            bytes(0x41, 1, 0x0E, 1, 0, 0))); // br_table
    wasm.function(two, 0x41, 1, 0x42, 2);
    wasm.function(same, 0x20, 0, 0x41, 2, 0x13, same, 0); // return_call_indirect
    wasm.add(11, join(bytes(1), vector(bytes(1), bytes(2)))); // passive
    wasm.add(11, join(bytes(0), constant(0), vector(bytes(1))));
    wasm.add(11, join(bytes(2, 0), constant(0), vector()));
    wasm.custom("name", name("x"));
    return wasm.build();
  }

  static List<byte[]> good() {
    return List.of(withBody(), withStore(), ordinary(), rich());
  }

  static ModuleSummary accepted(byte[] wasm) {
    return Intake.examine(wasm, IntakeLimits.DEFAULTS);
  }

  /**
   * Asserts that a module is refused for this reason, with all of these words; returns the message.
   */
  static String assertRefused(Reason reason, byte[] wasm, String... words) {
    return assertRefused(reason, wasm, IntakeLimits.DEFAULTS, words);
  }

  static String assertRefused(Reason reason, byte[] wasm, IntakeLimits limits, String... words) {
    var rejection = assertThrows(ModuleRejection.class, () -> Intake.examine(wasm, limits));
    String message = String.valueOf(rejection.getMessage());
    assertEquals(reason, rejection.reason(), message);
    for (String word : words) {
      assertEquals(true, message.contains(word), () -> "no '" + word + "' in: " + message);
    }
    assertEquals(0, rejection.getStackTrace().length);
    assertEquals(true, rejection.offset() >= 0 && rejection.offset() <= wasm.length, message);
    return message;
  }
}
