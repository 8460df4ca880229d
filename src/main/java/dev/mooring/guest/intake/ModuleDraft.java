package dev.mooring.guest.intake;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import dev.mooring.guest.intake.ModuleSummary.DataSegment;
import dev.mooring.guest.intake.ModuleSummary.ElementSegment;
import dev.mooring.guest.intake.ModuleSummary.Export;
import dev.mooring.guest.intake.ModuleSummary.ImportedFunction;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is known so far of the module that is being read. Used by one thread, for one module. */
final class ModuleDraft {
  static final int NO_DATA_COUNT = -1;

  /** A table as its section declares it. */
  record TableType(ValueType type, int initial, long maximum, int reference) {}

  /** A global as its section declares it. */
  record GlobalType(ValueType type, boolean mutable, long initial) {}

  /** A memory as its section declares it, in pages. */
  record MemoryType(int initialPages, int maximumPages) {}

  private final IntakeLimits limits;

  final List<Signature> types = new ArrayList<>();
  final List<ImportedFunction> imports = new ArrayList<>();

  /** The signature of every function, imported ones first. */
  final List<Signature> functions = new ArrayList<>();

  final List<TableType> tables = new ArrayList<>();
  final List<GlobalType> globals = new ArrayList<>();
  final List<Export> exports = new ArrayList<>();
  final List<String> customSections = new ArrayList<>();
  @Nullable MemoryType memory;
  @Nullable Map<String, String> configKeys;
  final Set<FixedInput> fixedInputs = EnumSet.noneOf(FixedInput.class);
  final NameSection names = new NameSection();
  final CommandWrappers wrappers = new CommandWrappers();
  int startFunction = ModuleSummary.NO_START_FUNCTION;

  /** Which functions {@code ref.func} may name: those that something outside of code refers to. */
  final BitSet referable = new BitSet();

  final List<ElementSegment> elements = new ArrayList<>();
  long elementEntries;

  /** What the data count section says, or {@link #NO_DATA_COUNT}. */
  int declaredData = NO_DATA_COUNT;

  final List<DataSegment> data = new ArrayList<>();
  long dataBytes;

  int bodies;
  long codeBytes;
  int largestFunctionBytes;
  int instructions;

  final BitSet writtenGlobals = new BitSet();
  final BitSet writtenTables = new BitSet();
  boolean memoryGrow;
  boolean segmentDrop;
  boolean bulkMemory;
  boolean tailCalls;

  ModuleDraft(IntakeLimits limits) {
    this.limits = limits;
  }

  int definedFunctions() {
    return functions.size() - imports.size();
  }

  void countInstructions(int count, int offset) {
    instructions =
        WasmReader.atMost(
            "instructions",
            (long) instructions + count,
            limits.instructions(),
            Reason.TOO_MANY_INSTRUCTIONS,
            offset);
  }
}
