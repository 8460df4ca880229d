package dev.mooring.bench;

import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.ExportFunction;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionImport;
import java.util.function.Function;

/**
 * Chicory as it comes: compiled, its memory for OpenJDK, its default factories, an instance for
 * each session.
 */
final class ChicoryEngine implements Engine {
  @Override
  public Guest<?> load(byte[] wasm, String function) {
    WasmModule module = Parser.parse(wasm);
    return new Loaded(module, MachineFactoryCompiler.compile(module), imports(module), function);
  }

  /** What the guests import. None of those that are called here calls any of it. */
  private static ImportValues imports(WasmModule module) {
    var values = ImportValues.builder();
    var section = module.importSection();
    for (int i = 0; i < section.importCount(); i++) {
      if (section.getImport(i).importType() == ExternalType.FUNCTION) {
        values.addFunction(function(module, (FunctionImport) section.getImport(i)));
      }
    }
    return values.build();
  }

  private static ImportFunction function(WasmModule module, FunctionImport wanted) {
    return new HostFunction(
        wanted.module(),
        wanted.name(),
        module.typeSection().getType(wanted.typeIndex()),
        (instance, arguments) -> {
          throw new UnsupportedOperationException(wanted.name());
        });
  }

  @Override
  public int maxLive() {
    return 500;
  }

  private record Session(Instance instance, ExportFunction function) {}

  private record Loaded(
      WasmModule module,
      Function<Instance, Machine> machine,
      ImportValues imports,
      String functionName)
      implements Guest<Session> {
    @Override
    public Session open() {
      Instance instance =
          Instance.builder(module)
              .withMachineFactory(machine)
              .withMemoryFactory(ByteArrayMemory::new)
              .withImportValues(imports)
              .build();
      return new Session(instance, instance.export(functionName));
    }

    @Override
    public long call(Session session, int argument) {
      return session.function.apply(argument)[0];
    }

    @Override
    public void close(Session session) {
      // Nothing to give back: the collector finds it.
    }
  }
}
