package dev.mooring.guest;

import com.dylibso.chicory.wasm.ChicoryException;
import java.util.Locale;

/** Tells from what the engine threw which trap it was. */
final class Traps {
  private Traps() {}

  static TrapKind kind(Throwable thrown) {
    return switch (thrown) {
      case StackOverflowError e -> TrapKind.STACK_EXHAUSTED;
      case OutOfMemoryError e -> TrapKind.OUT_OF_MEMORY;
      case ArithmeticException e -> TrapKind.INTEGER_DIVIDE_BY_ZERO;
      case IndexOutOfBoundsException e -> TrapKind.OUT_OF_BOUNDS_MEMORY;
      case ChicoryException e when e.getMessage() != null -> byMessage(e.getMessage());
      default -> throw new IllegalStateException("not a trap", thrown);
    };
  }

  private static TrapKind byMessage(String message) {
    String text = message.toLowerCase(Locale.ROOT);
    if (text.contains("call stack exhausted")) {
      return TrapKind.STACK_EXHAUSTED;
    } else if (text.contains("divide by zero")) {
      return TrapKind.INTEGER_DIVIDE_BY_ZERO;
    } else if (text.contains("integer overflow")) {
      return TrapKind.INTEGER_OVERFLOW;
    } else if (text.contains("invalid conversion")) {
      return TrapKind.INVALID_CONVERSION;
    } else if (text.contains("indirect call type")) {
      return TrapKind.INDIRECT_CALL_TYPE;
    } else if (text.contains("uninitialized element")) {
      return TrapKind.UNINITIALIZED_ELEMENT;
    } else if (text.contains("table") || text.contains("undefined element")) {
      return TrapKind.OUT_OF_BOUNDS_TABLE;
    } else if (text.contains("out of bounds")) {
      return TrapKind.OUT_OF_BOUNDS_MEMORY;
    }
    return TrapKind.UNREACHABLE;
  }
}
