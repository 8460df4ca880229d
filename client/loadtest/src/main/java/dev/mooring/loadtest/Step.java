package dev.mooring.loadtest;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a rate grows from one test to the next, until the server doesn't hold it any more.
 *
 * @param factor what each rate is multiplied by
 * @param increment what is added to it, then
 * @param kneeP99 a rate is held as long as the 99th percentile of latency isn't above it
 */
public record Step(double factor, double increment, Duration kneeP99) {
  /** The most steps; the rate ends earlier. */
  static final int MAX_STEPS = 100;

  private static final Pattern STEP = Pattern.compile("([+x]?)([0-9]+(\\.[0-9]+)?)");

  /** Reads {@code +1000} (or {@code 1000}) and {@code x1.5}. */
  public static Step parse(String text, Duration kneeP99) {
    Matcher matcher = STEP.matcher(text);
    if (matcher.matches()) {
      double number = Double.parseDouble(matcher.group(2));
      if (matcher.group(1).equals("x") && number > 1) {
        return new Step(number, 0, kneeP99);
      }
      if (!matcher.group(1).equals("x") && number > 0) {
        return new Step(1, number, kneeP99);
      }
    }
    throw LoadFailure.usage(
        "--step is '" + text + "', expected +N calls per second, or xF with F above 1");
  }

  double next(double rate) {
    return rate * factor + increment;
  }
}
