package dev.mooring.client;

/** How a session ended. */
public sealed interface SessionEnd {

  /** In good order: whatever was sent was answered, and both sides said goodbye. */
  record Closed(CloseReason reason) implements SessionEnd {}

  /**
   * Otherwise. Calls that weren't answered have failed with the same exception, and may or may not
   * have run.
   */
  record Failed(MooringException error) implements SessionEnd {}
}
