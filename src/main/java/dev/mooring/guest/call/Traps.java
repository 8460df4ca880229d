package dev.mooring.guest.call;

/**
 * Says, once and at the call's boundary, which trap it was that generated code threw.
 *
 * <p>An access outside memory is whatever the JVM throws for it, as is the end of the stack or of
 * the heap; all else our own code checks, and throws a {@link GuestTrap}.
 *
 * <p>What a host function throws is another thing: there, what looks like an access outside memory
 * is a bug of ours, or of a library's, and no client is to be told that its guest did wrong.
 */
public final class Traps {
  private Traps() {}

  /**
   * The kind of a trap.
   *
   * @param ours whether it was thrown while our own code ran
   * @throws IllegalStateException if it is none: then something is wrong with us
   */
  public static TrapKind kind(Throwable thrown, boolean ours) {
    return switch (thrown) {
      case GuestTrap trap -> trap.kind();
      case StackOverflowError e -> TrapKind.STACK_EXHAUSTED;
      case OutOfMemoryError e -> TrapKind.OUT_OF_MEMORY;
      case Throwable t when ours -> throw notATrap(t);
      case IndexOutOfBoundsException e -> TrapKind.OUT_OF_BOUNDS_MEMORY;
      default -> throw notATrap(thrown);
    };
  }

  private static IllegalStateException notATrap(Throwable thrown) {
    return new IllegalStateException("a guest's call ended with what is no trap", thrown);
  }
}
