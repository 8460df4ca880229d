package dev.mooring.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A console with nobody at it, which remembers what was said. */
final class TestConsole {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** What a command left behind. */
  record Ending(int exitCode, String out, String err) {}

  private TestConsole() {}

  /** Runs a command with nothing on stdin. */
  static Ending run(String... arguments) {
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
    return new Ending(
        exitCode,
        test.out.toString(StandardCharsets.UTF_8),
        test.err.toString(StandardCharsets.UTF_8));
  }
}
