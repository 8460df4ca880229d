package dev.mooring.guest.machine;

import dev.mooring.guest.call.GuestTrap;

/**
 * What generated code does with numbers where the JVM has no instruction for it, or one whose
 * answer isn't WebAssembly's. A method is called as the instruction is, {@code i32.div_u} is {@link
 * #I32_DIV_U}: these are the names under which Chicory's compiler calls its own, and {@code
 * ClassNames} makes it call these; public for that reason alone.
 *
 * <p>An operation on floats makes a signalling NaN quiet. The processor's do, but not those that
 * Java writes out, such as {@code Math.min}: interpreted, {@code floor} hands a NaN on as it came.
 * C2 leaves out what changes no number, {@code x * 1}, {@code x / 1}, {@code x - 0} and the way
 * from float to double and back, though it would have changed a NaN. So results are looked at where
 * that costs little; for the rest, the numbers 0 and 1 are read from fields, and C2 can't know that
 * they are these. It still knows a 1 that it computed itself, from constants that the guest's
 * compiler left: who multiplies a signalling NaN with that may see it again.
 */
@SuppressWarnings("MemberName") // The names are those of WebAssembly's instructions.
public final class NumericOperations {
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

  private static final long LOW_HALF = 0xFFFF_FFFFL;
  private static final double TWO_TO_31 = 0x1p31;
  private static final double TWO_TO_32 = 0x1p32;
  private static final double TWO_TO_63 = 0x1p63;
  private static final double TWO_TO_64 = 0x1p64;

  private NumericOperations() {}

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

  // Integers.

  public static int I32_CLZ(int a) {
    return Integer.numberOfLeadingZeros(a);
  }

  public static int I32_CTZ(int a) {
    return Integer.numberOfTrailingZeros(a);
  }

  public static int I32_POPCNT(int a) {
    return Integer.bitCount(a);
  }

  public static int I32_ROTL(int a, int b) {
    return Integer.rotateLeft(a, b);
  }

  public static int I32_ROTR(int a, int b) {
    return Integer.rotateRight(a, b);
  }

  public static int I32_DIV_S(int a, int b) {
    if (b == -1 && a == Integer.MIN_VALUE) {
      throw GuestTrap.INTEGER_OVERFLOW;
    }
    return a / nonZero(b);
  }

  public static int I32_DIV_U(int a, int b) {
    return Integer.divideUnsigned(a, nonZero(b));
  }

  public static int I32_REM_S(int a, int b) {
    return a % nonZero(b);
  }

  public static int I32_REM_U(int a, int b) {
    return Integer.remainderUnsigned(a, nonZero(b));
  }

  /**
   * {@code i32.div_u} where generated code has the divisor as a constant: the JIT makes a
   * multiplication of a signed division.
   */
  public static int divideByConstant(int a, int b) {
    return (int) ((a & LOW_HALF) / (nonZero(b) & LOW_HALF));
  }

  /** {@code i32.rem_u}, as above. */
  public static int remainderByConstant(int a, int b) {
    return (int) ((a & LOW_HALF) % (nonZero(b) & LOW_HALF));
  }

  private static int nonZero(int divisor) {
    if (divisor == 0) {
      throw GuestTrap.INTEGER_DIVIDE_BY_ZERO;
    }
    return divisor;
  }

  public static int I32_EQZ(int a) {
    return a == 0 ? 1 : 0;
  }

  public static int I32_EQ(int a, int b) {
    return a == b ? 1 : 0;
  }

  public static int I32_NE(int a, int b) {
    return a != b ? 1 : 0;
  }

  public static int I32_LT_S(int a, int b) {
    return a < b ? 1 : 0;
  }

  public static int I32_LE_S(int a, int b) {
    return a <= b ? 1 : 0;
  }

  public static int I32_GT_S(int a, int b) {
    return a > b ? 1 : 0;
  }

  public static int I32_GE_S(int a, int b) {
    return a >= b ? 1 : 0;
  }

  public static int I32_LT_U(int a, int b) {
    return Integer.compareUnsigned(a, b) < 0 ? 1 : 0;
  }

