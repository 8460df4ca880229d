package dev.mooring.guest;

import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.ConstantEvaluators;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ActiveDataSegment;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.OpCode;
import com.dylibso.chicory.wasm.types.PassiveElement;
import dev.mooring.guest.memory.Segments;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * What the engine makes of a module's declarations, and finds in its code: what {@link
 * DeclaredStore} must be equal to.
 *
 * @param data the passive data segments' bytes; nothing of the others
 * @param elements the passive element segments' references; nothing of the others
 */
@SuppressWarnings("ArrayRecordComponent") // As in what it is compared with.
record EngineStore(StoreImage image, MutableParts changes, byte[][] data, int[][] elements) {
  /** Instantiates a module whose imports are functions; none of its code runs. */
  static EngineStore of(byte[] module) {
    WasmModule wasm =
        Parser.builder()
            .withCustomParsers(Map.of())
            .build()
            .parse(() -> new ByteArrayInputStream(module));
    Instance instance =
        Instance.builder(wasm)
            .withImportValues(imports(wasm))
            .withMachineFactory(i -> (function, arguments) -> new long[0])
            .withMemoryFactory(
                limits ->
                    new ByteArrayMemory(
                        new MemoryLimits(limits.initialPages(), limits.initialPages())))
            .withStart(false)
            .build();
    byte[][] data = new byte[wasm.dataSection().dataSegmentCount()][];
    int[][] elements = new int[wasm.elementSection().elementCount()][];
    long[] dropped = Segments.noneDropped(data.length + elements.length);
    for (int i = 0; i < data.length; i++) {
      boolean active = wasm.dataSection().getDataSegment(i) instanceof ActiveDataSegment;
      data[i] = active ? new byte[0] : wasm.dataSection().getDataSegment(i).data();
      if (active) {
        Segments.drop(dropped, i);
      }
    }
    for (int i = 0; i < elements.length; i++) {
      if (wasm.elementSection().getElement(i) instanceof PassiveElement passive) {
        elements[i] =
            passive.initializers().stream()
                .mapToInt(e -> (int) ConstantEvaluators.computeConstantValue(instance, e)[0])
                .toArray();
      } else {
        elements[i] = new int[0];
        Segments.drop(dropped, data.length + i);
      }
    }
    return new EngineStore(PlainInstance.state(instance, dropped), changes(wasm), data, elements);
  }

  private static ImportValues imports(WasmModule wasm) {
    List<ImportFunction> functions = new ArrayList<>();
    for (int i = 0; i < wasm.importSection().importCount(); i++) {
      var wanted = (FunctionImport) wasm.importSection().getImport(i);
      functions.add(
          new HostFunction(
              wanted.module(),
              wanted.name(),
              wasm.typeSection().getType(wanted.typeIndex()),
              (instance, arguments) -> new long[0]));
    }
    return ImportValues.builder().withFunctions(functions).build();
  }

  private static MutableParts changes(WasmModule wasm) {
    var globals = new BitSet();
    var tables = new boolean[wasm.tableSection().tableCount()];
    boolean segments = false;
    for (var body : wasm.codeSection().functionBodies()) {
      for (var instruction : body.instructions()) {
        OpCode opcode = instruction.opcode();
        switch (opcode) {
          case GLOBAL_SET -> globals.set((int) instruction.operand(0));
          case TABLE_SET, TABLE_GROW, TABLE_FILL, TABLE_COPY ->
              tables[(int) instruction.operand(0)] = true;
          case TABLE_INIT -> tables[(int) instruction.operand(1)] = true; // After the segment.
          case DATA_DROP, ELEM_DROP -> segments = true;
          default -> {}
        }
      }
    }
    return new MutableParts(globals.stream().toArray(), tables, segments);
  }
}
