package dev.mooring.cli.terminal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.jline.reader.Completer;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReader.Option;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.ArgumentCompleter;
import org.jline.reader.impl.completer.NullCompleter;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Lines from a person: a prompt, editing, completion, history, and announcements above the prompt.
 */
public final class TerminalLines implements Lines {
  private final Terminal terminal;
  private final LineReader reader;
  private final String prompt;

  /**
   * @param firstWords what the first word of a line may be completed to
   */
  public TerminalLines(String prompt, List<String> firstWords) {
    this.prompt = prompt;
    try {
      this.terminal = TerminalBuilder.builder().system(true).build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Completer completer =
        new ArgumentCompleter(new StringsCompleter(firstWords), NullCompleter.INSTANCE);
    this.reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("mooring")
            .completer(completer)
            .parser(plainParser())
            .variable(LineReader.HISTORY_FILE, historyFile())
            // '!' belongs to the guest's input.
            .option(Option.DISABLE_EVENT_EXPANSION, true)
            .build();
  }

  /** Ctrl-C drops the line; Ctrl-D ends the input. */
  @Override
  public @Nullable String read() {
    while (true) {
      try {
        return reader.readLine(prompt);
      } catch (UserInterruptException e) {
        // The line is dropped: the person starts over.
      } catch (EndOfFileException e) {
        return null;
      }
    }
  }

  /** Above the prompt while a line is being typed. */
  @Override
  public void announce(String text) {
    reader.printAbove(text);
  }

  @Override
  public void close() {
    try {
      terminal.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Quotes and backslashes are the guest's: no line is ever unfinished. */
  private static DefaultParser plainParser() {
    var parser = new DefaultParser();
    parser.setQuoteChars(new char[0]);
    parser.setEscapeChars(new char[0]);
    return parser;
  }

  private static Path historyFile() {
    String state = System.getenv("XDG_STATE_HOME");
    Path folder =
        state == null || state.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".local", "state")
            : Path.of(state);
    return folder.resolve("mooring").resolve("shell-history");
  }
}
