package dev.mooring.guest.intake;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The facts about a module that may come in; immutable.
 *
 * <p>Indices are those of the module. All imports are functions, so the index of a table or global
 * is its place in its list, and the functions that the module defines follow the {@code imports}.
 *
 * @param imports in order; the same function may be imported twice
 * @param exports all of them, in order
 * @param exportedFunctions those of the exports that are functions, in order, with their signatures
 * @param hooks which functions with a meaning of their own are exported
 * @param memory null if the module has none
 * @param startFunction the function that a start section names, to run on instantiation, or {@link
 *     #NO_START_FUNCTION}
 * @param customSections names, in order
 * @param configKeys the config keys that the module declares, in order, with their descriptions
 *     (empty if it gives none); null if it declares nothing, so that any key is taken
 * @param fixedInputs what the module allows to be the same for every session while it is
 *     initialised, in the enum's order
 * @param linked how it was linked, as far as it says
 */
public record ModuleSummary(
    List<ImportedFunction> imports,
    List<Export> exports,
    List<ExportedFunction> exportedFunctions,
    Hooks hooks,
    @Nullable Memory memory,
    List<Table> tables,
    List<Global> globals,
    List<DataSegment> dataSegments,
    List<ElementSegment> elementSegments,
    int startFunction,
    Code code,
    List<String> customSections,
    @Nullable Map<String, String> configKeys,
    Set<FixedInput> fixedInputs,
    Linked linked) {

  /** The maximum of a table that doesn't state one. */
  public static final long NO_MAXIMUM = 0xFFFF_FFFFL;

  /** The start function of a module without a start section. */
  public static final int NO_START_FUNCTION = -1;

  public ModuleSummary {
    imports = List.copyOf(imports);
    exports = List.copyOf(exports);
    exportedFunctions = List.copyOf(exportedFunctions);
    tables = List.copyOf(tables);
    globals = List.copyOf(globals);
    dataSegments = List.copyOf(dataSegments);
    elementSegments = List.copyOf(elementSegments);
    customSections = List.copyOf(customSections);
    fixedInputs = Collections.unmodifiableSet(new TreeSet<>(fixedInputs));
  }

  /** A function that the module takes from the host; one of {@link HostImports}. */
  public record ImportedFunction(String module, String name, Signature signature) {}

  /** What an export is. */
  public enum ExportKind {
    FUNCTION("func"),
    TABLE("table"),
    MEMORY("memory"),
    GLOBAL("global");

    private final String text;

    ExportKind(String text) {
      this.text = text;
    }

    /** The kind's name in the WebAssembly text format. */
    @Override
    public String toString() {
      return text;
    }
  }

  /** An export of any kind. */
  public record Export(String name, ExportKind kind, int index) {}

  /** An exported function; whether clients may call it is not decided here. */
  public record ExportedFunction(String name, int index, Signature signature) {}

  /** Exports with a meaning of their own; each has the right signature if it is present. */
  public record Hooks(
      boolean initialize, boolean start, boolean open, boolean close, boolean timer) {}

  /**
   * The linear memory.
   *
   * @param initialPages in pages of 64 KiB
   * @param maximumPages in pages of 64 KiB; 65,536 if the module states none
   * @param exportedAs the first name that it is exported as, {@code memory} if that is one of them,
   *     or null
   */
  public record Memory(int initialPages, int maximumPages, @Nullable String exportedAs) {}

  /**
   * A table.
   *
   * @param initial in entries
   * @param maximum in entries, or {@link #NO_MAXIMUM}
   * @param reference what each entry starts as, as {@link ValueType} says
   * @param written whether some instruction may change an entry or the size: {@code table.set},
   *     {@code table.grow}, {@code table.fill}, {@code table.copy} into it, {@code table.init}
   */
  public record Table(
      ValueType type,
      int initial,
      long maximum,
      int reference,
      boolean written,
      boolean exported) {}

  /**
   * A global.
   *
   * @param initial its first value, as {@link ValueType} says
   * @param written whether some {@code global.set} names it; never true if it is not mutable
   */
  public record Global(
      ValueType type, boolean mutable, long initial, boolean written, boolean exported) {}

  /**
   * What a linker has made.
   *
   * @param stackPointer the mutable i32 global that says how far the compiler's own stack in linear
   *     memory is used; −1 if no name says which it is
   * @param commandExports whether exports are wrapped as a command's, by their names or by what
   *     they do: each runs the program's constructors before it, and its destructors after it
   */
  public record Linked(int stackPointer, boolean commandExports) {}

  /** What becomes of a segment when a module is instantiated. */
  public enum SegmentMode {
    /** It is copied to its place, and dropped. Whether there is room isn't looked at here. */
    ACTIVE,
    /** It is there to be copied by code. */
    PASSIVE,
    /** An element segment that is there for validation only: it is dropped. */
    DECLARATIVE
  }

  /**
   * A data segment.
   *
   * @param offset where in memory it goes if it is active, unsigned
   * @param start where in the module's bytes its own begin
   * @param length in bytes
   */
  public record DataSegment(SegmentMode mode, int offset, int start, int length) {}

  /**
   * An element segment.
   *
   * @param table where it goes if it is active
   * @param offset at which entry it goes there, unsigned
   * @param references as {@link ValueType} says
   */
  @SuppressWarnings("ArrayRecordComponent") // Shared, and never written to.
  public record ElementSegment(
      SegmentMode mode, ValueType type, int table, int offset, int[] references) {}

  /** The bytes of all data segments. */
  public long dataBytes() {
    return dataSegments.stream().mapToLong(DataSegment::length).sum();
  }

  /**
   * What the module's own functions are and what they do.
   *
   * @param bytes of all bodies
   * @param largestFunctionBytes of the largest body
   * @param instructions in all bodies, entries of {@code br_table} included
   * @param compileSteps what {@link IntakeLimits#compileSteps} bounds
   * @param largestFrameSlots what {@link IntakeLimits#frameSlotsPerFunction} bounds
   * @param memoryGrow whether {@code memory.grow} occurs
   * @param segmentDrop whether {@code data.drop} or {@code elem.drop} occurs, so that which
   *     segments are dropped is state
   * @param bulkMemory whether {@code memory.copy}, {@code memory.fill} or {@code memory.init}
   *     occurs
   * @param tailCalls whether {@code return_call} or {@code return_call_indirect} occurs; the engine
   *     runs them as calls that use up stack
   */
  public record Code(
      int functions,
      long bytes,
      int largestFunctionBytes,
      int instructions,
      long compileSteps,
      long largestFrameSlots,
      boolean memoryGrow,
      boolean segmentDrop,
      boolean bulkMemory,
      boolean tailCalls) {}
}
