package dev.mooring.guest.intake;

import static dev.mooring.guest.intake.Modules.NOTHING;
import static dev.mooring.guest.intake.Modules.accepted;
import static dev.mooring.guest.intake.Modules.assertRefused;
import static dev.mooring.guest.intake.WasmBuilder.EXTERNREF;
import static dev.mooring.guest.intake.WasmBuilder.F32;
import static dev.mooring.guest.intake.WasmBuilder.F64;
import static dev.mooring.guest.intake.WasmBuilder.FUNCREF;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.I64;
import static dev.mooring.guest.intake.WasmBuilder.join;
import static dev.mooring.guest.intake.WasmBuilder.vector;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import dev.mooring.guest.intake.ModuleSummary.Global;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConstantExpressionTest {
  private static final int ADD = 0;
  private static final int SUBTRACT = 1;
  private static final int MULTIPLY = 2;
  private static final int OF_I32 = 0x6A;
  private static final int OF_I64 = 0x7C;

  /** What a global of this type and expression starts as. */
  private static long value(int type, Body expression) {
    var wasm = new WasmBuilder();
    wasm.function(wasm.type(NOTHING, NOTHING));
    wasm.function(0);
    return values(wasm.global(type, 0, end(expression))).getFirst();
  }

  private static List<Long> values(WasmBuilder wasm) {
    return accepted(wasm.build()).globals().stream().map(Global::initial).toList();
  }

  private static byte[] end(Body expression) {
    return expression.op(0x0B).bytes();
  }

  private static long i32(int first, int operation, int second) {
    return value(I32, new Body().i32(first).i32(second).op(OF_I32 + operation));
  }

  private static long i64(long first, int operation, long second) {
    return value(I64, new Body().i64(first).i64(second).op(OF_I64 + operation));
  }

  @Test
  void read_integers_areSignExtended() {
    for (int number :
        new int[] {0, 1, -1, 63, 64, -64, -65, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertEquals(number, value(I32, new Body().i32(number)));
    }
    for (long number : new long[] {0, -1, 1L << 31, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertEquals(number, value(I64, new Body().i64(number)));
    }
  }

  @Test
  void read_floats_areTheirBits() {
    int[] singles = {
      0, 0x8000_0000, Float.floatToRawIntBits(1.5f), 0x7F80_0001, 0xFFC1_2345, 0x7F80_0000
    };
    for (int bits : singles) {
      assertEquals(bits, value(F32, new Body().f32(bits)));
    }
    long[] doubles = {0, 1L << 63, Double.doubleToRawLongBits(-0.1), 0x7FF0_0000_0000_0001L, -1};
    for (long bits : doubles) {
      assertEquals(bits, value(F64, new Body().f64(bits)));
    }
  }

  @Test
  void read_references_areIndicesOrNull() {
    assertEquals(ValueType.NULL_REFERENCE, value(FUNCREF, new Body().op(0xD0, FUNCREF)));
    assertEquals(ValueType.NULL_REFERENCE, value(EXTERNREF, new Body().op(0xD0, EXTERNREF)));
    assertEquals(0, value(FUNCREF, new Body().op(0xD2, 0)));
    assertEquals(1, value(FUNCREF, new Body().op(0xD2, 1)));
  }

  @Test
  void read_arithmeticOfI32_wraps() {
    assertEquals(5, i32(2, ADD, 3));
    assertEquals(Integer.MIN_VALUE, i32(Integer.MAX_VALUE, ADD, 1));
    assertEquals(-1, i32(2, SUBTRACT, 3));
    assertEquals(Integer.MAX_VALUE, i32(Integer.MIN_VALUE, SUBTRACT, 1));
    assertEquals(-6, i32(2, MULTIPLY, -3));
    assertEquals(0, i32(1 << 16, MULTIPLY, 1 << 16));
    assertEquals(Integer.MIN_VALUE + 2, i32(0x7FFF_FFFF, MULTIPLY, 0x7FFF_FFFE));
    assertEquals(Integer.MIN_VALUE, i32(Integer.MIN_VALUE, MULTIPLY, -1));
  }

  @Test
  void read_arithmeticOfI64_wraps() {
    assertEquals(1L << 32, i64(0xFFFF_FFFFL, ADD, 1));
    assertEquals(Long.MIN_VALUE, i64(Long.MAX_VALUE, ADD, 1));
    assertEquals(-1, i64(2, SUBTRACT, 3));
    assertEquals(Long.MAX_VALUE, i64(Long.MIN_VALUE, SUBTRACT, 1));
    assertEquals(1L << 40, i64(1 << 20, MULTIPLY, 1 << 20));
    assertEquals(0, i64(1L << 32, MULTIPLY, 1L << 32));
  }

  @Test
  void read_nestedArithmetic_isDoneInOrder() {
    // (10 - (2 + 3)) * 4
    var product = new Body().i32(10).i32(2).i32(3).op(0x6A).op(0x6B).i32(4).op(0x6C);
    assertEquals(20, value(I32, product));
    var deep = new Body();
    for (int i = 1; i <= 1_000; i++) {
      deep.i64(i);
    }
    for (int i = 1; i < 1_000; i++) {
      deep.op(0x7C);
    }
    assertEquals(500_500, value(I64, deep));
  }

  @Test
  void read_globalsBefore_giveTheirValues() {
    var wasm = new WasmBuilder();
    wasm.function(wasm.type(NOTHING, NOTHING));
    wasm.global(I32, 0, end(new Body().i32(-7)));
    wasm.global(I32, 0, end(new Body().op(0x23, 0).i32(2).op(0x6C)));
    wasm.global(I32, 1, end(new Body().op(0x23, 1).op(0x23, 0).op(0x6A)));
    wasm.global(F32, 0, end(new Body().f32(0xFFC0_0001)));
    wasm.global(F32, 0, end(new Body().op(0x23, 3)));
    wasm.global(F64, 0, end(new Body().f64(0xFFF0_0000_0000_0001L)));
    wasm.global(F64, 1, end(new Body().op(0x23, 5)));
    wasm.global(FUNCREF, 0, end(new Body().op(0xD2, 0)));
    wasm.global(FUNCREF, 0, end(new Body().op(0x23, 7)));
    long f32 = 0xFFC0_0001;
    long f64 = 0xFFF0_0000_0000_0001L;
    assertEquals(List.of(-7L, -14L, -21L, f32, f32, f64, f64, 0L, 0L), values(wasm));
  }

  @Test
  void read_chainOfGlobals_isFollowedToItsEnd() {
    int length = 10_000;
    var wasm = new WasmBuilder().global(I64, 0, end(new Body().i64(1)));
    for (int i = 1; i < length; i++) {
      wasm.global(I64, 0, end(new Body().op(0x23, i - 1).i64(1).op(0x7C)));
    }
    assertEquals(length, values(wasm).getLast());
  }

  @Test
  void read_globalThatIsMutableOrLater_refused() {
    var mutable = new WasmBuilder().global(I32, 1, end(new Body().i32(1)));
    mutable.global(I32, 0, end(new Body().op(0x23, 0)));
    assertRefused(Reason.INVALID, mutable.build(), "mutable global 0");
    var itself = new WasmBuilder().global(I32, 0, end(new Body().op(0x23, 0)));
    assertRefused(Reason.INVALID, itself.build(), "global 0");
  }

  @Test
  void read_operandsMissingOrLeft_refused() {
    for (Body expression :
        List.of(
            new Body(),
            new Body().op(0x6A),
            new Body().i32(1).op(0x6A),
            new Body().i32(1).i32(1),
            new Body().i32(1).i64(1).op(0x6A))) {
      byte[] module = new WasmBuilder().global(I32, 0, end(expression)).build();
      assertRefused(Reason.INVALID, module, "type mismatch");
    }
  }

  @Test
  void read_tablesAndSegments_areEvaluated() {
    var wasm = new WasmBuilder().memory(1);
    wasm.function(wasm.type(NOTHING, NOTHING));
    wasm.function(0);
    byte[] filled = join(WasmBuilder.bytes(0x40, 0, FUNCREF, 0, 3), end(new Body().op(0xD2, 1)));
    wasm.add(4, filled);
    wasm.global(FUNCREF, 0, end(new Body().op(0xD2, 1)));
    wasm.global(I32, 0, end(new Body().i32(40)));
    byte[] sum = end(new Body().op(0x23, 1).i32(2).op(0x6A));
    byte[][] entries = {end(new Body().op(0x23, 0)), end(new Body().op(0xD0, FUNCREF))};
    wasm.add(9, join(WasmBuilder.bytes(4), sum, vector(entries)));
    wasm.add(11, join(WasmBuilder.bytes(0), sum, vector()));
    ModuleSummary summary = accepted(wasm.build());
    assertEquals(1, summary.tables().getFirst().reference());
    assertEquals(42, summary.elementSegments().getFirst().offset());
    assertArrayEquals(new int[] {1, -1}, summary.elementSegments().getFirst().references());
    assertEquals(42, summary.dataSegments().getFirst().offset());
  }
}
