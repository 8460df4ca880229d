package dev.mooring.guest.intake;

import java.util.List;

/**
 * Reads the expressions outside of functions: what globals and table entries start as, and where
 * segments go. Sums and products of constants are allowed ("extended constant expressions").
 */
final class ConstantExpression {
  private final WasmReader reader;
  private final TypeReader types;
  private final ModuleDraft draft;
  private final OperandStack stack;

  ConstantExpression(WasmReader reader, ModuleDraft draft, IntakeLimits limits) {
    this.reader = reader;
    this.types = new TypeReader(reader);
    this.draft = draft;
    this.stack = new OperandStack(reader, limits);
  }

  /**
   * Reads an expression that must give this type; it may refer to the globals that are known so
   * far.
   */
  void read(ValueType expected) {
    stack.startFunction(List.of(expected));
    while (stack.depth() > 0) {
      instruction();
    }
  }

  private void instruction() {
    int start = reader.position();
    draft.countInstructions(1, start);
    int opcode = reader.u8();
    switch (opcode) {
      case 0x0B -> stack.leave();
      case 0x23 -> globalGet(start);
      case 0x41 -> {
        reader.s32();
        stack.push(ValueType.I32);
      }
      case 0x42 -> {
        reader.s64();
        stack.push(ValueType.I64);
      }
      case 0x43 -> {
        reader.skip(4, "f32");
        stack.push(ValueType.F32);
      }
      case 0x44 -> {
        reader.skip(8, "f64");
        stack.push(ValueType.F64);
      }
      case 0x6A, 0x6B, 0x6C -> arithmetic(ValueType.I32);
      case 0x7C, 0x7D, 0x7E -> arithmetic(ValueType.I64);
      case 0xD0 -> stack.push(types.heapType());
      case 0xD2 -> {
        draft.referable.set(reader.index("function", draft.functions.size()));
        stack.push(ValueType.FUNCREF);
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
    stack.push(global.type());
  }

  private void arithmetic(ValueType type) {
    stack.pop(type);
    stack.pop(type);
    stack.push(type);
  }
}
