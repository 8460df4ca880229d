package dev.mooring.cli.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.loadtest.Expectation;
import dev.mooring.loadtest.Report;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a run that was cut comes to for who started it. */
final class LoadtestCommandTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void judge_interruptedRunWithExpectationsThatAreMet_fails() {
    assertEquals(ExitCode.FAILED, judge("errors=0"));
    assertEquals("mooring: interrupted after 1.4 of 20 s\n", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void judge_interruptedRunWithoutExpectations_isWhatItsUserWanted() {
    assertEquals(ExitCode.OK, judge(""));
  }

  private int judge(String expected) {
    String report =
        """
        {"schema": "mooring-loadtest/1", "interrupted": true, "seconds": 1.38, "errors": {},
         "calls": {"answered": 5}, "connections": {"open_at_end": 1},
         "settings": {"duration_seconds": 20.0, "calls_per_connection": 0}}
        """;
    var console =
        new Console(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false,
            false,
            false);
    return new LoadtestCommand(console)
        .judge(
            Report.parse("cut.json", report),
            expected.isEmpty() ? List.of() : Expectation.parse(expected));
  }
}
