package dev.mooring.guest.random;

/** Floats to begin with: numbers of every kind, and NaN of every kind. */
final class Constants {
  private static final int F32_EXPONENT = 0x7F80_0000;
  private static final long F64_EXPONENT = 0x7FF0_0000_0000_0000L;

  private static final double[] NUMBERS = {
    0,
    1,
    -1,
    0.5,
    1.5,
    -2.5,
    3.75,
    1e10,
    -1e10,
    255,
    65_536,
    0x1p31,
    -0x1p31,
    0x1p32,
    0x1p53,
    0x1p63,
    -0x1p63,
    0x1p64,
    4_294_967_295.0,
    2_147_483_647.0,
    -2_147_483_649.0,
    1e-40,
    1e300,
    Double.MIN_VALUE,
    Double.MAX_VALUE,
    Float.MIN_VALUE,
    Float.MAX_VALUE,
    0x1.fffffep30,
    16_777_217,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    -0.0
  };

  private Constants() {}

  static int f32(Dice dice) {
    return switch (dice.below(8)) {
      case 0 -> F32_EXPONENT | (int) dice.bits();
      case 1, 2 -> (int) dice.bits();
      case 3 -> Float.floatToRawIntBits(dice.within(-200, 200) / 8f);
      default -> Float.floatToRawIntBits((float) number(dice));
    };
  }

  static long f64(Dice dice) {
    return switch (dice.below(8)) {
      case 0 -> F64_EXPONENT | dice.bits();
      case 1, 2 -> dice.bits();
      case 3 -> Double.doubleToRawLongBits(dice.within(-200, 200) / 8.0);
      default -> Double.doubleToRawLongBits(number(dice));
    };
  }

  private static double number(Dice dice) {
    return NUMBERS[dice.below(NUMBERS.length)];
  }
}
