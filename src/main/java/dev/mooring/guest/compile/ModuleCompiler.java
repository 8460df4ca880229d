package dev.mooring.guest.compile;

import com.dylibso.chicory.compiler.InterpreterFallback;
import com.dylibso.chicory.compiler.internal.ClassCollector;
import com.dylibso.chicory.compiler.internal.Compiler;
import com.dylibso.chicory.compiler.internal.Shaded;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import dev.mooring.guest.intake.ModuleSummary.ImportedFunction;
import dev.mooring.guest.machine.CompiledFunction;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Compiles a module to classes of the JVM's: Chicory's compiler does the work, with our operations
 * in it ({@link Splice}), and what comes out is linked to our host functions and given doors
 * ({@link Linker}); those that are to be traced tell what they do ({@link Tracing}).
 *
 * <p>Compile thread.
 */
public final class ModuleCompiler {
  static final String PACKAGE = "dev.mooring.guest.compiled.";

  /** What {@link Splice} makes of Chicory's class; the same for all modules. */
  private static final Map<InterruptionCheck, byte[]> SPLICED = new ConcurrentHashMap<>();

  private ModuleCompiler() {}

  /**
   * Compiles, loads and verifies.
   *
   * @param module the bytes of a module that intake has let in
   * @param name names the classes, in stack traces
   * @param imports what the imported functions are, in order
   * @param doors the functions that will be called from outside, by index
   * @param check what is asked at every back-edge and call
   * @param isTraced whether it tells of each function that it enters and leaves, at some cost
   * @throws CodeTooLarge if the JVM can't hold what it becomes
   */
  public static CompiledModule compile(
      byte[] module,
      String name,
      List<ImportedFunction> imports,
      Collection<Integer> doors,
      InterruptionCheck check,
      boolean isTraced) {
    String className = PACKAGE + name;
    WasmModule wasm = BlockExits.corrected(parse(module));
    var linker = new Linker(wasm, className, HostLinks.resolve(imports));
    Map<String, byte[]> classes;
    try {
      classes = linker.link(classes(wasm, className, check), doors);
      classes = isTraced ? Tracing.of(classes) : classes;
    } catch (RuntimeException e) {
      throw CodeTooLarge.in(e);
    }
    if (!linker.largeFunctions().isEmpty()) {
      LargeCode.bound();
    }
    var loader = new ModuleClassLoader(name, classes);
    try {
      // All of them now: a guest that has used up its stack is no place to load a class.
      for (String generated : classes.keySet()) {
        Class.forName(generated, true, loader);
      }
      ((Runnable) instance(loader, linker.checkClassName())).run();
      Map<Integer, CompiledFunction> functions = new HashMap<>();
      for (int door : doors) {
        functions.put(door, (CompiledFunction) instance(loader, linker.doorClassName(door)));
      }
      return new CompiledModule(
          name, Map.copyOf(functions), loader.stopSwitch(), linker.largeFunctions());
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new IllegalStateException("generated code does not load", e);
    }
  }

  /**
   * Leaves custom sections unread. For the section of names Chicory 1.7.5 takes quadratic time if
   * they aren't sorted, 5 s for a module of 2 MB, and it refuses names that are no Java
   * identifiers, although a module is valid whatever they are.
   */
  private static WasmModule parse(byte[] module) {
    return Parser.builder()
        .withCustomParsers(Map.of())
        .build()
        .parse(() -> new ByteArrayInputStream(module));
  }

  /** What Chicory's compiler makes of a module. */
  private static Map<String, byte[]> classes(
      WasmModule wasm, String className, InterruptionCheck check) {
    var compiled =
        Compiler.builder(wasm)
            .withClassName(className)
            .withInterpreterFallback(InterpreterFallback.FAIL)
            .withClassCollectorFactory(() -> new Collector(check))
            .build()
            .compile();
    return compiled.collector().classBytes();
  }

  private static Object instance(ModuleClassLoader loader, String name)
      throws ReflectiveOperationException {
    return loader.loadClass(name).getConstructor().newInstance();
  }

  /** Keeps what the compiler makes, and hands it our {@code Shaded}. Nothing is loaded yet. */
  private static final class Collector implements ClassCollector {
    private final Map<String, byte[]> classes = new HashMap<>();
    private final InterruptionCheck check;
    private @Nullable String mainClass;

    Collector(InterruptionCheck check) {
      this.check = check;
    }

    @Override
    public @Nullable String mainClassName() {
      return mainClass;
    }

    @Override
    public void putMainClass(String className, byte[] bytes) {
      mainClass = className;
      put(className, bytes);
    }

    @Override
    public void put(String name, byte[] data) {
      classes.put(name.replace('/', '.'), data);
    }

    @Override
    public void putAll(ClassCollector collector) {
      collector.classBytes().forEach(this::put);
    }

    @Override
    public Map<String, byte[]> classBytes() {
      return Collections.unmodifiableMap(classes);
    }

    @Override
    public byte[] resolve(Class<?> type) {
      if (type != Shaded.class) {
        throw new IllegalStateException("the compiler asks for " + type + ", new to us");
      }
      return SPLICED.computeIfAbsent(check, each -> Splice.splice(chicorysShaded(), each));
    }
  }

  /** The bytes of Chicory's class as it comes. */
  static byte[] chicorysShaded() {
    String resource = Shaded.class.getSimpleName() + ".class";
    try (var stream = Shaded.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException("Chicory's jar lacks " + resource);
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
