package dev.mooring.bench;

import java.util.List;

/**
 * A program of one of the bench's guests, which computes and returns a checksum.
 *
 * @param guest whose it is
 * @param function what it is exported as
 * @param n how much it computes
 * @param does what, for people
 */
record Kernel(String guest, String function, int n, String does) {
  private static final String KERNELS = "kernels";

  /** The compute suite. */
  static final List<Kernel> SUITE =
      List.of(
          new Kernel(KERNELS, "run_sha", 96, "SHA-256"),
          new Kernel(KERNELS, "run_matrix", 72, "matrix product"),
          new Kernel(KERNELS, "run_sort", 8_000, "heap sort"),
          new Kernel(KERNELS, "run_fib", 25, "recursion"),
          new Kernel(KERNELS, "run_scan", 96, "string scanning"),
          new Kernel(KERNELS, "run_json", 2_400, "JSON parsing"),
          new Kernel(KERNELS, "run_table", 24_000, "hash table"),
          new Kernel(KERNELS, "run_image", 224, "image filter"),
          new Kernel(KERNELS, "run_interpret", 16_000, "interpreter"));

  /** An interpreter that is just small enough for HotSpot to compile it without being told to. */
  static final Kernel ALMOST_LARGE =
      new Kernel("large", "run_interpret_120", 20_000, "interpreter of 120 opcodes");

  /** The same of more opcodes: script engines and databases look like that. */
  static final List<Kernel> LARGE =
      List.of(
          new Kernel("large", "run_interpret_150", 20_000, "interpreter of 150 opcodes"),
          new Kernel("large", "run_interpret_250", 20_000, "interpreter of 250 opcodes"));

  String label() {
    return does + " (µs)";
  }
}
