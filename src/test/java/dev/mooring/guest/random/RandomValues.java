package dev.mooring.guest.random;

import static dev.mooring.guest.intake.WasmBuilder.EXTERNREF;
import static dev.mooring.guest.intake.WasmBuilder.F32;
import static dev.mooring.guest.intake.WasmBuilder.F64;
import static dev.mooring.guest.intake.WasmBuilder.FUNCREF;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.I64;

import dev.mooring.guest.intake.Body;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Expressions at random, each of which leaves one value.
 *
 * <p>What an engine may choose, the sign and the payload of a NaN that it computes, is never seen:
 * such a float is <i>loose</i>, and goes to where only its being a NaN matters, or becomes one
 * certain NaN.
 */
final class RandomValues {
  private static final int PREFIX = 0xFC;
  private static final int SELECT = 0x1B;
  private static final int GET = 0x20;
  private static final int SET = 0x21;
  private static final int TEE = 0x22;
  private static final int AND = 0x71;
  private static final int F32_CONVERT_I64_U = 0xB5;
  private static final int F64_CONVERT_I64_U = 0xBA;

  private static final int F32_NAN = 0x7FC0_0000;
  private static final long F64_NAN = 0x7FF8_0000_0000_0000L;

  private static final int[] I32_UNARY = {0x45, 0x67, 0x68, 0x69, 0xC0, 0xC1};
  private static final int[] I64_UNARY = {0x79, 0x7A, 0x7B, 0xC2, 0xC3, 0xC4};
  private static final int I32_DIVISIONS = 0x6D;
  private static final int I64_DIVISIONS = 0x7F;
  private static final int[] I32_LOADS = {0x28, 0x2C, 0x2D, 0x2E, 0x2F};
  private static final int[] I64_LOADS = {0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35};

  private final RandomFunction function;
  private final Dice dice;
  private final Body code;
  final RandomStores stores;

  /** By type, where a float is kept while it is looked at. */
  private final Map<Integer, Integer> scratch = new HashMap<>();

  RandomValues(RandomFunction function) {
    this.function = function;
    this.dice = function.dice;
    this.code = function.code;
    this.stores = new RandomStores(function, this);
  }

  /** Nothing, or none. */
  static void zero(Body code, int type) {
    switch (type) {
      case I32 -> code.i32(0);
      case I64 -> code.i64(0);
      case F32 -> code.f32(0);
      case F64 -> code.f64(0);
      default -> code.op(0xD0, type);
    }
  }

  /** Whether something happens. */
  void condition() {
    if (dice.percent(40)) {
      value(I32);
    } else {
      function.within(this::comparison);
    }
  }

  /** Any value of a type. */
  void value(int type) {
    function.spend(1);
    if (!function.mayWrite() || dice.percent(20)) {
      leaf(type);
      return;
    }
    function.within(
        () -> {
          if (dice.percent(25)) {
            general(type);
          } else {
            switch (type) {
              case I32 -> i32();
              case I64 -> i64();
              case F32, F64 -> exact(type);
              default -> reference(type);
            }
          }
        });
  }

  // Of any type.

  private void leaf(int type) {
    int local = dice.percent(70) ? function.local(type) : -1;
    if (local >= 0) {
      code.op(GET, local);
      return;
    }
    int global = dice.percent(40) ? function.global(type, false) : -1;
    if (global >= 0) {
      code.op(0x23, global);
      return;
    }
    constant(type);
  }

  private void constant(int type) {
    switch (type) {
      case I32 -> code.i32((int) dice.bits());
      case I64 -> code.i64(dice.bits());
      case F32 -> code.f32(Constants.f32(dice));
      case F64 -> code.f64(Constants.f64(dice));
      case FUNCREF -> {
        if (dice.percent(75)) {
          code.op(0xD2, dice.below(function.module.functionCount()));
        } else {
          code.op(0xD0, FUNCREF);
        }
      }
      default -> code.op(0xD0, type);
    }
  }

  private void general(int type) {
    boolean written =
        switch (dice.below(8)) {
          case 0, 1 -> {
            select(type);
            yield true;
          }
          case 2 -> tee(type);
          case 3, 4 -> function.block(List.of(type));
          case 5, 6 -> function.callFor(type);
          default -> function.branchWith(type);
        };
    if (!written) {
      leaf(type);
    }
  }

