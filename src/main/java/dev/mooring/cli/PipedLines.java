package dev.mooring.cli;

import dev.mooring.text.ErrorText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Lines from a pipe or a file: no prompt, and announcements on stderr. */
final class PipedLines implements Lines {
  private final Console console;
  private final BufferedReader reader;

  PipedLines(Console console) {
    this.console = console;
    this.reader = new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8));
  }

  @Override
  public @Nullable String read() {
    try {
      return reader.readLine();
    } catch (IOException e) {
      throw CommandFailure.failed("can't read stdin: " + ErrorText.of(e), e);
    }
  }

  @Override
  public void announce(String text) {
    console.err().println(text);
  }

  /** The streams are the process's. */
  @Override
  public void close() {}
}
