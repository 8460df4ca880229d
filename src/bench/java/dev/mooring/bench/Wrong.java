package dev.mooring.bench;

/** A run found something wrong, or something did not fit: said to whoever started it. */
final class Wrong extends RuntimeException {
  private static final long serialVersionUID = 1;

  Wrong(String message) {
    super(message);
  }

  static void check(boolean right, String message) {
    if (!right) {
      throw new Wrong(message);
    }
  }
}