  private void select(int type) {
    value(type);
    value(type);
    condition();
    if (Signature.isReference(type) || dice.percent(30)) {
      code.op(0x1C, 1, type);
    } else {
      code.op(SELECT);
    }
  }

  private boolean tee(int type) {
    int local = function.local(type);
    if (local < 0) {
      return false;
    }
    value(type);
    code.op(TEE, local);
    return true;
  }

  private void reference(int type) {
    int table = stores.tableOf(type);
    if (table < 0 || dice.percent(40)) {
      leaf(type);
    } else {
      stores.placeIn(table);
      code.op(0x25, table);
    }
  }

  // Integers.

  private void i32() {
    switch (dice.below(20)) {
      case 0, 1, 2, 3, 4, 5 -> {
        value(I32);
        value(I32);
        code.op(dice.of(0x6A, 0x6B, 0x6C, dice.within(0x71, 0x78)));
      }
      case 6 -> {
        value(I32);
        code.op(dice.of(I32_UNARY));
      }
      case 7, 8, 9 -> comparison();
      case 10, 11, 12 -> stores.load(dice.of(I32_LOADS));
      case 13, 14 -> divide(I32);
      case 15 -> stores.size();
      case 16 -> {
        value(I64);
        code.op(0xA7); // i32.wrap_i64
      }
      case 17 -> {
        value(F32);
        code.op(0xBC); // i32.reinterpret_f32
      }
      case 18 -> truncate(I32);
      default -> {
        int type = dice.of(FUNCREF, EXTERNREF);
        value(type);
        code.op(0xD1); // ref.is_null
      }
    }
  }

  private void i64() {
    switch (dice.below(18)) {
      case 0, 1, 2, 3, 4, 5 -> {
        value(I64);
        value(I64);
        code.op(dice.of(0x7C, 0x7D, 0x7E, dice.within(0x83, 0x8A)));
      }
      case 6 -> {
        value(I64);
        code.op(dice.of(I64_UNARY));
      }
      case 7, 8, 9 -> {
        value(I32);
        code.op(dice.of(0xAC, 0xAD)); // i64.extend_i32
      }
      case 10, 11, 12 -> stores.load(dice.of(I64_LOADS));
      case 13, 14 -> divide(I64);
      case 15 -> {
        value(F64);
        code.op(0xBD); // i64.reinterpret_f64
      }
      default -> truncate(I64);
    }
  }

  private void comparison() {
    switch (dice.below(6)) {
      case 0, 1 -> {
        value(I32);
        value(I32);
        code.op(dice.within(0x46, 0x4F));
      }
      case 2 -> {
        value(I64);
        code.op(0x50); // i64.eqz
      }
      case 3 -> {
        value(I64);
        value(I64);
        code.op(dice.within(0x51, 0x5A));
      }
      case 4 -> {
        loose(F32);
        loose(F32);
        code.op(dice.within(0x5B, 0x60));
      }
      default -> {
        loose(F64);
        loose(F64);
        code.op(dice.within(0x61, 0x66));
      }
    }
  }

  /** By a constant or by what isn't 0; by anything if it may trap. */
  private void divide(int type) {
    boolean dares = function.dares();
    value(type);
    if (dice.percent(50)) {
      long by = divisor(dares);
      if (type == I32) {
        code.i32((int) by);
      } else {
        code.i64(by);
      }
    } else {
      value(type);
      if (!dares && type == I32) {
        code.i32(1).op(0x72); // i32.or
      } else if (!dares) {
        code.i64(1).op(0x84); // i64.or
      }
    }
    code.op((type == I32 ? I32_DIVISIONS : I64_DIVISIONS) + dice.below(4));
  }

  private long divisor(boolean dares) {
    long by = dice.bits();
    boolean traps = (int) by == 0 || (int) by == -1;
    return traps && !dares ? 3 : by;
  }

  /** A float that becomes an integer. */
  private void truncate(int type) {
    int from = dice.of(F32, F64);
    int which = (from == F32 ? 0 : 2) + dice.below(2);
    if (function.dares()) {
      loose(from);
      code.op((type == I32 ? 0xA8 : 0xAE) + which);
    } else if (dice.percent(70)) {
      loose(from);
      code.op(PREFIX, (type == I32 ? 0 : 4) + which);
    } else {
      value(I32);
      code.i32(0xFFFF).op(AND).op(from == F32 ? 0xB3 : 0xB8); // fXX.convert_i32_u
      code.op((type == I32 ? 0xA8 : 0xAE) + which);
    }
  }