  public static int I32_LE_U(int a, int b) {
    return Integer.compareUnsigned(a, b) <= 0 ? 1 : 0;
  }

  public static int I32_GT_U(int a, int b) {
    return Integer.compareUnsigned(a, b) > 0 ? 1 : 0;
  }

  public static int I32_GE_U(int a, int b) {
    return Integer.compareUnsigned(a, b) >= 0 ? 1 : 0;
  }

  public static int I32_EXTEND_8_S(int a) {
    return (byte) a;
  }

  public static int I32_EXTEND_16_S(int a) {
    return (short) a;
  }

  public static long I64_CLZ(long a) {
    return Long.numberOfLeadingZeros(a);
  }

  public static long I64_CTZ(long a) {
    return Long.numberOfTrailingZeros(a);
  }

  public static long I64_POPCNT(long a) {
    return Long.bitCount(a);
  }

  public static long I64_ROTL(long a, long b) {
    return Long.rotateLeft(a, (int) b);
  }

  public static long I64_ROTR(long a, long b) {
    return Long.rotateRight(a, (int) b);
  }

  public static long I64_DIV_S(long a, long b) {
    if (b == -1 && a == Long.MIN_VALUE) {
      throw GuestTrap.INTEGER_OVERFLOW;
    }
    return a / nonZero(b);
  }

  public static long I64_DIV_U(long a, long b) {
    return Long.divideUnsigned(a, nonZero(b));
  }

  public static long I64_REM_S(long a, long b) {
    return a % nonZero(b);
  }

  public static long I64_REM_U(long a, long b) {
    return Long.remainderUnsigned(a, nonZero(b));
  }

  /**
   * {@code i64.div_u} where generated code has the divisor as a constant. A dividend of 2⁶³ or more
   * is halved first; then the quotient may be one too small.
   */
  public static long divideByConstant(long a, long b) {
    if (nonZero(b) < 0) {
      return Long.compareUnsigned(a, b) < 0 ? 0 : 1;
    }
    if (a >= 0) {
      return a / b;
    }
    long quotient = ((a >>> 1) / b) << 1;
    return Long.compareUnsigned(a - quotient * b, b) < 0 ? quotient : quotient + 1;
  }

  /** {@code i64.rem_u}, as above. */
  public static long remainderByConstant(long a, long b) {
    return b > 0 && a >= 0 ? a % b : a - divideByConstant(a, b) * b;
  }

  private static long nonZero(long divisor) {
    if (divisor == 0) {
      throw GuestTrap.INTEGER_DIVIDE_BY_ZERO;
    }
    return divisor;
  }

  public static int I64_EQZ(long a) {
    return a == 0 ? 1 : 0;
  }

  public static int I64_EQ(long a, long b) {
    return a == b ? 1 : 0;
  }

  public static int I64_NE(long a, long b) {
    return a != b ? 1 : 0;
  }

  public static int I64_LT_S(long a, long b) {
    return a < b ? 1 : 0;
  }

  public static int I64_LE_S(long a, long b) {
    return a <= b ? 1 : 0;
  }

  public static int I64_GT_S(long a, long b) {
    return a > b ? 1 : 0;
  }

  public static int I64_GE_S(long a, long b) {
    return a >= b ? 1 : 0;
  }

  public static int I64_LT_U(long a, long b) {
    return Long.compareUnsigned(a, b) < 0 ? 1 : 0;
  }

  public static int I64_LE_U(long a, long b) {
    return Long.compareUnsigned(a, b) <= 0 ? 1 : 0;
  }

  public static int I64_GT_U(long a, long b) {
    return Long.compareUnsigned(a, b) > 0 ? 1 : 0;
  }

  public static int I64_GE_U(long a, long b) {
    return Long.compareUnsigned(a, b) >= 0 ? 1 : 0;
  }

  public static long I64_EXTEND_8_S(long a) {
    return (byte) a;
  }

  public static long I64_EXTEND_16_S(long a) {
    return (short) a;
  }

  public static long I64_EXTEND_32_S(long a) {
    return (int) a;
  }

