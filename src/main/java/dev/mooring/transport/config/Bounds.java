package dev.mooring.transport.config;

/** What configured numbers must be. (A class of its own: the records' defaults need each other.) */
final class Bounds {
  private Bounds() {}

  static void require(boolean condition, String name, long value, String least) {
    if (!condition) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be at least " + least);
    }
  }
}
