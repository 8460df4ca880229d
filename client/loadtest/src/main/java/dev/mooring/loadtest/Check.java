package dev.mooring.loadtest;

/** Refuses numbers that are out of range, by the name of the flag that gave them. */
final class Check {
  private Check() {}

  static void range(String flag, long value, long lowest, long highest) {
    if (value < lowest || value > highest) {
      throw LoadFailure.usage(
          "%s is %d, expected %d to %d".formatted(flag, value, lowest, highest));
    }
  }
}
