package dev.mooring.guest.compile;

import dev.mooring.guest.machine.NumericOperations;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.util.Map;

/**
 * Sends unsigned divisions by a constant to operations of their own. The JIT makes a multiplication
 * of a signed division by a constant; an unsigned one remains the processor's, which takes ten
 * times as long.
 */
final class ConstantDivision {
  private static final ClassDesc OURS = NumericOperations.class.describeConstable().orElseThrow();

  private static final Map<String, String> BY_CONSTANT =
      Map.of(
          "I32_DIV_U", "divideByConstant",
          "I64_DIV_U", "divideByConstant",
          "I32_REM_U", "remainderByConstant",
          "I64_REM_U", "remainderByConstant");

  private ConstantDivision() {}

  /** For one method. */
  static CodeTransform transform() {
    return CodeTransform.ofStateful(
        () -> {
          boolean[] afterConstant = {false};
          return (code, element) -> {
            String ours = afterConstant[0] ? BY_CONSTANT.get(called(element)) : null;
            if (ours != null && element instanceof InvokeInstruction call) {
              code.invokestatic(OURS, ours, call.typeSymbol());
            } else {
              code.with(element);
            }
            afterConstant[0] = element instanceof ConstantInstruction;
          };
        });
  }

  private static String called(CodeElement element) {
    return element instanceof InvokeInstruction call ? call.name().stringValue() : "";
  }
}
