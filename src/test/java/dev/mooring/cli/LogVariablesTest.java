package dev.mooring.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LogVariablesTest {
  @Test
  void check_whatTheLogUnderstands_passes() {
    assertDoesNotThrow(() -> LogVariables.check(Map.of()));
    assertDoesNotThrow(
        () ->
            LogVariables.check(Map.of("MOORING_LOG_FORMAT", "JSON", "MOORING_LOG_LEVEL", "DEBUG")));
  }

  @Test
  void check_anythingElse_saysWhatWasExpected() {
    var format =
        assertThrows(
            CommandFailure.class, () -> LogVariables.check(Map.of("MOORING_LOG_FORMAT", "XML")));
    assertEquals(
        "the environment variable MOORING_LOG_FORMAT is 'XML', expected one of TEXT, JSON",
        format.line());
    assertEquals(ExitCode.USAGE, format.exitCode());
    var level =
        assertThrows(
            CommandFailure.class, () -> LogVariables.check(Map.of("MOORING_LOG_LEVEL", "loud")));
    assertEquals(
        "the environment variable MOORING_LOG_LEVEL is 'loud', expected one of trace, debug, info,"
            + " warn, error, off",
        level.line());
  }
}
