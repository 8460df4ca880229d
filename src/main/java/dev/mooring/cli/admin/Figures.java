package dev.mooring.cli.admin;

import dev.mooring.cli.text.Durations;
import java.time.Duration;
import java.util.Locale;

/** Figures as people read them, with three digits that matter. */
final class Figures {
  private static final long SECONDS_PER_MINUTE = 60;
  private static final long SECONDS_PER_HOUR = 3_600;
  private static final long SECONDS_PER_DAY = 86_400;

  private Figures() {}

  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  static String rate(double perSecond) {
    return String.format(
        Locale.ROOT, perSecond > 0 && perSecond < 10 ? "%.1f" : "%,.0f", perSecond);
  }

  static String micros(double micros) {
    if (micros <= 0) {
      return "–";
    }
    return micros < 100
        ? String.format(Locale.ROOT, "%.1f µs", micros)
        : Durations.print(Duration.ofNanos((long) (micros * 1_000)));
  }

  static String percent(double part) {
    return String.format(Locale.ROOT, part < 0.0995 ? "%.1f %%" : "%.0f %%", part * 100);
  }

  /** '34 s', '5 min 3 s', '2 h 12 min', '3 d 4 h'. */
  static String span(long millis) {
    long seconds = Math.max(0, millis / 1_000);
    if (seconds < SECONDS_PER_MINUTE) {
      return seconds + " s";
    }
    if (seconds < SECONDS_PER_HOUR) {
      return seconds / SECONDS_PER_MINUTE + " min " + seconds % SECONDS_PER_MINUTE + " s";
    }
    if (seconds < SECONDS_PER_DAY) {
      return "%d h %d min"
          .formatted(seconds / SECONDS_PER_HOUR, seconds % SECONDS_PER_HOUR / SECONDS_PER_MINUTE);
    }
    return "%d d %d h"
        .formatted(seconds / SECONDS_PER_DAY, seconds % SECONDS_PER_DAY / SECONDS_PER_HOUR);
  }

  /** SESSIONS_PER_ADDRESS as 'sessions per address'. */
  static String words(Object constant) {
    return constant.toString().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
