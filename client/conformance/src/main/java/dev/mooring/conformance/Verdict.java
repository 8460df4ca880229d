package dev.mooring.conformance;

import java.time.Duration;

/**
 * What came of a check.
 *
 * @param detail why, if it didn't pass; may quote what the server sent
 * @param took from its first connection to its last
 */
public record Verdict(Check check, Outcome outcome, String detail, Duration took) {

  /** How a check may end. */
  public enum Outcome {
    PASSED,
    FAILED,
    SKIPPED
  }
}
