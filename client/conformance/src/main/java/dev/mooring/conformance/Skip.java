package dev.mooring.conformance;

/** A rule that this server can't be asked about, and why. */
public final class Skip extends Exception {
  private static final long serialVersionUID = 1;

  Skip(String reason) {
    super(reason);
  }
}