  // Floats.

  /** A float whose bits are certain. */
  private void exact(int type) {
    boolean f32 = type == F32;
    switch (dice.below(12)) {
      case 0 -> {
        value(f32 ? I32 : I64);
        code.op(f32 ? 0xBE : 0xBF); // fXX.reinterpret_iXX
      }
      case 1, 2 -> {
        int from = dice.of(I32, I64);
        value(from);
        convert((f32 ? 0xB2 : 0xB7) + (from == I32 ? 0 : 2) + dice.below(2));
      }
      case 3, 4 -> stores.load(f32 ? 0x2A : 0x2B);
      case 5 -> {
        value(type);
        code.op((f32 ? 0x8B : 0x99) + dice.below(2)); // fXX.abs, fXX.neg
      }
      case 6 -> {
        value(type);
        value(type);
        code.op(f32 ? 0x98 : 0xA6); // fXX.copysign
      }
      default -> {
        arithmetic(type);
        makeCertain(type);
      }
    }
  }

  private void convert(int opcode) {
    boolean f32 = opcode == F32_CONVERT_I64_U;
    if ((!f32 && opcode != F64_CONVERT_I64_U) || !function.module.isForInterpreter()) {
      code.op(opcode);
      return;
    }
    // In other words, as Chicory 1.7.5's interpreter rounds twice, or what lies in the middle down:
    // half of what is negative as an i64, with the bit that is lost in the one that decides how to
    // round.
    int signed = opcode - 1; // fXX.convert_i64_s
    int local = scratch.computeIfAbsent(I64, function::newLocal);
    code.op(SET, local);
    code.op(GET, local).i64(1).op(0x88).op(GET, local).i64(1).op(0x83).op(0x84); // >>> 1, & 1, |
    code.op(signed);
    if (f32) {
      code.f32(Float.floatToRawIntBits(2)).op(0x94); // f32.mul
    } else {
      code.f64(Double.doubleToRawLongBits(2)).op(0xA2); // f64.mul
    }
    code.op(GET, local).op(signed).op(GET, local).i64(0).op(0x53).op(SELECT); // i64.lt_s
  }

  /** A float that may be whichever NaN. */
  private void loose(int type) {
    if (!function.mayWrite() || dice.percent(40)) {
      value(type);
    } else {
      function.spend(1);
      function.within(() -> arithmetic(type));
    }
  }

  private void arithmetic(int type) {
    boolean f32 = type == F32;
    switch (dice.below(8)) {
      case 0, 1, 2, 3 -> {
        loose(type);
        loose(type);
        code.op((f32 ? 0x92 : 0xA0) + dice.below(6)); // fXX.add to fXX.max
      }
      case 4 -> {
        loose(type); // And one of those that the engine writes in another way.
        number(type);
        code.op((f32 ? 0x92 : 0xA0) + dice.below(6));
      }
      case 5, 6 -> {
        loose(type);
        code.op((f32 ? 0x8D : 0x9B) + dice.below(5)); // fXX.ceil to fXX.sqrt
      }
      default -> {
        loose(f32 ? F64 : F32);
        code.op(f32 ? 0xB6 : 0xBB); // f32.demote_f64, f64.promote_f32
      }
    }
  }

  private void number(int type) {
    float number = dice.of(0, 1, -1, 2);
    if (type == F32) {
      code.f32(Float.floatToRawIntBits(number));
    } else {
      code.f64(Double.doubleToRawLongBits(number));
    }
  }

  /** Makes a certain NaN of any. */
  private void makeCertain(int type) {
    boolean f32 = type == F32;
    int local = scratch.computeIfAbsent(type, function::newLocal);
    int equal = f32 ? 0x5B : 0x61;
    if (dice.percent(50)) {
      code.op(TEE, local);
      nan(f32);
    } else {
      code.op(SET, local);
      nan(f32);
      code.op(GET, local);
      equal++;
    }
    code.op(GET, local).op(GET, local).op(equal).op(SELECT);
  }

  private void nan(boolean f32) {
    if (f32) {
      code.f32(F32_NAN);
    } else {
      code.f64(F64_NAN);
    }
  }
}
