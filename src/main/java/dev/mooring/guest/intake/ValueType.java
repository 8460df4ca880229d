package dev.mooring.guest.intake;

/**
 * The value types that a module may use. Clients pass and get numbers only.
 *
 * <p>In a {@code long} of raw bits, an i32 is sign-extended, an f32 is {@link
 * Float#floatToRawIntBits} and an f64 {@link Double#doubleToRawLongBits}. A reference is a
 * function's index or {@link #NULL_REFERENCE}.
 */
public enum ValueType {
  I32("i32"),
  I64("i64"),
  F32("f32"),
  F64("f64"),
  FUNCREF("funcref"),
  EXTERNREF("externref");

  /** The value of {@code ref.null}. */
  public static final int NULL_REFERENCE = -1;

  private final String text;

  ValueType(String text) {
    this.text = text;
  }

  /** Whether values of this type refer to something instead of being a number. */
  public boolean isReference() {
    return this == FUNCREF || this == EXTERNREF;
  }

  /** How many of the JVM's slots a value takes, as a parameter or local. */
  int slots() {
    return this == I64 || this == F64 ? 2 : 1;
  }

  /** The type's name in the WebAssembly text format. */
  @Override
  public String toString() {
    return text;
  }
}
