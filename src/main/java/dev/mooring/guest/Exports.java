package dev.mooring.guest;

import static java.util.Objects.requireNonNull;

import dev.mooring.guest.compile.CompiledModule;
import dev.mooring.guest.intake.ModuleSummary;
import dev.mooring.guest.intake.Signature;
import dev.mooring.guest.machine.CompiledFunction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A module's exported functions: those that clients may call, and the hooks that the server calls.
 * A function that takes or gives references is neither.
 */
final class Exports {
  static final String INITIALIZE = "_initialize";
  static final String START = "_start";
  static final String OPEN = "mooring_open";
  static final String CLOSE = "mooring_close";
  static final String TIMER = "mooring_timer";

  private static final String SCRIPT_RUN = "mooring_script_run";
  private static final String SCRIPT_CALL = "mooring_script_call";

  private static final String RESERVED_PREFIX = "mooring_";

  /** What of a script's exports the server calls, and no client. */
  private static final Map<String, String> SCRIPT_HOOKS = Map.of("open", OPEN, "close", CLOSE);

  private final List<ExportedFunction> callable;
  private final List<ExportedFunction> all;
  private final Map<String, ExportedFunction> byName = new HashMap<>();
  private final Map<String, ExportedFunction> hooks = new HashMap<>();
  private final int startFunction;

  /** Whether the first so many functions are a script's, of which the engine is told the number. */
  private final boolean isScript;

  private Exports(ModuleSummary summary) {
    this.startFunction = summary.startFunction();
    this.isScript = false;
    for (boolean reserved : new boolean[] {false, true}) {
      for (var export : summary.exportedFunctions()) {
        Signature signature = export.signature();
        if (isReserved(export.name()) == reserved && isNumeric(signature)) {
          (reserved ? hooks : byName)
              .put(export.name(), function(byName.size() + hooks.size(), export));
        }
      }
    }
    callable = inOrder(byName.values().stream());
    all = inOrder(Stream.concat(callable.stream(), hooks.values().stream()));
  }

  private Exports(Exports engine, List<String> names) {
    this.startFunction = ModuleSummary.NO_START_FUNCTION;
    this.isScript = true;
    int call = engine.scriptHook(SCRIPT_CALL).functionIndex();
    for (String name : names) {
      if (!SCRIPT_HOOKS.containsKey(name)) {
        byName.put(name, new ExportedFunction(byName.size(), name, call, List.of(), List.of()));
      }
    }
    addHook(INITIALIZE, engine.scriptHook(SCRIPT_RUN));
    addHook(TIMER, engine.scriptHook(TIMER));
    SCRIPT_HOOKS.forEach(
        (name, hook) -> {
          if (names.contains(name)) {
            addHook(hook, engine.scriptHook(hook));
          }
        });
    callable = inOrder(byName.values().stream());
    all = inOrder(Stream.concat(callable.stream(), hooks.values().stream()));
  }

  private void addHook(String name, ExportedFunction of) {
    int index = byName.size() + hooks.size();
    hooks.put(
        name, new ExportedFunction(index, name, of.functionIndex(), of.parameters(), of.results()));
  }

  private static List<ExportedFunction> inOrder(Stream<ExportedFunction> functions) {
    return functions.sorted(Comparator.comparingInt(ExportedFunction::index)).toList();
  }

  /** Of a module that was let in. */
  static Exports of(ModuleSummary summary) {
    return new Exports(summary);
  }

  /**
   * Of a script that this module runs.
   *
   * @param names of the functions that it exports, in the order of their numbers
   */
  Exports ofScript(List<String> names) {
    return new Exports(this, names);
  }

  private ExportedFunction scriptHook(String name) {
    return requireNonNull(hook(name), name);
  }

  /** What is behind a function. */
  Door door(ExportedFunction function, CompiledModule compiled) {
    boolean isNumbered = isScript && function.index() < callable.size();
    return new Door(
        compiled.function(function.functionIndex()),
        isNumbered ? new long[] {function.index()} : null,
        !isScript && function.name().equals(START));
  }

  private static boolean isReserved(String name) {
    return name.equals(INITIALIZE) || name.startsWith(RESERVED_PREFIX);
  }

  private static boolean isNumeric(Signature signature) {
    return signature.params().stream().noneMatch(t -> t.isReference())
        && signature.results().stream().noneMatch(t -> t.isReference());
  }

  private static ExportedFunction function(int index, ModuleSummary.ExportedFunction export) {
    return new ExportedFunction(
        index,
        export.name(),
        export.index(),
        export.signature().params(),
        export.signature().results());
  }

  /** Those that clients may call; their indices are 0, 1, 2 and so on. */
  List<ExportedFunction> callable() {
    return callable;
  }

  @Nullable ExportedFunction callable(String name) {
    return byName.get(name);
  }

  @Nullable ExportedFunction hook(String name) {
    return hooks.get(name);
  }

  /** The callable ones, then the hooks; each at its index. */
  List<ExportedFunction> all() {
    return all;
  }

  /** The indices, in the module, of all functions that may be called from outside. */
  List<Integer> entrances() {
    var entrances = new java.util.TreeSet<Integer>();
    all.forEach(function -> entrances.add(function.functionIndex()));
    if (startFunction != ModuleSummary.NO_START_FUNCTION) {
      entrances.add(startFunction);
    }
    return List.copyOf(entrances);
  }

  /** What initialises an instance: the start function, then {@code _initialize}; often neither. */
  List<CompiledFunction> initialisation(CompiledModule compiled) {
    var functions = new ArrayList<CompiledFunction>();
    if (startFunction != ModuleSummary.NO_START_FUNCTION) {
      functions.add(compiled.function(startFunction));
    }
    ExportedFunction initialize = hook(INITIALIZE);
    if (initialize != null) {
      functions.add(compiled.function(initialize.functionIndex()));
    }
    return functions;
  }
}
