package dev.mooring.guest.intake;

import dev.mooring.setting.InvalidSetting;

/**
 * What a module may ask for at most. Every count is of things in the whole module unless the name
 * says otherwise.
 *
 * <p>The defaults let in what C, C++, Rust, Go, Zig and AssemblyScript toolchains produce, script
 * engines included, and keep what the engine allocates and computes for one module within bounds.
 *
 * @param moduleBytes the module's size
 * @param nameBytes the length of any one name, as UTF-8
 * @param types function types
 * @param paramSlotsPerType slots that the parameters of one function type take: two for an i64 or
 *     f64, one for anything else; see {@link #MAX_PARAM_SLOTS}
 * @param resultsPerType results of one function type
 * @param imports imported functions
 * @param exports exports of any kind
 * @param exportBytes what clients are told of the exports, whenever a session opens: the bytes of
 *     all their names, and one for each parameter and result of those that are functions
 * @param functions functions that the module defines
 * @param functionBytes one function's body; what is larger doesn't fit the JVM's 64 KiB of bytecode
 *     per method
 * @param localsPerFunction locals that one function declares, parameters not counted; as {@code
 *     functionBytes}
 * @param locals locals of all functions; the engine lists them all, and three bytes can declare
 *     millions
 * @param blockDepth blocks inside of blocks
 * @param branchTargets entries of one {@code br_table}; four bytes each of the 65,535 that a method
 *     of the JVM's may have
 * @param operandSlots values on a function's operand stack
 * @param instructions instructions, constant expressions and entries of {@code br_table} included;
 *     the engine keeps an object or two for each
 * @param frameSlotsPerFunction one function's branch targets times its locals and operands: the
 *     engine's frame computation keeps an int for each
 * @param compileSteps what the engine's passes over all functions cost where they are not linear in
 *     the code's size; see {@link CompileCost}
 * @param globals globals
 * @param tables tables
 * @param tableEntries the initial sizes of all tables together
 * @param memoryPages the memory's initial size, in pages of 64 KiB
 * @param dataSegments data segments
 * @param dataBytes bytes of all data segments together
 * @param elementSegments element segments
 * @param elementEntries entries of all element segments together
 * @param customSections custom sections
 * @param customBytes bytes of all custom sections together
 * @param configBytes bytes of the custom sections {@code mooring.config} together
 */
public record IntakeLimits(
    int moduleBytes,
    int nameBytes,
    int types,
    int paramSlotsPerType,
    int resultsPerType,
    int imports,
    int exports,
    int exportBytes,
    int functions,
    int functionBytes,
    int localsPerFunction,
    int locals,
    int blockDepth,
    int branchTargets,
    int operandSlots,
    int instructions,
    long frameSlotsPerFunction,
    long compileSteps,
    int globals,
    int tables,
    int tableEntries,
    int memoryPages,
    int dataSegments,
    int dataBytes,
    int elementSegments,
    int elementEntries,
    int customSections,
    int customBytes,
    int configBytes) {

  /** The most pages that a memory can have. */
  public static final int MAX_MEMORY_PAGES = 65_536;

  /**
   * A method of the JVM's has 255 slots for parameters, of which a call through a table needs four
   * for the memory, the instance, and where in which table the function is.
   */
  public static final int MAX_PARAM_SLOTS = 251;

  /** Several results are parameters of a method that packs them: 255 slots, two for each. */
  public static final int MAX_RESULTS = 127;

  private static final int MIB = 1024 * 1024;

  public static final IntakeLimits DEFAULTS =
      new IntakeLimits(
          32 * MIB, // moduleBytes
          4_096, // nameBytes
          10_000, // types
          MAX_PARAM_SLOTS, // paramSlotsPerType
          64, // resultsPerType
          1_000, // imports
          4_000, // exports
          256 * 1024, // exportBytes
          100_000, // functions
          MIB / 4, // functionBytes
          10_000, // localsPerFunction
          2_000_000, // locals
          5_000, // blockDepth
          16_200, // branchTargets
          10_000, // operandSlots
          8_000_000, // instructions
          16_000_000, // frameSlotsPerFunction
          1_000_000_000, // compileSteps
          10_000, // globals
          100, // tables
          100_000, // tableEntries
          256, // memoryPages: 16 MiB
          100_000, // dataSegments: Go has one between any two runs of zeros
          32 * MIB, // dataBytes
          10_000, // elementSegments
          100_000, // elementEntries
          1_000, // customSections
          32 * MIB, // customBytes
          65_536); // configBytes

  public IntakeLimits {
    check("moduleBytes", moduleBytes, 8, 1 << 30);
    check("nameBytes", nameBytes, 1, 100_000);
    check("types", types, 0, 1_000_000);
    check("paramSlotsPerType", paramSlotsPerType, 0, MAX_PARAM_SLOTS);
    check("resultsPerType", resultsPerType, 0, MAX_RESULTS);
    check("imports", imports, 0, 100_000);
    check("exports", exports, 0, 100_000);
    check("exportBytes", exportBytes, 0, 1 << 24);
    check("functions", functions, 0, 1_000_000);
    check("functionBytes", functionBytes, 2, 7_654_321);
    check("localsPerFunction", localsPerFunction, 0, 50_000);
    check("locals", locals, 0, 1 << 30);
    check("blockDepth", blockDepth, 0, 100_000);
    check("branchTargets", branchTargets, 0, 1_000_000);
    check("operandSlots", operandSlots, 1, 65_535);
    check("instructions", instructions, 0, 1 << 30);
    check("frameSlotsPerFunction", frameSlotsPerFunction, 1, Integer.MAX_VALUE);
    check("compileSteps", compileSteps, 1, 1L << 50);
    check("globals", globals, 0, 1_000_000);
    check("tables", tables, 0, 100_000);
    check("tableEntries", tableEntries, 0, 10_000_000);
    check("memoryPages", memoryPages, 0, MAX_MEMORY_PAGES);
    check("dataSegments", dataSegments, 0, 100_000);
    check("dataBytes", dataBytes, 0, 1 << 30);
    check("elementSegments", elementSegments, 0, 1_000_000);
    check("elementEntries", elementEntries, 0, 10_000_000);
    check("customSections", customSections, 0, 1_000_000);
    check("customBytes", customBytes, 0, 1 << 30);
    check("configBytes", configBytes, 0, 1 << 20);
  }

  /** These, but for the size of a module. */
  public IntakeLimits withModuleBytes(int changed) {
    return new IntakeLimits(
        changed,
        nameBytes,
        types,
        paramSlotsPerType,
        resultsPerType,
        imports,
        exports,
        exportBytes,
        functions,
        functionBytes,
        localsPerFunction,
        locals,
        blockDepth,
        branchTargets,
        operandSlots,
        instructions,
        frameSlotsPerFunction,
        compileSteps,
        globals,
        tables,
        tableEntries,
        memoryPages,
        dataSegments,
        dataBytes,
        elementSegments,
        elementEntries,
        customSections,
        customBytes,
        configBytes);
  }

  private static void check(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new InvalidSetting(name, "is " + value + ", expected " + least + " to " + most);
    }
  }
}
