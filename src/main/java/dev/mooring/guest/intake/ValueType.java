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

  /** The type's name in the WebAssembly text format. */
  @Override
  public String toString() {
    return text;
  }
}
