package dev.mooring.cli.text;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Lengths of time as people type them: {@code 50ms}, {@code 2s}, {@code 1m}. */
public final class Durations {
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m)");

  private Durations() {}

  /**
   * Reads a length of time, such as {@code 50ms}.
   *
   * @throws IllegalArgumentException if the text is no such length, or zero; the message says what
   *     is expected
   */
  public static Duration parse(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "expected a time such as 50ms, 2s or 1m, got '" + Bytes.toLine(text) + "'");
    }
    long number = Long.parseLong(matcher.group(1));
    if (number == 0) {
      throw new IllegalArgumentException("expected a time longer than nothing, got '" + text + "'");
    }
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      default -> Duration.ofMinutes(number);
    };
  }

  /** '340 µs', '1.2 ms', '3.4 s'. */
  public static String print(Duration duration) {
    long micros = duration.toNanos() / 1_000;
    if (micros < 1_000) {
      return micros + " µs";
    }
    return micros < 1_000_000
        ? Math.round(micros / 100.0) / 10.0 + " ms"
        : Math.round(micros / 100_000.0) / 10.0 + " s";
  }

  /** What picocli reads them with. */
  public static final class Converter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        return parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
