package dev.mooring.client;

import java.time.Duration;

/** Checks durations that configure something. */
final class Durations {
  /** More than anyone waits, and short enough that its nanoseconds never overflow when added. */
  static final Duration LONGEST = Duration.ofDays(365);

  static Duration requirePositive(String name, Duration duration) {
    if (!duration.isPositive() || duration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "%s is %s, expected more than 0 and at most 365 days".formatted(name, duration));
    }
    return duration;
  }

  private Durations() {}
}
