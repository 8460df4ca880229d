package dev.mooring.bench.peers;

import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.ValType;
import dev.mooring.guest.GuestModule;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.ValueType;
import java.util.List;
import java.util.function.Function;

/**
 * A module as the peers have it: parsed and compiled once, for all instances. Immutable.
 *
 * @param machine what Chicory's compiler made of it
 * @param exports the functions that may be called, in the order that clients count in
 * @param opened what a client is told when it has opened one
 */
record PeerModule(
    WasmModule wasm, Function<Instance, Machine> machine, List<Callable> exports, Opened opened) {
  private static final String SESSION_ID = "0000000000000000";
  private static final byte[] NO_TYPES = {};

  /**
   * A function that may be called.
   *
   * @param name as clients know it
   * @param parameterTypes numbers of {@code ValueType}
   * @param resultTypes likewise
   */
  @SuppressWarnings(
      "ArrayRecordComponent") // What writes results takes arrays; nobody changes them.
  record Callable(String name, byte[] parameterTypes, byte[] resultTypes) {}

  static PeerModule of(byte[] bytes) {
    WasmModule wasm = Parser.parse(bytes);
    List<Callable> exports = exports(wasm);
    var opened =
        Opened.newBuilder()
            .setSessionId(SESSION_ID)
            .setModuleDigest(GuestModule.digest(bytes))
            .setServer("a peer of mooring");
    for (Callable callable : exports) {
      var export = Export.newBuilder().setName(callable.name);
      for (byte type : callable.parameterTypes) {
        export.addParametersValue(type);
      }
      for (byte type : callable.resultTypes) {
        export.addResultsValue(type);
      }
      opened.addExports(export);
    }
    return new PeerModule(wasm, MachineFactoryCompiler.compile(wasm), exports, opened.build());
  }

  private static List<Callable> exports(WasmModule wasm) {
    var section = wasm.exportSection();
    return java.util.stream.IntStream.range(0, section.exportCount())
        .mapToObj(section::getExport)
        .filter(export -> export.exportType() == ExternalType.FUNCTION)
        .filter(export -> !export.name().startsWith("mooring_"))
        .filter(export -> !export.name().equals("_initialize"))
        .map(
            export -> {
              FunctionType type = functionType(wasm, export.index());
              return new Callable(export.name(), numbers(type.params()), numbers(type.returns()));
            })
        .toList();
  }

  private static FunctionType functionType(WasmModule wasm, int function) {
    int imported = wasm.importSection().count(ExternalType.FUNCTION);
    if (function < imported) {
      throw new IllegalArgumentException("a module that exports what it imports");
    }
    return wasm.functionSection().getFunctionType(function - imported, wasm.typeSection());
  }

  private static byte[] numbers(List<ValType> types) {
    byte[] numbers = types.isEmpty() ? NO_TYPES : new byte[types.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (byte) ValueType.valueOf(types.get(i).toString()).getNumber();
    }
    return numbers;
  }

  /** Which export has this name; -1 if none. */
  int indexOf(String name) {
    for (int i = 0; i < exports.size(); i++) {
      if (exports.get(i).name.equals(name)) {
        return i;
      }
    }
    return -1;
  }
}
