package dev.mooring.guest;

/**
 * A value that a client can pass to a function and get back.
 *
 * <p>In a {@code long[]} of raw bits, an i32 is sign-extended, an f32 is {@link
 * Float#floatToRawIntBits} and an f64 {@link Double#doubleToRawLongBits}.
 */
public enum ValueType {
  I32,
  I64,
  F32,
  F64;

  /** The name that the text format of WebAssembly uses, such as {@code i32}. */
  public String wasmName() {
    return switch (this) {
      case I32 -> "i32";
      case I64 -> "i64";
      case F32 -> "f32";
      case F64 -> "f64";
    };
  }
}
