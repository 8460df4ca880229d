package dev.mooring.guest;

import com.dylibso.chicory.wasm.ChicoryException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Says, once and at the call's boundary, which trap it was that generated code threw.
 *
 * <p>An access outside memory is whatever the JVM throws for it; what our own code checks is a
 * {@link GuestTrap}; the rest are exceptions of Chicory's, which have no kind but a message, in the
 * specification's words.
 *
 * <p>What a host function throws is another thing: there, what looks like an access outside memory
 * is a bug of ours, or of a library's, and no client is to be told that its guest did wrong.
 */
final class Traps {
  private Traps() {}

  /**
   * The kind of a trap.
   *
   * @param ours whether it was thrown while our own code ran
   * @throws IllegalStateException if it is none: then something is wrong with us
   */
  static TrapKind kind(Throwable thrown, boolean ours) {
    return switch (thrown) {
      case GuestTrap trap -> trap.kind();
      case StackOverflowError e -> TrapKind.STACK_EXHAUSTED;
      case OutOfMemoryError e -> TrapKind.OUT_OF_MEMORY;
      case Throwable t when ours -> throw notATrap(t);
      case ArithmeticException e -> TrapKind.INTEGER_DIVIDE_BY_ZERO;
      case IndexOutOfBoundsException e -> TrapKind.OUT_OF_BOUNDS_MEMORY;
      case NullPointerException e -> TrapKind.OUT_OF_BOUNDS_MEMORY;
      case ChicoryException e -> byMessage(e, e.getMessage());
      default -> throw notATrap(thrown);
    };
  }

  private static TrapKind byMessage(ChicoryException thrown, @Nullable String message) {
    String text = message == null ? "" : message.toLowerCase(Locale.ROOT);
    if (text.contains("call stack exhausted")) {
      return TrapKind.STACK_EXHAUSTED;
    } else if (text.contains("unreachable")) {
      return TrapKind.UNREACHABLE;
    } else if (text.contains("divide by zero")) {
      return TrapKind.INTEGER_DIVIDE_BY_ZERO;
    } else if (text.contains("integer overflow")) {
      return TrapKind.INTEGER_OVERFLOW;
    } else if (text.contains("invalid conversion")) {
      return TrapKind.INVALID_CONVERSION;
    } else if (text.contains("indirect call type") || text.contains("unknown function")) {
      return TrapKind.INDIRECT_CALL_TYPE;
    } else if (text.contains("uninitialized element")) {
      return TrapKind.UNINITIALIZED_ELEMENT;
    } else if (text.contains("out of bounds table") || text.contains("undefined element")) {
      return TrapKind.OUT_OF_BOUNDS_TABLE;
    } else if (text.contains("out of bounds memory")) {
      return TrapKind.OUT_OF_BOUNDS_MEMORY;
    }
    throw notATrap(thrown);
  }

  private static IllegalStateException notATrap(Throwable thrown) {
    return new IllegalStateException("a guest's call ended with what is no trap", thrown);
  }
}
