package dev.mooring.guest;

import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.Import;
import com.dylibso.chicory.wasm.types.ValType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Binds a module's imports to {@link HostCalls}. */
final class HostFunctions {
  static final String MODULE = "mooring";

  private static final long[] NOTHING = {};

  private HostFunctions() {}

  /** What an engine needs to link the module. The module has passed the intake. */
  static ImportValues bind(WasmModule module, HostCalls calls) throws ModuleRefused {
    var functions = new ArrayList<ImportFunction>();
    for (int i = 0; i < module.importSection().importCount(); i++) {
      Import wanted = module.importSection().getImport(i);
      HostFunction function = null;
      if (wanted.importType() == ExternalType.FUNCTION) {
        FunctionType type = module.typeSection().getType(((FunctionImport) wanted).typeIndex());
        function =
            switch (wanted.module()) {
              case MODULE -> function(calls, wanted.name(), type);
              case Wasi.MODULE -> Wasi.function(calls, wanted.name(), type);
              default -> null;
            };
      }
      if (function == null) {
        throw new ModuleRefused(
            "imports " + wanted.module() + "." + wanted.name() + ", which is not offered");
      }
      functions.add(function);
    }
    return ImportValues.builder().withFunctions(functions).build();
  }

  private static @Nullable HostFunction function(HostCalls calls, String name, FunctionType type) {
    return switch (name) {
      case "input_len" -> i32(name, type, 0, a -> calls.inputLen());
      case "input_read" ->
          i32(name, type, 3, a -> calls.inputRead((int) a[0], (int) a[1], (int) a[2]));
      case "output_write" -> action(name, type, 2, a -> calls.outputWrite((int) a[0], (int) a[1]));
      case "event" -> action(name, type, 2, a -> calls.event((int) a[0], (int) a[1]));
      case "fail" -> action(name, type, 2, a -> calls.fail((int) a[0], (int) a[1]));
      case "log" -> action(name, type, 3, a -> calls.log((int) a[0], (int) a[1], (int) a[2]));
      case "config_get" ->
          i32(name, type, 4, a -> calls.configGet((int) a[0], (int) a[1], (int) a[2], (int) a[3]));
      case "time_unix_nanos" ->
          type.params().isEmpty() && type.returns().equals(List.of(ValType.I64))
              ? new HostFunction(
                  MODULE, name, type, (instance, a) -> new long[] {calls.timeUnixNanos()})
              : null;
      case "random" -> action(name, type, 2, a -> calls.random((int) a[0], (int) a[1]));
      case "timer_set" -> action(name, type, 2, a -> calls.timerSet((int) a[0], (int) a[1]));
      case "timer_clear" -> action(name, type, 1, a -> calls.timerClear((int) a[0]));
      default -> null;
    };
  }

  private interface Action {
    void apply(long[] arguments);
  }

  private interface IntFunction {
    int apply(long[] arguments);
  }

  private static @Nullable HostFunction action(
      String name, FunctionType type, int parameters, Action action) {
    return takesInts(type, parameters) && type.returns().isEmpty()
        ? new HostFunction(
            MODULE,
            name,
            type,
            (Instance instance, long... a) -> {
              action.apply(a);
              return NOTHING;
            })
        : null;
  }

  private static @Nullable HostFunction i32(
      String name, FunctionType type, int parameters, IntFunction function) {
    return takesInts(type, parameters) && type.returns().equals(List.of(ValType.I32))
        ? new HostFunction(MODULE, name, type, (instance, a) -> new long[] {function.apply(a)})
        : null;
  }

  private static boolean takesInts(FunctionType type, int count) {
    return type.params().size() == count && type.params().stream().allMatch(ValType.I32::equals);
  }
}
