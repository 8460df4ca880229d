package dev.mooring.client;

/** One WebAssembly value: an argument or a result of a call. Immutable, for any thread. */
public sealed interface Value {

  /** A 32-bit integer; WebAssembly doesn't say whether it is signed, Java shows it signed. */
  record I32(int value) implements Value {
    @Override
    public ValueType type() {
      return ValueType.I32;
    }

    @Override
    public Number number() {
      return value;
    }
  }

  /** A 64-bit integer, signed or not, as for {@link I32}. */
  record I64(long value) implements Value {
    @Override
    public ValueType type() {
      return ValueType.I64;
    }

    @Override
    public Number number() {
      return value;
    }
  }

  /** A 32-bit float. A NaN's payload arrives as the guest left it. */
  record F32(float value) implements Value {
    @Override
    public ValueType type() {
      return ValueType.F32;
    }

    @Override
    public Number number() {
      return value;
    }
  }

  /** A 64-bit float. A NaN's payload arrives as the guest left it. */
  record F64(double value) implements Value {
    @Override
    public ValueType type() {
      return ValueType.F64;
    }

    @Override
    public Number number() {
      return value;
    }
  }

  /** The type that the function's signature names. */
  ValueType type();

  /** The value as an {@link Integer}, {@link Long}, {@link Float} or {@link Double}, to print. */
  Number number();

  static Value i32(int value) {
    return new I32(value);
  }

  static Value i64(long value) {
    return new I64(value);
  }

  static Value f32(float value) {
    return new F32(value);
  }

  static Value f64(double value) {
    return new F64(value);
  }

  /**
   * Reads a value that a person typed, by the rules that PROTOCOL.md has for all clients.
   *
   * @param text for the integers a decimal number, or {@code 0x} and hexadecimal digits, and
   *     anything that fits the type's bits, read as signed or as unsigned; for the floats a decimal
   *     number, of which the nearest of the type is taken unless it would be infinite; {@code inf};
   *     {@code nan}; or {@code nan:0x} and its payload in hexadecimal digits
   * @throws NumberFormatException when the text isn't a value of the type; its message says why
   */
  static Value parse(ValueType type, String text) {
    return ValueParser.parse(type, text);
  }
}
