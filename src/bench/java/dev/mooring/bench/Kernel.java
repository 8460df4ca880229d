package dev.mooring.bench;

import java.util.List;

/**
 * A program of {@code kernels.wasm}, which computes and returns a checksum.
 *
 * @param function what it is exported as
 * @param n how much it computes
 * @param does what, for people
 */
record Kernel(String function, int n, String does) {
  /** The compute suite. */
  static final List<Kernel> SUITE =
      List.of(
          new Kernel("run_sha", 96, "SHA-256"),
          new Kernel("run_matrix", 72, "matrix product"),
          new Kernel("run_sort", 8_000, "heap sort"),
          new Kernel("run_fib", 25, "recursion"),
          new Kernel("run_scan", 96, "string scanning"),
          new Kernel("run_json", 2_400, "JSON parsing"),
          new Kernel("run_table", 24_000, "hash table"),
          new Kernel("run_image", 224, "image filter"),
          new Kernel("run_interpret", 16_000, "interpreter"));

  String label() {
    return does + " (µs)";
  }
}
