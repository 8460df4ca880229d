package dev.mooring.cli.load;

import dev.mooring.cli.text.Durations;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;

/** Lengths of time that may be nothing at all: {@code 0}, or as {@link Durations}. */
final class LoadTimes implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String text) {
    return text.matches("0(ms|s|m)?") ? Duration.ZERO : new Durations.Converter().convert(text);
  }
}
