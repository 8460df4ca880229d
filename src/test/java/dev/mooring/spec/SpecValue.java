package dev.mooring.spec;

/**
 * An argument or an expected result.
 *
 * @param type of WebAssembly's
 * @param value its bits, as a decimal number; or which kinds of NaN are right; or nothing, where
 *     any will do
 */
record SpecValue(String type, String value) {
  private static final int F32_QUIET = 0x7FC0_0000;
  private static final long F64_QUIET = 0x7FF8_0000_0000_0000L;

  boolean isReference() {
    return type.endsWith("ref");
  }

  boolean is32Bits() {
    return type.endsWith("32");
  }

  /** An argument as the engine takes it. */
  long bits() {
    long bits = Long.parseUnsignedLong(value);
    return is32Bits() ? (int) bits : bits;
  }

  /** Whether a result is what was expected. */
  boolean matches(long result) {
    long quiet = is32Bits() ? F32_QUIET : F64_QUIET;
    long positive = is32Bits() ? result & Integer.MAX_VALUE : result & Long.MAX_VALUE;
    return switch (value) {
      case "" -> true;
      case "nan:canonical" -> positive == quiet;
      case "nan:arithmetic" -> (positive & quiet) == quiet;
      default -> (is32Bits() ? (int) result : result) == bits();
    };
  }
}
