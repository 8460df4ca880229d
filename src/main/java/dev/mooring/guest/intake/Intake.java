package dev.mooring.guest.intake;

import dev.mooring.guest.intake.HostImports.HostImport;
import dev.mooring.guest.intake.ModuleRejection.Reason;
import dev.mooring.guest.intake.ModuleSummary.Code;
import dev.mooring.guest.intake.ModuleSummary.Export;
import dev.mooring.guest.intake.ModuleSummary.ExportKind;
import dev.mooring.guest.intake.ModuleSummary.ExportedFunction;
import dev.mooring.guest.intake.ModuleSummary.Global;
import dev.mooring.guest.intake.ModuleSummary.Hooks;
import dev.mooring.guest.intake.ModuleSummary.ImportedFunction;
import dev.mooring.guest.intake.ModuleSummary.Linked;
import dev.mooring.guest.intake.ModuleSummary.Memory;
import dev.mooring.guest.intake.ModuleSummary.Table;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Examines a module before the engine sees it. What passes is a valid WebAssembly module of the
 * parts that are run here, within the limits, importing only what {@link HostImports} offers.
 *
 * <p>Takes time linear in the number of bytes, and memory bounded by the limits, for any bytes.
 */
public final class Intake {
  /** The name under which a module exports its memory to host functions. */
  public static final String MEMORY_EXPORT = "memory";

  /** What a command exports of itself: {@code main} only if rustc has built it. */
  private static final Set<String> COMMANDS_OWN = Set.of("_start", "main");

  private static final Signature TIMER = new Signature(List.of(ValueType.I32), List.of());

  private final ModuleDraft draft;
  private final CompileCost cost;
  private final int size;

  private Intake(ModuleDraft draft, CompileCost cost, int size) {
    this.draft = draft;
    this.cost = cost;
    this.size = size;
  }

  /**
   * Reads and checks a whole module.
   *
   * @param wasm the module's bytes, which are only read
   * @throws ModuleRejection if the module may not come in; nothing else is thrown, whatever the
   *     bytes are
   */
  public static ModuleSummary examine(byte[] wasm, IntakeLimits limits) {
    WasmReader.atMost("bytes", wasm.length, limits.moduleBytes(), Reason.MODULE_TOO_LARGE, 0);
    var draft = new ModuleDraft(limits);
    var cost = new CompileCost(limits);
    new ModuleParser(wasm, limits, draft, cost).parse();
    return new Intake(draft, cost, wasm.length).summary();
  }

  private ModuleSummary summary() {
    Memory memory = memory();
    requireReachableMemory(memory);
    var exportedFunctions = new ArrayList<ExportedFunction>();
    for (Export export : draft.exports) {
      if (export.kind() == ExportKind.FUNCTION) {
        exportedFunctions.add(
            new ExportedFunction(
                export.name(), export.index(), draft.functions.get(export.index())));
      }
    }
    Map<String, String> configKeys = draft.configKeys;
    return new ModuleSummary(
        draft.imports,
        draft.exports,
        exportedFunctions,
        hooks(),
        memory,
        tables(),
        globals(),
        draft.data,
        draft.elements,
        draft.startFunction,
        code(),
        draft.customSections,
        configKeys == null ? null : Collections.unmodifiableMap(configKeys),
        draft.fixedInputs,
        new Linked(stackPointer(), hasCommandExports(exportedFunctions)));
  }

  /** A command that exports nothing else is meant to be wrapped: it runs as a whole. */
  private boolean hasCommandExports(List<ExportedFunction> functions) {
    boolean isOneCall =
        !functions.isEmpty()
            && functions.stream().allMatch(function -> COMMANDS_OWN.contains(function.name()));
    return !isOneCall && (draft.names.commandExports || draft.wrappers.areAll(draft));
  }

  private int stackPointer() {
    long named = draft.names.stackPointer;
    if (named < 0 || named >= draft.globals.size()) {
      return -1;
    }
    var global = draft.globals.get((int) named);
    return global.mutable() && global.type() == ValueType.I32 ? (int) named : -1;
  }

  private @Nullable Memory memory() {
    var memory = draft.memory;
    if (memory == null) {
      return null;
    }
    String exportedAs = null;
    for (Export export : draft.exports) {
      if (export.kind() == ExportKind.MEMORY
          && (exportedAs == null || export.name().equals(MEMORY_EXPORT))) {
        exportedAs = export.name();
      }
    }
    return new Memory(memory.initialPages(), memory.maximumPages(), exportedAs);
  }

  /** Host functions that take addresses need a memory to which they apply. */
  private void requireReachableMemory(@Nullable Memory memory) {
    if (memory != null && MEMORY_EXPORT.equals(memory.exportedAs())) {
      return;
    }
    for (ImportedFunction function : draft.imports) {
      HostImport offered = HostImports.find(function.module(), function.name());
      if (offered != null && offered.takesPointer()) {
        throw new ModuleRejection(
            Reason.MEMORY_NOT_EXPORTED,
            size,
            "imports "
                + function.module()
                + "."
                + function.name()
                + ", which reads or writes guest memory, but exports no memory named '"
                + MEMORY_EXPORT
                + "'");
      }
    }
  }

  private Hooks hooks() {
    return new Hooks(
        hook("_initialize", Signature.NOTHING),
        hook("_start", Signature.NOTHING),
        hook("mooring_open", Signature.NOTHING),
        hook("mooring_close", Signature.NOTHING),
        hook("mooring_timer", TIMER));
  }

  private boolean hook(String name, Signature signature) {
    for (Export export : draft.exports) {
      if (!export.name().equals(name)) {
        continue;
      }
      String found =
          export.kind() == ExportKind.FUNCTION
              ? draft.functions.get(export.index()).toString()
              : export.kind().toString();
      if (!found.equals(signature.toString())) {
        throw new ModuleRejection(
            Reason.WRONG_EXPORT,
            size,
            "exports " + name + " as " + found + "; expected a function " + signature);
      }
      return true;
    }
    return false;
  }

  private List<Table> tables() {
    BitSet exported = exported(ExportKind.TABLE);
    var tables = new ArrayList<Table>();
    for (int i = 0; i < draft.tables.size(); i++) {
      var table = draft.tables.get(i);
      tables.add(
          new Table(
              table.type(),
              table.initial(),
              table.maximum(),
              table.reference(),
              draft.writtenTables.get(i),
              exported.get(i)));
    }
    return tables;
  }

  private List<Global> globals() {
    BitSet exported = exported(ExportKind.GLOBAL);
    var globals = new ArrayList<Global>();
    for (int i = 0; i < draft.globals.size(); i++) {
      var global = draft.globals.get(i);
      globals.add(
          new Global(
              global.type(),
              global.mutable(),
              global.initial(),
              draft.writtenGlobals.get(i),
              exported.get(i)));
    }
    return globals;
  }

  private BitSet exported(ExportKind kind) {
    var indices = new BitSet();
    for (Export export : draft.exports) {
      if (export.kind() == kind) {
        indices.set(export.index());
      }
    }
    return indices;
  }

  private Code code() {
    return new Code(
        draft.definedFunctions(),
        draft.codeBytes,
        draft.largestFunctionBytes,
        draft.instructions,
        cost.steps(),
        cost.largestFrameSlots(),
        draft.memoryGrow,
        draft.segmentDrop,
        draft.bulkMemory,
        draft.tailCalls);
  }
}
