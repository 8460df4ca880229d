package dev.mooring.loadtest;

import java.util.Locale;

/**
 * What a report says of its run as a whole: whether there was a server to measure, and whether it
 * came to its end. What was expected of the figures is for {@link Expectation} to say.
 */
public final class Verdict {
  private Verdict() {}

  /**
   * Why a run is no measurement, in one line.
   *
   * @return empty if it is one
   */
  public static String failure(Report report) {
    if (!(report.number("calls.answered") > 0)) {
      return "no call was answered" + firstError(report);
    }
    // Where connections are closed all the time, at one moment there may just be none.
    boolean closesNone = report.number("settings.calls_per_connection") == 0;
    return closesNone && report.number("connections.open_at_end") == 0
        ? "no connection was open at the end" + firstError(report)
        : "";
  }

  /**
   * How far a run came that was ended before its time, in one line.
   *
   * @return empty if it came to its end
   */
  public static String interruption(Report report) {
    if (!report.isInterrupted()) {
      return "";
    }
    int steps = report.objects("steps").size();
    if (steps > 0) {
      return "interrupted at step " + steps;
    }
    double seconds = report.number("seconds");
    double wanted = report.number("settings.duration_seconds");
    return Double.isNaN(wanted)
        ? "interrupted after %s of %s calls"
            .formatted(
                Units.count(report.number("calls.scheduled")),
                Units.count(report.number("settings.count")))
        : String.format(Locale.ROOT, "interrupted after %.1f of %s s", seconds, shortest(wanted));
  }

  /** '20', '2.5'. */
  private static String shortest(double seconds) {
    return seconds == Math.rint(seconds) ? String.valueOf((long) seconds) : String.valueOf(seconds);
  }

  private static String firstError(Report report) {
    return report.members("error_messages").entrySet().stream()
        .findFirst()
        .map(error -> ": " + error.getKey() + ": " + error.getValue())
        .orElse("");
  }
}
