package dev.mooring.client;

import java.math.BigInteger;

/** Reads values as people write them. */
final class ValueParser {

  static Value parse(ValueType type, String text) {
    return switch (type) {
      case I32 -> Value.i32(integer(type, text, Integer.SIZE).intValue());
      case I64 -> Value.i64(integer(type, text, Long.SIZE).longValue());
      case F32 -> Value.f32(Float.parseFloat(requireDecimal(type, text)));
      case F64 -> Value.f64(Double.parseDouble(requireDecimal(type, text)));
    };
  }

  private static BigInteger integer(ValueType type, String text, int bits) {
    BigInteger integer;
    try {
      integer = unbounded(text);
    } catch (NumberFormatException e) {
      throw notA(type, text, "an integer, decimal or 0x and hexadecimal");
    }
    BigInteger lowest = BigInteger.ONE.shiftLeft(bits - 1).negate();
    if (integer.bitLength() > bits || integer.compareTo(lowest) < 0) {
      throw notA(type, text, "an integer of " + bits + " bits");
    }
    return integer;
  }

  private static BigInteger unbounded(String text) {
    boolean negative = text.startsWith("-");
    String digits = negative || text.startsWith("+") ? text.substring(1) : text;
    boolean hexadecimal = digits.startsWith("0x") || digits.startsWith("0X");
    if (hexadecimal) {
      digits = digits.substring(2);
    }
    if (digits.startsWith("-") || digits.startsWith("+")) {
      throw new NumberFormatException("two signs");
    }
    var magnitude = new BigInteger(digits, hexadecimal ? 16 : 10);
    return negative ? magnitude.negate() : magnitude;
  }

  private static String requireDecimal(ValueType type, String text) {
    try {
      Double.parseDouble(text);
      return text;
    } catch (NumberFormatException e) {
      throw notA(type, text, "a decimal number, NaN or Infinity");
    }
  }

  private static NumberFormatException notA(ValueType type, String text, String expected) {
    return new NumberFormatException(
        "'%s' is not an %s: expected %s".formatted(text, type, expected));
  }

  private ValueParser() {}
}
