package dev.mooring.client;

import java.time.Duration;

/** Checks durations that configure something. */
final class Durations {
  /** More than anyone waits; in milliseconds it fits the wire's 32 bits. */
  static final Duration LONGEST = Duration.ofDays(30);

  static Duration requirePositive(String name, Duration duration) {
    if (!duration.isPositive() || duration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "%s is %s, expected more than 0 and at most 30 days".formatted(name, duration));
    }
    return duration;
  }

  /** Whole milliseconds, so that a short wish doesn't become none. */
  static long toMillisRoundedUp(Duration duration) {
    return duration.plusNanos(999_999).toMillis();
  }

  private Durations() {}
}
