package dev.mooring.guest.call;

import org.jspecify.annotations.Nullable;

/** Why the engine ended a call: the traps of the WebAssembly specification, and running out. */
public enum TrapKind {
  UNREACHABLE("unreachable instruction executed"),
  OUT_OF_BOUNDS_MEMORY("memory access out of bounds"),
  OUT_OF_BOUNDS_TABLE("table access out of bounds"),
  INDIRECT_CALL_TYPE("indirect call to a function of another type"),
  UNINITIALIZED_ELEMENT("indirect call to an empty table element"),
  INTEGER_DIVIDE_BY_ZERO("integer divided by zero"),
  INTEGER_OVERFLOW("integer overflow"),
  INVALID_CONVERSION("float that is no integer converted to one"),
  STACK_EXHAUSTED("call stack exhausted"),
  OUT_OF_MEMORY("the server has no memory left for guests");

  private final String description;

  TrapKind(String description) {
    this.description = description;
  }

  /** The one of a name; null if there is none. */
  public static @Nullable TrapKind named(String name) {
    for (TrapKind kind : values()) {
      if (kind.name().equals(name)) {
        return kind;
      }
    }
    return null;
  }

  /** For people: what happened, in the specification's words or near them. */
  public String description() {
    return description;
  }
}
