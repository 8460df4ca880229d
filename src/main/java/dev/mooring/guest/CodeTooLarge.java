package dev.mooring.guest;

/** A function has become more of the JVM's code than a method may have. */
final class CodeTooLarge extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Bytes of a method's code; the JVM's limit. */
  static final int LIMIT_BYTES = 65_535;

  private final int function;

  /**
   * Of one function.
   *
   * @param function its index; -1 for code that is no function's own
   */
  CodeTooLarge(int function, Throwable cause) {
    super("function " + function, cause);
    this.function = function;
  }

  int function() {
    return function;
  }
}