  public static long I64_EXTEND_I32_U(int a) {
    return a & LOW_HALF;
  }

  // From floats to integers. A float is a double of the same value, and a double that is as large
  // as
  // one of these powers of two is no integer of that kind; what is cut off is what's behind the
  // point.

  /** What a truncation to an integer that can't be made ends with. */
  private static GuestTrap notAnInteger(double value) {
    return Double.isNaN(value) ? GuestTrap.INVALID_CONVERSION : GuestTrap.INTEGER_OVERFLOW;
  }

  /** Of a number from 0 to 2⁶⁴, which isn't reached. */
  private static long unsigned(double value) {
    return value < TWO_TO_63 ? (long) value : (long) (value - TWO_TO_63) ^ Long.MIN_VALUE;
  }

  public static int I32_TRUNC_F32_S(float value) {
    if (value > -TWO_TO_31 - 1 && value < TWO_TO_31) {
      return (int) value;
    }
    throw notAnInteger(value);
  }

  public static int I32_TRUNC_F32_U(float value) {
    if (value > -1 && value < TWO_TO_32) {
      return (int) (long) value;
    }
    throw notAnInteger(value);
  }

  public static long I64_TRUNC_F32_S(float value) {
    if (value >= -TWO_TO_63 && value < TWO_TO_63) {
      return (long) value;
    }
    throw notAnInteger(value);
  }

  public static long I64_TRUNC_F32_U(float value) {
    if (value > -1 && value < TWO_TO_64) {
      return unsigned(value);
    }
    throw notAnInteger(value);
  }

  public static int I32_TRUNC_SAT_F32_S(float value) {
    return (int) value;
  }

  public static int I32_TRUNC_SAT_F32_U(float value) {
    return (int) Math.min(Math.max((long) value, 0), LOW_HALF);
  }

  public static long I64_TRUNC_SAT_F32_S(float value) {
    return (long) value;
  }

  public static long I64_TRUNC_SAT_F32_U(float value) {
    if (value > 0) { // And no NaN.
      return value < TWO_TO_64 ? unsigned(value) : -1;
    }
    return 0;
  }

  public static int I32_TRUNC_F64_S(double value) {
    if (value > -TWO_TO_31 - 1 && value < TWO_TO_31) {
      return (int) value;
    }
    throw notAnInteger(value);
  }

  public static int I32_TRUNC_F64_U(double value) {
    if (value > -1 && value < TWO_TO_32) {
      return (int) (long) value;
    }
    throw notAnInteger(value);
  }

  public static long I64_TRUNC_F64_S(double value) {
    if (value >= -TWO_TO_63 && value < TWO_TO_63) {
      return (long) value;
    }
    throw notAnInteger(value);
  }

  public static long I64_TRUNC_F64_U(double value) {
    if (value > -1 && value < TWO_TO_64) {
      return unsigned(value);
    }
    throw notAnInteger(value);
  }

  public static int I32_TRUNC_SAT_F64_S(double value) {
    return (int) value;
  }

  public static int I32_TRUNC_SAT_F64_U(double value) {
    return (int) Math.min(Math.max((long) value, 0), LOW_HALF);
  }

  public static long I64_TRUNC_SAT_F64_S(double value) {
    return (long) value;
  }

  public static long I64_TRUNC_SAT_F64_U(double value) {
    if (value > 0) { // And no NaN.
      return value < TWO_TO_64 ? unsigned(value) : -1;
    }
    return 0;
  }

  // From integers to floats, and bits as they are.

  public static float F32_CONVERT_I32_S(int a) {
    return a;
  }

  public static float F32_CONVERT_I32_U(int a) {
    return a & LOW_HALF;
  }

  public static float F32_CONVERT_I64_S(long a) {
    return a;
  }

  public static float F32_CONVERT_I64_U(long a) {
    // Half of it, with the bit that is lost in the one that decides how to round.
    return a >= 0 ? a : ((a >>> 1) | (a & 1)) * 2f;
  }

  public static double F64_CONVERT_I32_S(int a) {
    return a;
  }

  public static double F64_CONVERT_I32_U(int a) {
    return a & LOW_HALF;
  }

