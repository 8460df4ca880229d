package dev.mooring.guest.compile;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.MethodTooLargeException;

/**
 * A module has become more of the JVM's code than the JVM can hold. The message is for its author.
 */
public final class CodeTooLarge extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Bytes of a method's code; the JVM's limit. */
  static final int LIMIT_BYTES = 65_535;

  /** Constants of a class; the JVM's limit. */
  static final int MAX_CONSTANTS = 65_535;

  private CodeTooLarge(String message, @Nullable Throwable cause) {
    super("can't be compiled: " + message, cause);
  }

  /**
   * Of one function.
   *
   * @param function its index; -1 for code that is no function's own
   * @param size of the code, in bytes and in words
   */
  static CodeTooLarge function(int function, String size, Throwable cause) {
    return new CodeTooLarge(
        (function < 0 ? "what finds functions in tables" : "function " + function)
            + " becomes "
            + size
            + " bytes of the JVM's code; the limit is "
            + LIMIT_BYTES
            + (function < 0 ? "" : "; split the function"),
        cause);
  }

  /** Of functions that end with calls, each of which has two methods. */
  static CodeTooLarge tailCalls(int functions) {
    return new CodeTooLarge(
        functions
            + " functions that end with calls need more constants than one class of the JVM's can have; the limit is "
            + MAX_CONSTANTS,
        null);
  }

  /** What the compiler threw, as one of these if it is one. */
  static RuntimeException in(RuntimeException thrown) {
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      if (each instanceof MethodTooLargeException method) {
        return function(
            Linker.functionOf(method.getMethodName()),
            String.valueOf(method.getCodeSize()),
            thrown);
      }
      if (each instanceof ClassTooLargeException type) {
        return new CodeTooLarge(
            "it needs "
                + type.getConstantPoolCount()
                + " constants in one class of the JVM's; the limit is "
                + MAX_CONSTANTS,
            thrown);
      }
    }
    return thrown;
  }
}
