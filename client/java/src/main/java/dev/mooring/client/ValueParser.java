package dev.mooring.client;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads values as people write them, by the rules of PROTOCOL.md for all clients. */
final class ValueParser {
  private static final Pattern INTEGER =
      Pattern.compile("([+-]?)(?:0[xX](?<hex>[0-9a-fA-F]+)|(?<digits>[0-9]+))");

  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?");

  private static final Pattern INFINITY =
      Pattern.compile("([+-]?)inf(inity)?", Pattern.CASE_INSENSITIVE);

  private static final Pattern NAN =
      Pattern.compile("([+-]?)nan(:0x(?<payload>[0-9a-f]+))?", Pattern.CASE_INSENSITIVE);

  /** How many bits of a float hold its fraction, which is a NaN's payload. */
  private static final int F32_FRACTION_BITS = 23;

  private static final int F64_FRACTION_BITS = 52;

  static Value parse(ValueType type, String text) {
    return switch (type) {
      case I32 -> Value.i32(integer(type, text, Integer.SIZE).intValue());
      case I64 -> Value.i64(integer(type, text, Long.SIZE).longValue());
      case F32 -> f32(text);
      case F64 -> f64(text);
    };
  }

  private static BigInteger integer(ValueType type, String text, int bits) {
    Matcher written = INTEGER.matcher(text);
    if (!written.matches()) {
      throw notA(type, text, "an integer, decimal or 0x and hexadecimal");
    }
    String hex = written.group("hex");
    var magnitude = hex == null ? new BigInteger(written.group("digits")) : new BigInteger(hex, 16);
    BigInteger integer = isNegative(written) ? magnitude.negate() : magnitude;
    BigInteger lowest = BigInteger.ONE.shiftLeft(bits - 1).negate();
    if (integer.bitLength() > bits || integer.compareTo(lowest) < 0) {
      throw notA(type, text, "an integer of " + bits + " bits");
    }
    return integer;
  }

  private static Value f32(String text) {
    Matcher nan = NAN.matcher(text);
    if (nan.matches()) {
      int payload = (int) payload(ValueType.F32, text, nan, F32_FRACTION_BITS);
      int bits = Float.floatToRawIntBits(Float.POSITIVE_INFINITY) | payload;
      return Value.f32(Float.intBitsToFloat(isNegative(nan) ? bits | Integer.MIN_VALUE : bits));
    }
    double number = number(ValueType.F32, text);
    float nearest = (float) number;
    if (Float.isInfinite(nearest) && !Double.isInfinite(number)) {
      throw tooLarge(ValueType.F32, text, "3.4028235e38");
    }
    return Value.f32(nearest);
  }

  private static Value f64(String text) {
    Matcher nan = NAN.matcher(text);
    if (nan.matches()) {
      long payload = payload(ValueType.F64, text, nan, F64_FRACTION_BITS);
      long bits = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY) | payload;
      return Value.f64(Double.longBitsToDouble(isNegative(nan) ? bits | Long.MIN_VALUE : bits));
    }
    return Value.f64(number(ValueType.F64, text));
  }

  /** A NaN's payload; without one it is the canonical NaN's, its highest bit. */
  private static long payload(ValueType type, String text, Matcher nan, int bits) {
    String digits = nan.group("payload");
    if (digits == null) {
      return 1L << (bits - 1);
    }
    var payload = new BigInteger(digits, 16);
    if (payload.signum() == 0 || payload.bitLength() > bits) {
      throw notA(type, text, "a payload of 0x1 to 0x" + Long.toHexString((1L << bits) - 1));
    }
    return payload.longValue();
  }

  /** Infinite only if it is written so. */
  private static double number(ValueType type, String text) {
    Matcher infinity = INFINITY.matcher(text);
    if (infinity.matches()) {
      return isNegative(infinity) ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    if (!DECIMAL.matcher(text).matches()) {
      throw notA(type, text, "a decimal number, inf, nan or nan:0x and hexadecimal");
    }
    double number = Double.parseDouble(text);
    if (Double.isInfinite(number)) {
      throw tooLarge(type, text, "1.7976931348623157e308");
    }
    return number;
  }

  private static boolean isNegative(Matcher signed) {
    return signed.group(1).equals("-");
  }

  private static NumberFormatException tooLarge(ValueType type, String text, String most) {
    return notA(type, text, "at most " + most + ", or inf");
  }

  private static NumberFormatException notA(ValueType type, String text, String expected) {
    return new NumberFormatException(
        "'%s' is not an %s: expected %s".formatted(text, type, expected));
  }

  private ValueParser() {}
}