  public static double F64_CONVERT_I64_S(long a) {
    return a;
  }

  public static double F64_CONVERT_I64_U(long a) {
    return a >= 0 ? a : ((a >>> 1) | (a & 1)) * 2d;
  }

  public static float F32_REINTERPRET_I32(int a) {
    return Float.intBitsToFloat(a);
  }

  public static double F64_REINTERPRET_I64(long a) {
    return Double.longBitsToDouble(a);
  }

  public static int I32_REINTERPRET_F32(float a) {
    return Float.floatToRawIntBits(a);
  }

  public static long I64_REINTERPRET_F64(double a) {
    return Double.doubleToRawLongBits(a);
  }

  /** Of a double, the float next to it. */
  public static float demote(double value) {
    return quiet((float) value);
  }

  // Floats.

  public static float F32_ABS(float a) {
    return Math.abs(a);
  }

  public static float F32_CEIL(float a) {
    return demote(Math.ceil(a));
  }

  public static float F32_FLOOR(float a) {
    return demote(Math.floor(a));
  }

  public static float F32_NEAREST(float a) {
    return demote(Math.rint(a));
  }

  public static float F32_SQRT(float a) {
    return (float) Math.sqrt(a);
  }

  public static float F32_TRUNC(float a) {
    return a < 0 ? F32_CEIL(a) : F32_FLOOR(a);
  }

  public static float F32_MIN(float a, float b) {
    return quiet(Math.min(a, b));
  }

  public static float F32_MAX(float a, float b) {
    return quiet(Math.max(a, b));
  }

  public static float F32_COPYSIGN(float a, float b) {
    return Math.copySign(a, b);
  }

  public static int F32_EQ(float a, float b) {
    return a == b ? 1 : 0;
  }

  public static int F32_NE(float a, float b) {
    return a != b ? 1 : 0;
  }

  public static int F32_LT(float a, float b) {
    return a < b ? 1 : 0;
  }

  public static int F32_LE(float a, float b) {
    return a <= b ? 1 : 0;
  }

  public static int F32_GT(float a, float b) {
    return a > b ? 1 : 0;
  }

  public static int F32_GE(float a, float b) {
    return a >= b ? 1 : 0;
  }

  public static double F64_ABS(double a) {
    return Math.abs(a);
  }

  public static double F64_CEIL(double a) {
    return quiet(Math.ceil(a));
  }

  public static double F64_FLOOR(double a) {
    return quiet(Math.floor(a));
  }

  public static double F64_NEAREST(double a) {
    return quiet(Math.rint(a));
  }

  public static double F64_SQRT(double a) {
    return Math.sqrt(a);
  }

  public static double F64_TRUNC(double a) {
    return a < 0 ? F64_CEIL(a) : F64_FLOOR(a);
  }

  public static double F64_MIN(double a, double b) {
    return quiet(Math.min(a, b));
  }

  public static double F64_MAX(double a, double b) {
    return quiet(Math.max(a, b));
  }

  public static double F64_COPYSIGN(double a, double b) {
    return Math.copySign(a, b);
  }

  public static int F64_EQ(double a, double b) {
    return a == b ? 1 : 0;
  }

  public static int F64_NE(double a, double b) {
    return a != b ? 1 : 0;
  }

  public static int F64_LT(double a, double b) {
    return a < b ? 1 : 0;
  }

  public static int F64_LE(double a, double b) {
    return a <= b ? 1 : 0;
  }

  public static int F64_GT(double a, double b) {
    return a > b ? 1 : 0;
  }

  public static int F64_GE(double a, double b) {
    return a >= b ? 1 : 0;
  }

  // A value as raw bits, and back: how globals and doors have them.

  public static long floatToLong(float value) {
    return Float.floatToRawIntBits(value);
  }

  public static float longToFloat(long bits) {
    return Float.intBitsToFloat((int) bits);
  }

  public static long doubleToLong(double value) {
    return Double.doubleToRawLongBits(value);
  }

  public static double longToDouble(long bits) {
    return Double.longBitsToDouble(bits);
  }
}
