package dev.mooring.client;

/** Why WebAssembly stopped a guest. The names are those of the protocol. */
public enum TrapKind {
  /** The guest executed {@code unreachable}: an assertion or a panic of its own, as a rule. */
  UNREACHABLE,
  /** A load, store or host function was given an address outside the guest's memory. */
  OUT_OF_BOUNDS_MEMORY,
  /** An indirect call or a table instruction used an index outside the table. */
  OUT_OF_BOUNDS_TABLE,
  /** An indirect call met a function of another signature. */
  INDIRECT_CALL_TYPE,
  /** An indirect call met an empty place of the table. */
  UNINITIALIZED_ELEMENT,
  INTEGER_DIVIDE_BY_ZERO,
  /** The quotient of a division, or a float made an integer, has no place in the type. */
  INTEGER_OVERFLOW,
  /** A NaN was to become an integer. */
  INVALID_CONVERSION,
  /** The guest's calls were nested too deeply. */
  STACK_EXHAUSTED,
  /** The guest wanted more memory than its session's limits allow and couldn't go on. */
  OUT_OF_MEMORY,
  /** A kind that this client doesn't know. */
  UNKNOWN
}
