package dev.mooring.state;

/**
 * Bytes that are no session's state, or a state that doesn't fit where it was to be restored. The
 * message says what was wrong and what was expected; nothing has been changed.
 */
public final class StateException extends Exception {
  private static final long serialVersionUID = 1;

  /** For whoever reads or restores states. */
  public StateException(String message) {
    super(message);
  }
}
