package dev.mooring.guest.compile;

import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.AnnotatedInstruction;
import com.dylibso.chicory.wasm.types.FunctionBody;
import java.util.BitSet;

/** Which functions of a module hold what the {@link Linker} writes in another way. By index. */
final class FunctionTraits {
  /** Floats, as {@link FloatLinks} writes them. */
  final BitSet floats = new BitSet();

  /** Unsigned divisions, which {@link ConstantDivision} may write. */
  final BitSet divisions = new BitSet();

  /** A {@code br_table}, whose {@link Dispatch} may be repeated. */
  final BitSet tables = new BitSet();

  /** {@code elem.drop}. */
  final BitSet elementDrops = new BitSet();

  /** Calls that end the function: {@link TailCalls}. */
  final BitSet tailCalls = new BitSet();

  FunctionTraits(WasmModule wasm, int imports) {
    int function = imports;
    for (FunctionBody body : wasm.codeSection().functionBodies()) {
      if (FloatLinks.concern(body)) {
        floats.set(function);
      }
      for (AnnotatedInstruction instruction : body.instructions()) {
        switch (instruction.opcode()) {
          case I32_DIV_U, I32_REM_U, I64_DIV_U, I64_REM_U -> divisions.set(function);
          case BR_TABLE -> tables.set(function);
          case ELEM_DROP -> elementDrops.set(function);
          case RETURN_CALL, RETURN_CALL_INDIRECT -> tailCalls.set(function);
          default -> {}
        }
      }
      function++;
    }
  }
}
