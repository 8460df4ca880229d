package dev.mooring.guest;

import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.runtime.TableInstance;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.Table;
import com.dylibso.chicory.wasm.types.TableLimits;
import dev.mooring.guest.memory.MemoryImage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A guest on the engine as it comes, with an instance and a memory of its own and host functions
 * written anew: what a space must be equal to.
 */
final class PlainInstance {
  private static final long[] NOTHING = {};
  private static final List<String> LEVELS = List.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR");

  /** A compiled module, and how to make instances of it. */
  static final class Maker {
    private final WasmModule wasm;
    private final Function<Instance, Machine> machines;

    Maker(byte[] bytes) {
      wasm = Parser.parse(bytes);
      machines = MachineFactoryCompiler.compile(wasm);
    }

    PlainInstance make(Map<String, String> config) {
      return new PlainInstance(this, config);
    }
  }

  final Instance instance;
  final ByteArrayOutputStream output = new ByteArrayOutputStream();
  final List<String> sent = new ArrayList<>();
  private final Map<String, String> config;
  private byte[] input = {};

  private PlainInstance(Maker maker, Map<String, String> config) {
    this.config = config;
    var functions = new ArrayList<ImportFunction>();
    for (int i = 0; i < maker.wasm.importSection().importCount(); i++) {
      var wanted = (FunctionImport) maker.wasm.importSection().getImport(i);
      FunctionType type = maker.wasm.typeSection().getType(wanted.typeIndex());
      functions.add(
          new HostFunction(
              wanted.module(),
              wanted.name(),
              type,
              (caller, arguments) -> serve(wanted.name(), caller.memory(), arguments)));
    }
    instance =
        Instance.builder(maker.wasm)
            .withImportValues(ImportValues.builder().withFunctions(functions).build())
            .withMachineFactory(maker.machines)
            .withMemoryFactory(
                limits ->
                    new ByteArrayMemory(
                        new MemoryLimits(
                            limits.initialPages(),
                            Math.min(
                                limits.maximumPages(),
                                (int) (GuestFixture.MEMORY_BYTES / Memory.PAGE_SIZE)))))
            .withTableFactory(
                (table, initial) ->
                    new TableInstance(
                        new Table( // With limits of its own: growing changes them in place.
                            table.elementType(),
                            new TableLimits(table.limits().min(), table.limits().max())),
                        initial))
            .withStart(false)
            .build();
  }

  /** Calls an export; what it sent before is forgotten. */
  long[] call(String function, byte[] payload, long... arguments) {
    output.reset();
    sent.clear();
    input = payload;
    long[] results = instance.export(function).apply(arguments);
    return results == null ? NOTHING : results;
  }

  private long[] serve(String name, Memory memory, long[] arguments) {
    int first = arguments.length > 0 ? (int) arguments[0] : 0;
    int second = arguments.length > 1 ? (int) arguments[1] : 0;
    int third = arguments.length > 2 ? (int) arguments[2] : 0;
    return switch (name) {
      case "input_len" -> new long[] {input.length};
      case "input_read" -> {
        int count = Math.max(0, Math.min(third, input.length - second));
        if (count > 0) {
          memory.write(first, input, second, count);
        }
        yield new long[] {count};
      }
      case "output_write" -> {
        output.writeBytes(memory.readBytes(first, second));
        yield NOTHING;
      }
      case "event" -> {
        sent.add("event " + text(memory, first, second));
        yield NOTHING;
      }
      case "log" -> {
        sent.add("log " + LEVELS.get(Math.min(first, 4)) + " " + text(memory, second, third));
        yield NOTHING;
      }
      case "timer_set" -> {
        sent.add("timer " + first + " in " + second);
        yield NOTHING;
      }
      case "timer_clear" -> {
        sent.add("timer " + first + " in -1");
        yield NOTHING;
      }
      case "config_get" -> {
        String value = config.get(text(memory, first, second));
        if (value == null) {
          yield new long[] {-1};
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        memory.write(third, bytes, 0, Math.min(bytes.length, (int) arguments[3]));
        yield new long[] {bytes.length};
      }
      case "time_unix_nanos" -> new long[] {1};
      case "environ_sizes_get" -> {
        int bytes = 0;
        for (var entry : config.entrySet()) {
          bytes += entry.getKey().length() + entry.getValue().length() + 2;
        }
        memory.writeI32(first, config.size());
        memory.writeI32(second, bytes);
        yield new long[] {0};
      }
      case "fd_write" -> {
        int total = 0;
        for (int i = 0; i < third; i++) {
          int address = memory.readInt(second + 8 * i);
          int length = memory.readInt(second + 8 * i + 4);
          sent.add("log INFO " + text(memory, address, length));
          total += length;
        }
        memory.writeI32((int) arguments[3], total);
        yield new long[] {0};
      }
      default -> throw new IllegalStateException("the model has no " + name);
    };
  }

  private static String text(Memory memory, int address, int length) {
    return new String(memory.readBytes(address, length), StandardCharsets.UTF_8);
  }

  /** All that it holds; dropped segments can't be seen. */
  StoreImage state() {
    return state(instance, new long[0]);
  }

  static StoreImage state(Instance instance, long[] droppedSegments) {
    Memory memory = instance.memory();
    long[] globals = new long[instance.globalCount()];
    for (int i = 0; i < globals.length; i++) {
      globals[i] = instance.global(i).getValueLow();
    }
    int[][] tables = new int[instance.tableCount()][];
    for (int i = 0; i < tables.length; i++) {
      tables[i] = new int[instance.table(i).size()];
      for (int j = 0; j < tables[i].length; j++) {
        tables[i][j] = instance.table(i).ref(j);
      }
    }
    var image = new MemoryImage.Builder(memory == null ? 0 : memory.pages());
    if (memory != null) {
      int bytes = memory.pages() * Memory.PAGE_SIZE;
      image.write(0, memory.readBytes(0, bytes), 0, bytes);
    }
    return new StoreImage(image.build(), globals, tables, droppedSegments);
  }
}
