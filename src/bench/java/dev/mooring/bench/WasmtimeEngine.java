package dev.mooring.bench;

import io.github.kawamuray.wasmtime.Engine;
import io.github.kawamuray.wasmtime.Extern;
import io.github.kawamuray.wasmtime.Func;
import io.github.kawamuray.wasmtime.FuncType;
import io.github.kawamuray.wasmtime.ImportType;
import io.github.kawamuray.wasmtime.Instance;
import io.github.kawamuray.wasmtime.Module;
import io.github.kawamuray.wasmtime.Store;
import io.github.kawamuray.wasmtime.Val;
import java.util.ArrayList;
import java.util.List;

/**
 * wasmtime through its Java binding, with its defaults. A store for each session, since memory is
 * only given back with its store; and the host functions in each store, since the binding has it
 * so.
 */
final class WasmtimeEngine implements dev.mooring.bench.Engine {
  private static final Val[] NO_ARGUMENTS = {};

  private final Engine engine = new Engine();

  @Override
  public Guest<?> load(byte[] wasm, String function) {
    Module module = Module.fromBinary(engine, wasm);
    var types = new ArrayList<FuncType>();
    for (ImportType wanted : module.imports()) {
      if (wanted.type() == ImportType.Type.FUNC) {
        types.add(wanted.func());
      }
    }
    // The binding can't say what a function takes; by their names, only the kernels take a number.
    boolean takesNumber = function.startsWith("run_");
    return new Loaded(engine, module, types, function, takesNumber);
  }

  @Override
  public int maxLive() {
    return 1_000;
  }

  private record Session(Store<Void> store, List<Func> host, Instance instance, Func function) {}

  private record Loaded(
      Engine engine,
      Module module,
      List<FuncType> imports,
      String functionName,
      boolean takesNumber)
      implements Guest<Session> {
    @Override
    public Session open() {
      Store<Void> store = new Store<>(null, engine);
      var host = new ArrayList<Func>(imports.size());
      var externs = new ArrayList<Extern>(imports.size());
      for (FuncType type : imports) {
        Func function =
            new Func(
                store,
                type,
                (caller, arguments, results) -> {
                  throw new UnsupportedOperationException(type.toString());
                });
        host.add(function);
        externs.add(Extern.fromFunc(function));
      }
      var instance = new Instance(store, module, externs);
      return new Session(
          store, host, instance, instance.getFunc(store, functionName).orElseThrow());
    }

    @Override
    public long call(Session session, int argument) {
      Val[] results =
          takesNumber
              ? session.function.call(session.store, Val.fromI32(argument))
              : session.function.call(session.store, NO_ARGUMENTS);
      return results[0].i64();
    }

    @Override
    public void close(Session session) {
      session.function.dispose();
      session.instance.dispose();
      session.host.forEach(Func::dispose);
      session.store.dispose();
    }
  }
}
