package dev.mooring.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DurationsTest {
  @ParameterizedTest
  @CsvSource({"50ms, PT0.05S", "2s, PT2S", "1m, PT1M"})
  void parse_time_isThatLong(String text, Duration expected) {
    assertEquals(expected, Durations.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "s", "-1s", "0ms", "1.5s", "1h", "9999999999s"})
  void parse_somethingElse_isRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Durations.parse(text));
  }

  @ParameterizedTest
  @CsvSource({"PT0.00034S, 340 µs", "PT0.00123S, 1.2 ms", "PT3.4S, 3.4 s"})
  void print_duration_choosesTheUnit(Duration duration, String expected) {
    assertEquals(expected, Durations.print(duration));
  }
}
