package dev.mooring.conformance;

/** A rule that a server doesn't keep: what it did, and what was expected. */
public final class Finding extends Exception {
  private static final long serialVersionUID = 1;

  Finding(String message) {
    super(message);
  }

  Finding(String message, Throwable cause) {
    super(message, cause);
  }
}
