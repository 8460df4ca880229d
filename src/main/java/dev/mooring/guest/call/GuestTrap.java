package dev.mooring.guest.call;

/**
 * A trap of which our own code knows the kind when it happens.
 *
 * <p>Generated code throws whatever the JVM throws, and {@link Traps} says at the call's boundary
 * what that means. One instance per kind and no stack trace: a guest may trap as often as it likes.
 */
@SuppressWarnings("StaticAssignmentOfThrowable") // They carry no stack.
public final class GuestTrap extends RuntimeException {
  public static final GuestTrap OUT_OF_BOUNDS_MEMORY = new GuestTrap(TrapKind.OUT_OF_BOUNDS_MEMORY);
  public static final GuestTrap OUT_OF_BOUNDS_TABLE = new GuestTrap(TrapKind.OUT_OF_BOUNDS_TABLE);
  public static final GuestTrap UNINITIALIZED_ELEMENT =
      new GuestTrap(TrapKind.UNINITIALIZED_ELEMENT);
  public static final GuestTrap UNREACHABLE = new GuestTrap(TrapKind.UNREACHABLE);
  public static final GuestTrap INDIRECT_CALL_TYPE = new GuestTrap(TrapKind.INDIRECT_CALL_TYPE);
  public static final GuestTrap INTEGER_DIVIDE_BY_ZERO =
      new GuestTrap(TrapKind.INTEGER_DIVIDE_BY_ZERO);
  public static final GuestTrap INTEGER_OVERFLOW = new GuestTrap(TrapKind.INTEGER_OVERFLOW);
  public static final GuestTrap INVALID_CONVERSION = new GuestTrap(TrapKind.INVALID_CONVERSION);
  public static final GuestTrap OUT_OF_MEMORY = new GuestTrap(TrapKind.OUT_OF_MEMORY);

  private static final long serialVersionUID = 1L;

  private final TrapKind kind;

  private GuestTrap(TrapKind kind) {
    super(kind.description(), null, false, false);
    this.kind = kind;
  }

  public TrapKind kind() {
    return kind;
  }
}
