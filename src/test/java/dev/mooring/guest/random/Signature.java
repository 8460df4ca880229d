package dev.mooring.guest.random;

import dev.mooring.guest.intake.WasmBuilder;
import java.util.List;

/**
 * What a function takes and gives.
 *
 * @param params value types, as in the binary format
 * @param results likewise
 */
record Signature(List<Integer> params, List<Integer> results) {
  static final Signature NOTHING = new Signature(List.of(), List.of());

  Signature {
    params = List.copyOf(params);
    results = List.copyOf(results);
  }

  /** The types as bytes. */
  static byte[] bytes(List<Integer> types) {
    byte[] bytes = new byte[types.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = types.get(i).byteValue();
    }
    return bytes;
  }

  /** Whether the host may call it: it can't pass references. */
  boolean isOfNumbers() {
    return params.stream().noneMatch(Signature::isReference)
        && results.stream().noneMatch(Signature::isReference);
  }

  static boolean isReference(int type) {
    return type == WasmBuilder.FUNCREF || type == WasmBuilder.EXTERNREF;
  }
}
