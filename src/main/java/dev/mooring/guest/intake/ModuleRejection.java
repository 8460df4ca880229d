package dev.mooring.guest.intake;

/**
 * Why a module may not come in. The message is for whoever built the module: it says what was found
 * and what was expected. It carries no stack trace, since refusing a module is an ordinary outcome.
 */
public final class ModuleRejection extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The kinds of refusal; closed. */
  public enum Reason {
    /** The first bytes are not those of a WebAssembly binary. */
    NOT_WASM,
    /** A WebAssembly binary of another version, or a component instead of a module. */
    UNSUPPORTED_VERSION,
    /** The bytes end in the middle of something. */
    TRUNCATED,
    /** The bytes are not what the binary format asks for. */
    MALFORMED,
    /** Well-formed, but it breaks a rule of validation: a type, an index, a count. */
    INVALID,
    /** Uses a part of WebAssembly that this server does not run; the message names it. */
    UNSUPPORTED_PROPOSAL,
    /** Valid, but the engine would misread it; the message says what to change. */
    UNSUPPORTED_BY_ENGINE,
    /** Imports something that this server does not offer. */
    UNSUPPORTED_IMPORT,
    /** Imports a function that this server offers with another signature. */
    WRONG_IMPORT_SIGNATURE,
    /**
     * Exports a function with a meaning of its own, such as {@code mooring_open}, in the wrong
     * shape.
     */
    WRONG_EXPORT,
    /** Host functions could not reach its memory, because it is not exported as {@code memory}. */
    MEMORY_NOT_EXPORTED,
    /** The custom section {@code mooring.config} can't be read. */
    BAD_CONFIG_SECTION,
    /** The custom section {@code mooring.initialisation} says what it can't. */
    BAD_INITIALISATION_SECTION,

    MODULE_TOO_LARGE,
    NAME_TOO_LONG,
    TOO_MANY_TYPES,
    TOO_MANY_PARAMETERS,
    TOO_MANY_RESULTS,
    TOO_MANY_IMPORTS,
    TOO_MANY_EXPORTS,
    TOO_MANY_EXPORT_BYTES,
    TOO_MANY_FUNCTIONS,
    FUNCTION_TOO_LARGE,
    TOO_MANY_LOCALS,
    TOO_MANY_INSTRUCTIONS,
    TOO_MANY_BRANCH_TARGETS,
    BLOCKS_TOO_DEEP,
    OPERAND_STACK_TOO_DEEP,
    /** Small in bytes, but the engine would need far too much time or memory to compile it. */
    TOO_COSTLY_TO_COMPILE,
    TOO_MANY_GLOBALS,
    TOO_MANY_TABLES,
    TOO_MANY_TABLE_ENTRIES,
    MEMORY_TOO_LARGE,
    TOO_MANY_DATA_SEGMENTS,
    TOO_MANY_DATA_BYTES,
    TOO_MANY_ELEMENT_SEGMENTS,
    TOO_MANY_ELEMENT_ENTRIES,
    TOO_MANY_CUSTOM_SECTIONS,
    TOO_MANY_CUSTOM_BYTES,
    TOO_MANY_CONFIG_BYTES
  }

  private final Reason reason;
  private final int offset;

  ModuleRejection(Reason reason, int offset, String message) {
    super(message + " (at byte " + offset + ")", null, false, false);
    this.reason = reason;
    this.offset = offset;
  }

  /** A proposal that is not offered, with a hint on how to build without it. */
  static ModuleRejection proposal(int offset, String found, String proposal, String hint) {
    return new ModuleRejection(
        Reason.UNSUPPORTED_PROPOSAL,
        offset,
        "uses "
            + found
            + " of the proposal '"
            + proposal
            + "', which Mooring does not run"
            + (hint.isEmpty() ? "" : "; " + hint));
  }

  public Reason reason() {
    return reason;
  }

  /** Where in the module, in bytes from its start, the reason was found. */
  public int offset() {
    return offset;
  }
}
