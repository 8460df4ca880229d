package dev.mooring.guest;

import dev.mooring.guest.compile.CompiledModule;
import dev.mooring.guest.intake.ModuleSummary;
import dev.mooring.guest.intake.Signature;
import dev.mooring.guest.machine.CompiledFunction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  private static final String RESERVED_PREFIX = "mooring_";

  private final List<ExportedFunction> callable;
  private final List<ExportedFunction> all;
  private final Map<String, ExportedFunction> byName = new HashMap<>();
  private final Map<String, ExportedFunction> hooks = new HashMap<>();
  private final int startFunction;

  private Exports(ModuleSummary summary) {
    this.startFunction = summary.startFunction();
    for (boolean reserved : new boolean[] {false, true}) {
      for (var export : summary.exportedFunctions()) {
        Signature signature = export.signature();
        if (isReserved(export.name()) == reserved && isNumeric(signature)) {
          (reserved ? hooks : byName)
              .put(export.name(), function(byName.size() + hooks.size(), export));
        }
      }
    }
    var inOrder = new ArrayList<ExportedFunction>(byName.values());
    inOrder.sort(java.util.Comparator.comparingInt(ExportedFunction::index));
    callable = List.copyOf(inOrder);
    inOrder.addAll(hooks.values());
    inOrder.sort(java.util.Comparator.comparingInt(ExportedFunction::index));
    all = List.copyOf(inOrder);
  }

  /** Of a module that was let in. */
  static Exports of(ModuleSummary summary) {
    return new Exports(summary);
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
