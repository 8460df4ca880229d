package dev.mooring.guest.compile;

import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;

import com.dylibso.chicory.wasm.types.FunctionBody;
import com.dylibso.chicory.wasm.types.OpCode;
import com.dylibso.chicory.wasm.types.ValType;
import dev.mooring.guest.machine.NumericOperations;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.EnumSet;
import java.util.Set;

/** Sends generated code to {@link NumericOperations}. */
final class FloatLinks {
  private static final ClassDesc OURS = NumericOperations.class.describeConstable().orElseThrow();

  /** Single instructions: {@code fconst_0} and its like, {@code d2f}. */
  private static final Set<OpCode> WRITTEN =
      EnumSet.of(OpCode.F32_CONST, OpCode.F64_CONST, OpCode.F32_DEMOTE_F64);

  private FloatLinks() {}

  /** Whether a function's code may hold anything for {@link #connect}. */
  static boolean concern(FunctionBody body) {
    for (ValType local : body.localTypes()) {
      if (local.isFloatingPoint()) {
        return true; // It begins as 0.
      }
    }
    for (var instruction : body.instructions()) {
      if (WRITTEN.contains(instruction.opcode())) {
        return true;
      }
    }
    return false;
  }

  /** Writes an instruction, or what takes its place. */
  static void connect(CodeBuilder code, CodeElement element) {
    switch (element) {
      case ConvertInstruction convert when convert.opcode() == Opcode.D2F ->
          code.invokestatic(OURS, "demote", MethodTypeDesc.of(CD_float, CD_double));
      case ConstantInstruction constant -> constant(code, constant);
      default -> code.with(element);
    }
  }

  private static void constant(CodeBuilder code, ConstantInstruction constant) {
    ConstantDesc value = constant.constantValue();
    if (value.equals(0f)) {
      code.getstatic(OURS, "zeroF32", CD_float);
    } else if (value.equals(1f)) {
      code.getstatic(OURS, "oneF32", CD_float);
    } else if (value.equals(0d)) {
      code.getstatic(OURS, "zeroF64", CD_double);
    } else if (value.equals(1d)) {
      code.getstatic(OURS, "oneF64", CD_double);
    } else {
      code.with(constant);
    }
  }
}
