package dev.mooring.conformance;

/** The server wants less of us for a while. That is its right: the check is made again, later. */
final class Throttled extends RuntimeException {
  private static final long serialVersionUID = 1;

  Throttled(String message) {
    super(message);
  }
}
