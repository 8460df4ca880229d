package dev.mooring.guest.intake;

/** The value types that a module may use. */
public enum ValueType {
  I32("i32"),
  I64("i64"),
  F32("f32"),
  F64("f64"),
  FUNCREF("funcref"),
  EXTERNREF("externref");

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
