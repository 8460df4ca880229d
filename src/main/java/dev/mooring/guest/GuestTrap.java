package dev.mooring.guest;

/**
 * A trap of which our own code knows the kind when it happens.
 *
 * <p>Generated code throws whatever the JVM throws, and {@link Traps} says at the call's boundary
 * what that means. One instance per kind and no stack trace: a guest may trap as often as it likes.
 */
@SuppressWarnings("StaticAssignmentOfThrowable") // They carry no stack.
final class GuestTrap extends RuntimeException {
  static final GuestTrap OUT_OF_BOUNDS_MEMORY = new GuestTrap(TrapKind.OUT_OF_BOUNDS_MEMORY);
  static final GuestTrap OUT_OF_BOUNDS_TABLE = new GuestTrap(TrapKind.OUT_OF_BOUNDS_TABLE);
  static final GuestTrap UNINITIALIZED_ELEMENT = new GuestTrap(TrapKind.UNINITIALIZED_ELEMENT);
  static final GuestTrap UNREACHABLE = new GuestTrap(TrapKind.UNREACHABLE);
  static final GuestTrap INDIRECT_CALL_TYPE = new GuestTrap(TrapKind.INDIRECT_CALL_TYPE);
  static final GuestTrap INTEGER_DIVIDE_BY_ZERO = new GuestTrap(TrapKind.INTEGER_DIVIDE_BY_ZERO);
  static final GuestTrap INTEGER_OVERFLOW = new GuestTrap(TrapKind.INTEGER_OVERFLOW);
  static final GuestTrap INVALID_CONVERSION = new GuestTrap(TrapKind.INVALID_CONVERSION);
  static final GuestTrap OUT_OF_MEMORY = new GuestTrap(TrapKind.OUT_OF_MEMORY);

  private static final long serialVersionUID = 1L;

  private final TrapKind kind;

  private GuestTrap(TrapKind kind) {
    super(kind.description(), null, false, false);
    this.kind = kind;
  }

  TrapKind kind() {
    return kind;
  }
}
