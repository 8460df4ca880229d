package dev.mooring.guest;

import com.dylibso.chicory.compiler.InterpreterFallback;
import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.Export;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.ValType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A module that was let in, compiled: immutable, shared by all its sessions on all event loops. */
public final class GuestModule {
  static final String INITIALIZE = "_initialize";

  private static final String RESERVED_PREFIX = "mooring_";
  private static final String CONFIG_SECTION = "mooring.config";

  private final String digest;
  private final long sizeBytes;
  private final WasmModule wasm;
  private final Function<Instance, Machine> machine;
  private final List<ExportedFunction> exports;
  private final Map<String, ExportedFunction> byName;
  private final Map<String, ExportedFunction> hooks;
  private final @Nullable Map<String, String> configKeys;

  private GuestModule(
      byte[] bytes,
      WasmModule wasm,
      Function<Instance, Machine> machine,
      List<ExportedFunction> exports,
      Map<String, ExportedFunction> hooks) {
    this.digest = digest(bytes);
    this.sizeBytes = bytes.length;
    this.wasm = wasm;
    this.machine = machine;
    this.exports = List.copyOf(exports);
    this.hooks = Map.copyOf(hooks);
    var names = new HashMap<String, ExportedFunction>();
    for (ExportedFunction export : exports) {
      names.put(export.name(), export);
    }
    this.byName = Map.copyOf(names);
    this.configKeys = configKeys(wasm);
  }

  /**
   * Lets a module in and compiles it; may take seconds. Not on an event loop.
   *
   * @throws ModuleRefused if it is no module, or not one that may run here
   */
  public static GuestModule compile(byte[] bytes) throws ModuleRefused {
    try {
      WasmModule wasm = Parser.parse(bytes);
      var exports = new ArrayList<ExportedFunction>();
      var hooks = new HashMap<String, ExportedFunction>();
      for (int i = 0; i < wasm.exportSection().exportCount(); i++) {
        Export export = wasm.exportSection().getExport(i);
        if (export.exportType() != ExternalType.FUNCTION) {
          continue;
        }
        FunctionType type = functionType(wasm, export.index());
        if (export.name().equals(INITIALIZE) || export.name().startsWith(RESERVED_PREFIX)) {
          hooks.put(export.name(), function(-1, export, type));
        } else if (isCallable(type)) {
          exports.add(function(exports.size(), export, type));
        }
      }
      HostFunctions.bind(wasm, new HostCalls(new SecureRandom()));
      Function<Instance, Machine> machine =
          MachineFactoryCompiler.builder(wasm)
              .withInterpreterFallback(InterpreterFallback.FAIL)
              .compile();
      return new GuestModule(bytes, wasm, machine, exports, hooks);
    } catch (RuntimeException | StackOverflowError e) {
      throw new ModuleRefused("is not a module that can run here: " + e.getMessage());
    }
  }

  private static FunctionType functionType(WasmModule wasm, int functionIndex) {
    int imports = wasm.importSection().count(ExternalType.FUNCTION);
    if (functionIndex < imports) {
      throw new IllegalArgumentException("exports an imported function");
    }
    return wasm.functionSection().getFunctionType(functionIndex - imports, wasm.typeSection());
  }

  private static boolean isCallable(FunctionType type) {
    return type.params().stream().allMatch(ValType::isNumeric)
        && type.returns().stream().allMatch(ValType::isNumeric);
  }

  private static ExportedFunction function(int index, Export export, FunctionType type) {
    return new ExportedFunction(
        index,
        export.name(),
        export.index(),
        type.params().stream().map(GuestModule::valueType).toList(),
        type.returns().stream().map(GuestModule::valueType).toList());
  }

  private static ValueType valueType(ValType type) {
    return ValueType.valueOf(type.name());
  }

  private static @Nullable Map<String, String> configKeys(WasmModule wasm) {
    if (!(wasm.customSection(CONFIG_SECTION)
        instanceof com.dylibso.chicory.wasm.types.UnknownCustomSection section)) {
      return null;
    }
    var keys = new LinkedHashMap<String, String>();
    new String(section.bytes(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank())
        .forEach(
            line -> {
              int colon = line.indexOf(':');
              String key = colon < 0 ? line : line.substring(0, colon);
              keys.put(key.strip(), colon < 0 ? "" : line.substring(colon + 1).strip());
            });
    return keys;
  }

  /** {@code sha256:} and 64 hexadecimal digits: what these bytes are called. */
  public static String digest(byte[] bytes) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  public String digest() {
    return digest;
  }

  public long sizeBytes() {
    return sizeBytes;
  }

  /** The functions that clients may call, in the order of their indices. */
  public List<ExportedFunction> exports() {
    return exports;
  }

  public @Nullable ExportedFunction export(String name) {
    return byName.get(name);
  }

  /** The keys that the module says it knows, with what it says of them; null if it doesn't say. */
  public @Nullable Map<String, String> configKeys() {
    return configKeys;
  }

  /** Called when a session has been opened. */
  public @Nullable ExportedFunction openHook() {
    return hooks.get("mooring_open");
  }

  /** Called before a session ends. */
  public @Nullable ExportedFunction closeHook() {
    return hooks.get("mooring_close");
  }

  /** Called with a timer's id when it is due. */
  public @Nullable ExportedFunction timerHook() {
    return hooks.get("mooring_timer");
  }

  @Nullable ExportedFunction initializeHook() {
    return hooks.get(INITIALIZE);
  }

  WasmModule wasm() {
    return wasm;
  }

  Function<Instance, Machine> machine() {
    return machine;
  }
}
