package dev.mooring.cli;

import dev.mooring.cli.terminal.Console;
import dev.mooring.fuzz.PlainWords;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A console with nobody at it, which remembers what was said, and sees to it that complaints are in
 * words.
 */
public final class TestConsole {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** What a command left behind. */
  public record Ending(int exitCode, String out, String err) {}

  private TestConsole() {}

  /** Runs a command with nothing on stdin. */
  public static Ending run(String... arguments) {
    return runWithInput(new byte[0], arguments);
  }

  /** Runs a command with these bytes on stdin. */
  static Ending runWithInput(byte[] input, String... arguments) {
    var test = new TestConsole();
    var console =
        new Console(
            new ByteArrayInputStream(input),
            new PrintStream(test.out, true, StandardCharsets.UTF_8),
            new PrintStream(test.err, true, StandardCharsets.UTF_8),
            false,
            false,
            false,
            false);
    int exitCode = Mooring.commandLine(console).execute(arguments);
    String complaint = test.err.toString(StandardCharsets.UTF_8);
    if (!complaint.isBlank() && !List.of(arguments).contains("--verbose")) {
      PlainWords.check(complaint);
    }
    return new Ending(exitCode, test.out.toString(StandardCharsets.UTF_8), complaint);
  }
}
