package dev.mooring.loadtest;

import java.time.Duration;

/**
 * How long what lasts. First the ramp: connections are opened, and an open loop's rate grows. Then
 * the warm-up. Neither is measured.
 *
 * @param duration how long is measured; of no meaning with a count
 * @param count how many calls are measured; 0 for as many as there are in {@code duration}
 * @param connect how long TCP may take to connect
 * @param open how long the server may take to open the session after that
 * @param call how long a call may go unanswered, from when it should have been sent
 */
public record Schedule(
    Duration ramp,
    Duration warmUp,
    Duration duration,
    long count,
    Duration connect,
    Duration open,
    Duration call) {
  private static final Duration LONGEST = Duration.ofDays(7);

  public Schedule {
    check("--ramp", ramp, Duration.ZERO);
    check("--warm-up", warmUp, Duration.ZERO);
    check("--duration", duration, Duration.ofMillis(100));
    check("--connect-timeout", connect, Duration.ofMillis(1));
    check("--open-timeout", open, Duration.ofMillis(1));
    check("--timeout", call, Duration.ofMillis(1));
    Check.range("--count", count, 0, Long.MAX_VALUE / 2);
  }

  private static void check(String flag, Duration value, Duration shortest) {
    if (value.compareTo(shortest) < 0 || value.compareTo(LONGEST) > 0) {
      throw LoadFailure.usage(
          "%s is %d ms, expected %d ms to 7 days"
              .formatted(flag, value.toMillis(), shortest.toMillis()));
    }
  }
}
