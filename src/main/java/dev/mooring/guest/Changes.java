package dev.mooring.guest;

import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ExternalType;
import java.util.BitSet;

/**
 * Which of a module's globals, tables and segments any instruction of it can change. What nothing
 * changes is the image's for good: it is shared, and never loaded.
 *
 * <p>Memory isn't here: whoever has memory changes it, and what it doesn't change costs nothing.
 *
 * @param globals indices of the globals that some {@code global.set} names
 * @param tables whether each table is named by an instruction that writes
 * @param segments whether some segment can be dropped
 */
@SuppressWarnings("ArrayRecordComponent") // Shared, and never written to.
public record Changes(int[] globals, boolean[] tables, boolean segments) {
  static Changes of(WasmModule wasm) {
    int importedGlobals = wasm.importSection().count(ExternalType.GLOBAL);
    int importedTables = wasm.importSection().count(ExternalType.TABLE);
    if (importedGlobals + importedTables > 0) {
      throw new IllegalArgumentException("imports a global or a table");
    }
    var globals = new BitSet();
    var tables = new boolean[wasm.tableSection().tableCount()];
    boolean segments = false;
    for (var body : wasm.codeSection().functionBodies()) {
      for (var instruction : body.instructions()) {
        switch (instruction.opcode()) {
          case GLOBAL_SET -> globals.set((int) instruction.operand(0));
          case TABLE_SET, TABLE_GROW, TABLE_FILL, TABLE_COPY ->
              tables[(int) instruction.operand(0)] = true;
          case TABLE_INIT -> tables[(int) instruction.operand(1)] = true; // After the segment.
          case DATA_DROP, ELEM_DROP -> segments = true;
          default -> {}
        }
      }
    }
    return new Changes(globals.stream().toArray(), tables, segments);
  }
}
