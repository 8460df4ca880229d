package dev.mooring.guest.intake;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongBinaryOperator;

/**
 * Reads and evaluates the expressions outside of functions: what globals and table entries start
 * as, and where segments go. Sums and products of constants are allowed ("extended constant
 * expressions").
 *
 * <p>Invariant: {@code values} holds the values of what is on {@code stack}, {@code size} of them.
 */
final class ConstantExpression {
  private final WasmReader reader;
  private final TypeReader types;
  private final ModuleDraft draft;
  private final OperandStack stack;
  private long[] values = new long[16];
  private int size;

  ConstantExpression(WasmReader reader, ModuleDraft draft, IntakeLimits limits) {
    this.reader = reader;
    this.types = new TypeReader(reader);
    this.draft = draft;
    this.stack = new OperandStack(reader, limits);
  }

  /**
   * Reads an expression that must give this type; it may refer to the globals that are known so
   * far. Gives its value, as {@link ValueType} says.
   */
  long read(ValueType expected) {
    stack.startFunction(List.of(expected));
    size = 0;
    while (stack.depth() > 0) {
      instruction();
    }
    return values[0];
  }

  private void instruction() {
    int start = reader.position();
    draft.countInstructions(1, start);
    int opcode = reader.u8();
    switch (opcode) {
      case 0x0B -> stack.leave();
      case 0x23 -> globalGet(start);
      case 0x41 -> push(ValueType.I32, reader.s32());
      case 0x42 -> push(ValueType.I64, reader.s64());
      case 0x43 -> push(ValueType.F32, reader.f32Bits());
      case 0x44 -> push(ValueType.F64, reader.f64Bits());
      case 0x6A -> arithmetic(ValueType.I32, (a, b) -> (int) (a + b));
      case 0x6B -> arithmetic(ValueType.I32, (a, b) -> (int) (a - b));
      case 0x6C -> arithmetic(ValueType.I32, (a, b) -> (int) (a * b));
      case 0x7C -> arithmetic(ValueType.I64, (a, b) -> a + b);
      case 0x7D -> arithmetic(ValueType.I64, (a, b) -> a - b);
      case 0x7E -> arithmetic(ValueType.I64, (a, b) -> a * b);
      case 0xD0 -> push(types.heapType(), ValueType.NULL_REFERENCE);
      case 0xD2 -> {
        int function = reader.index("function", draft.functions.size());
        draft.referable.set(function);
        push(ValueType.FUNCREF, function);
      }
      case 0xFB, 0xFD -> throw Proposals.instruction(opcode, start);
      default ->
          throw WasmReader.invalid(
              start,
              "has the instruction 0x"
                  + Integer.toHexString(opcode)
                  + " where a constant expression was expected");
    }
  }

  private void globalGet(int start) {
    int index = reader.index("global", draft.globals.size());
    var global = draft.globals.get(index);
    if (global.mutable()) {
      throw WasmReader.invalid(
          start, "reads the mutable global " + index + " in a constant expression");
    }
    push(global.type(), global.initial());
  }

  private void push(ValueType type, long value) {
    stack.push(type);
    if (size == values.length) {
      values = Arrays.copyOf(values, size * 2);
    }
    values[size++] = value;
  }

  private void arithmetic(ValueType type, LongBinaryOperator operator) {
    stack.pop(type);
    stack.pop(type);
    stack.push(type);
    size--;
    values[size - 1] = operator.applyAsLong(values[size - 1], values[size]);
  }
}
