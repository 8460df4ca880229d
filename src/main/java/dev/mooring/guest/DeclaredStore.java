package dev.mooring.guest;

import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.ConstantEvaluators;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.TableInstance;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ActiveDataSegment;
import com.dylibso.chicory.wasm.types.ActiveElement;
import com.dylibso.chicory.wasm.types.DeclarativeElement;
import com.dylibso.chicory.wasm.types.Element;
import com.dylibso.chicory.wasm.types.Instruction;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.Table;
import com.dylibso.chicory.wasm.types.TableLimits;
import dev.mooring.guest.memory.MemoryImage;
import dev.mooring.guest.memory.Segments;
import java.util.List;

/**
 * The store that a module declares, before any of its code has run: Chicory evaluates the constant
 * expressions and copies the active segments, once, and what comes of it is read off.
 *
 * <p>Compile thread.
 *
 * @param image the state
 * @param data the data segments' bytes
 * @param elements the element segments' references, as tables hold them
 */
@SuppressWarnings("ArrayRecordComponent") // Shared, and never written to.
record DeclaredStore(StoreImage image, byte[][] data, int[][] elements) {
  private static final long[] NOTHING = {};

  /** Reads off what {@code wasm} declares; its imports are functions only. */
  static DeclaredStore of(WasmModule wasm) {
    Instance instance =
        Instance.builder(wasm)
            .withImportValues(HostLinks.placeholders(wasm))
            .withMachineFactory(
                i -> (function, arguments) -> NOTHING) // No code runs, start or not.
            .withMemoryFactory(
                limits ->
                    new ByteArrayMemory(
                        new MemoryLimits(limits.initialPages(), limits.initialPages())))
            .withTableFactory(DeclaredStore::table)
            .withStart(false)
            .build();
    byte[][] data = new byte[wasm.dataSection().dataSegmentCount()][];
    int[][] elements = new int[wasm.elementSection().elementCount()][];
    long[] dropped = Segments.noneDropped(data.length + elements.length);
    for (int i = 0; i < data.length; i++) {
      var segment = wasm.dataSection().getDataSegment(i);
      data[i] = segment.data();
      if (segment instanceof ActiveDataSegment) {
        Segments.drop(dropped, i);
      }
    }
    for (int i = 0; i < elements.length; i++) {
      Element element = wasm.elementSection().getElement(i);
      elements[i] = references(instance, element);
      if (element instanceof ActiveElement || element instanceof DeclarativeElement) {
        Segments.drop(dropped, data.length + i);
      }
    }
    var image = new StoreImage(memory(instance), globals(instance), tables(instance), dropped);
    return new DeclaredStore(image, data, elements);
  }

  /** A table with limits of its own: growing one changes its limits in place, the module's else. */
  private static TableInstance table(Table table, int initialValue) {
    var limits = new TableLimits(table.limits().min(), table.limits().max());
    return new TableInstance(new Table(table.elementType(), limits), initialValue);
  }

  private static int[] references(Instance instance, Element element) {
    List<List<Instruction>> initializers = element.initializers();
    int[] references = new int[initializers.size()];
    for (int i = 0; i < references.length; i++) {
      references[i] =
          (int) ConstantEvaluators.computeConstantValue(instance, initializers.get(i))[0];
    }
    return references;
  }

  private static MemoryImage memory(Instance instance) {
    var memory = instance.memory();
    return memory == null
        ? MemoryImage.zeroes(0)
        : MemoryImage.of(memory.pages(), memory::readBytes);
  }

  private static long[] globals(Instance instance) {
    long[] globals = new long[instance.globalCount()];
    for (int i = 0; i < globals.length; i++) {
      globals[i] = instance.global(i).getValueLow();
    }
    return globals;
  }

  private static int[][] tables(Instance instance) {
    int[][] tables = new int[instance.tableCount()][];
    for (int i = 0; i < tables.length; i++) {
      TableInstance table = instance.table(i);
      tables[i] = new int[table.size()];
      for (int j = 0; j < tables[i].length; j++) {
        tables[i][j] = table.ref(j);
      }
    }
    return tables;
  }
}
