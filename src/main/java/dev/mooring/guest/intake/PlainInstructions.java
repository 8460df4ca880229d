package dev.mooring.guest.intake;

import static dev.mooring.guest.intake.ValueType.F32;
import static dev.mooring.guest.intake.ValueType.F64;
import static dev.mooring.guest.intake.ValueType.I32;
import static dev.mooring.guest.intake.ValueType.I64;

import org.jspecify.annotations.Nullable;

/**
 * The instructions of which all there is to know is what they pop and push: arithmetic,
 * comparisons, conversions; and of loads and stores the type and the natural alignment.
 */
final class PlainInstructions {
  private static final int FIRST_MEMORY = 0x28;
  private static final int FIRST_STORE = 0x36;
  private static final int LAST_MEMORY = 0x3E;

  /** The types that the loads and stores from 0x28 on read or write. */
  private static final ValueType[] MEMORY_TYPE = {
    I32,
    I64,
    F32,
    F64, // full width
    I32,
    I32,
    I32,
    I32, // i32.load8_s to i32.load16_u
    I64,
    I64,
    I64,
    I64,
    I64,
    I64, // i64.load8_s to i64.load32_u
    I32,
    I64,
    F32,
    F64, // stores of full width
    I32,
    I32,
    I64,
    I64,
    I64 // i32.store8 to i64.store32
  };

  /** The natural alignments of the same, as powers of two. */
  private static final byte[] MEMORY_ALIGNMENT = {
    2, 3, 2, 3, 0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 3, 2, 3, 0, 1, 0, 1, 2
  };

  /** What an instruction pops (as often as {@code arity} says) and pushes. */
  record Shape(ValueType operand, int arity, ValueType result) {
    void apply(OperandStack stack) {
      stack.pop(operand);
      if (arity == 2) {
        stack.pop(operand);
      }
      stack.push(result);
    }
  }

  private static final @Nullable Shape[] SHAPES = shapes();

  /** The saturating conversions, which follow the prefix 0xFC. */
  private static final Shape[] SATURATING = {
    unary(F32, I32), unary(F32, I32), unary(F64, I32), unary(F64, I32),
    unary(F32, I64), unary(F32, I64), unary(F64, I64), unary(F64, I64)
  };

  private PlainInstructions() {}

  static @Nullable Shape shape(int opcode) {
    return SHAPES[opcode];
  }

  static @Nullable Shape saturating(long code) {
    return code < SATURATING.length ? SATURATING[(int) code] : null;
  }

  static boolean isMemoryAccess(int opcode) {
    return opcode >= FIRST_MEMORY && opcode <= LAST_MEMORY;
  }

  static boolean isStore(int opcode) {
    return opcode >= FIRST_STORE;
  }

  static ValueType memoryType(int opcode) {
    return MEMORY_TYPE[opcode - FIRST_MEMORY];
  }

  /** As a power of two. */
  static int naturalAlignment(int opcode) {
    return MEMORY_ALIGNMENT[opcode - FIRST_MEMORY];
  }

  private static @Nullable Shape[] shapes() {
    var shapes = new @Nullable Shape[256];
    fill(shapes, 0x45, 0x45, unary(I32, I32)); // i32.eqz
    fill(shapes, 0x46, 0x4F, binary(I32, I32)); // i32 comparisons
    fill(shapes, 0x50, 0x50, unary(I64, I32)); // i64.eqz
    fill(shapes, 0x51, 0x5A, binary(I64, I32)); // i64 comparisons
    fill(shapes, 0x5B, 0x60, binary(F32, I32)); // f32 comparisons
    fill(shapes, 0x61, 0x66, binary(F64, I32)); // f64 comparisons
    fill(shapes, 0x67, 0x69, unary(I32, I32)); // clz, ctz, popcnt
    fill(shapes, 0x6A, 0x78, binary(I32, I32)); // add to rotr
    fill(shapes, 0x79, 0x7B, unary(I64, I64));
    fill(shapes, 0x7C, 0x8A, binary(I64, I64));
    fill(shapes, 0x8B, 0x91, unary(F32, F32)); // abs to sqrt
    fill(shapes, 0x92, 0x98, binary(F32, F32)); // add to copysign
    fill(shapes, 0x99, 0x9F, unary(F64, F64));
    fill(shapes, 0xA0, 0xA6, binary(F64, F64));
    fill(shapes, 0xA7, 0xA7, unary(I64, I32)); // wrap
    fill(shapes, 0xA8, 0xA9, unary(F32, I32)); // trunc
    fill(shapes, 0xAA, 0xAB, unary(F64, I32));
    fill(shapes, 0xAC, 0xAD, unary(I32, I64)); // extend
    fill(shapes, 0xAE, 0xAF, unary(F32, I64)); // trunc
    fill(shapes, 0xB0, 0xB1, unary(F64, I64));
    fill(shapes, 0xB2, 0xB3, unary(I32, F32)); // convert
    fill(shapes, 0xB4, 0xB5, unary(I64, F32));
    fill(shapes, 0xB6, 0xB6, unary(F64, F32)); // demote
    fill(shapes, 0xB7, 0xB8, unary(I32, F64)); // convert
    fill(shapes, 0xB9, 0xBA, unary(I64, F64));
    fill(shapes, 0xBB, 0xBB, unary(F32, F64)); // promote
    fill(shapes, 0xBC, 0xBC, unary(F32, I32)); // reinterpret
    fill(shapes, 0xBD, 0xBD, unary(F64, I64));
    fill(shapes, 0xBE, 0xBE, unary(I32, F32));
    fill(shapes, 0xBF, 0xBF, unary(I64, F64));
    fill(shapes, 0xC0, 0xC1, unary(I32, I32)); // sign extension
    fill(shapes, 0xC2, 0xC4, unary(I64, I64));
    return shapes;
  }

  private static void fill(@Nullable Shape[] shapes, int first, int last, Shape shape) {
    for (int opcode = first; opcode <= last; opcode++) {
      shapes[opcode] = shape;
    }
  }

  private static Shape unary(ValueType operand, ValueType result) {
    return new Shape(operand, 1, result);
  }

  private static Shape binary(ValueType operand, ValueType result) {
    return new Shape(operand, 2, result);
  }
}
