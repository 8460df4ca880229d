package dev.mooring.guest.machine;

import dev.mooring.guest.call.GuestTrap;

/**
 * What generated code throws when a guest does what WebAssembly forbids. Names and types are those
 * of Chicory's {@code Shaded}, whose methods {@code Splice} makes call these; public for that
 * reason alone. Generated code throws what they answer.
 */
public final class TrapOperations {
  private TrapOperations() {}

  public static RuntimeException throwTrapException() {
    return GuestTrap.UNREACHABLE;
  }

  public static RuntimeException throwIndirectCallTypeMismatch() {
    return GuestTrap.INDIRECT_CALL_TYPE;
  }

  public static RuntimeException throwNullFunctionReference() {
    return GuestTrap.UNINITIALIZED_ELEMENT;
  }

  public static RuntimeException throwOutOfBoundsMemoryAccess() {
    return GuestTrap.OUT_OF_BOUNDS_MEMORY;
  }

  /** A table holds functions of its module only: no other number is ever put there. */
  public static RuntimeException throwUnknownFunction(int function) {
    throw new IllegalStateException("a table holds function " + function + ", which isn't there");
  }
}
