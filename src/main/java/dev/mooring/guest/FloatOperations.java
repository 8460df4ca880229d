package dev.mooring.guest;

/**
 * What generated code does with floats where Java's own operations aren't WebAssembly's. {@link
 * Linker} makes it call these; public for that reason alone.
 *
 * <p>An operation of WebAssembly's makes a signalling NaN quiet. The processor's do, but not those
 * that Java writes out, such as {@code Math.min}: interpreted, {@code floor} hands a NaN on as it
 * came. C2 leaves out what changes no number, {@code x * 1}, {@code x / 1}, {@code x - 0} and the
 * way from float to double and back, though it would have changed a NaN. So results are looked at
 * where that costs little; for the rest, the numbers 0 and 1 are read from fields, and C2 can't
 * know that they are these. It still knows a 1 that it computed itself, from constants that the
 * guest's compiler left: who multiplies a signalling NaN with that may see it again.
 */
public final class FloatOperations {
  /** Not final, and never written: a constant that the JIT takes for a variable. */
  public static float zeroF32 = 0;

  /** As above. */
  public static float oneF32 = 1;

  /** As above. */
  public static double zeroF64 = 0;

  /** As above. */
  public static double oneF64 = 1;

  private static final int F32_INFINITY = 0x7F80_0000;
  private static final int F32_QUIET = 0x0040_0000;
  private static final long F64_INFINITY = 0x7FF0_0000_0000_0000L;
  private static final long F64_QUIET = 1L << 51;

  private FloatOperations() {}

  /**
   * A number as it is; of a NaN the quiet one. It looks at the bits: to compare floats takes the
   * processor longer, and an addition that would do it stands in the way of the next operation.
   */
  private static float quiet(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (bits & Integer.MAX_VALUE) <= F32_INFINITY
        ? value
        : Float.intBitsToFloat(bits | F32_QUIET);
  }

  private static double quiet(double value) {
    long bits = Double.doubleToRawLongBits(value);
    return (bits & Long.MAX_VALUE) <= F64_INFINITY
        ? value
        : Double.longBitsToDouble(bits | F64_QUIET);
  }

  public static float min(float a, float b) {
    return quiet(Math.min(a, b));
  }

  public static double min(double a, double b) {
    return quiet(Math.min(a, b));
  }

  public static float max(float a, float b) {
    return quiet(Math.max(a, b));
  }

  public static double max(double a, double b) {
    return quiet(Math.max(a, b));
  }

  public static float ceil(float value) {
    return demote(Math.ceil(value));
  }

  public static double ceil(double value) {
    return quiet(Math.ceil(value));
  }

  public static float floor(float value) {
    return demote(Math.floor(value));
  }

  public static double floor(double value) {
    return quiet(Math.floor(value));
  }

  public static float trunc(float value) {
    return value < 0 ? ceil(value) : floor(value);
  }

  public static double trunc(double value) {
    return value < 0 ? ceil(value) : floor(value);
  }

  public static float nearest(float value) {
    return demote(Math.rint(value));
  }

  public static double nearest(double value) {
    return quiet(Math.rint(value));
  }

  /** Of a double, the float next to it. */
  public static float demote(double value) {
    return quiet((float) value);
  }

  public static float copysign(float magnitude, float sign) {
    return Math.copySign(magnitude, sign);
  }

  public static double copysign(double magnitude, double sign) {
    return Math.copySign(magnitude, sign);
  }
}
