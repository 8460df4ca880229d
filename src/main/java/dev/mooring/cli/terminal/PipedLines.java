package dev.mooring.cli.terminal;

import dev.mooring.file.TextLines;
import java.io.BufferedInputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Lines from a pipe or a file: no prompt, and announcements on stderr. */
public final class PipedLines implements Lines {
  private final Console console;
  private final TextLines lines;

  public PipedLines(Console console) {
    this.console = console;
    this.lines = new TextLines("stdin", new BufferedInputStream(console.in()));
  }

  @Override
  public @Nullable String read() throws IOException {
    return lines.next();
  }

  @Override
  public void announce(String text) {
    console.err().println(text);
  }

  /** The streams are the process's. */
  @Override
  public void close() {}
}
