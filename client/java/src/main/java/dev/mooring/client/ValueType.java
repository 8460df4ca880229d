package dev.mooring.client;

import java.util.Locale;

/** The type of a WebAssembly value that can cross the wire. */
public enum ValueType {
  I32,
  I64,
  F32,
  F64;

  /** As WebAssembly's text format writes it: {@code i32}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
