package dev.mooring.cli.client;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.terminal.Lines;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.Durations;
import dev.mooring.client.ExportedFunction;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines and does what they say, until there are no more: calls of one session, and a few
 * words to the shell itself. For one thread.
 *
 * <p>The shell's own words begin with a colon, so that a guest may export any name; {@code help},
 * {@code exports} and {@code quit} are understood without one if the guest has no such function.
 */
final class Shell {
  /** What a line may begin with beside a function's name. */
  static final List<String> WORDS =
      List.of("help", "exports", "quit", ":help", ":exports", ":ping", ":wait", ":close", ":quit");

  private static final String HELP =
      """
      FUNCTION [ARGS] [INPUT]  calls a function: a word for each parameter, then its input,
                               which is the rest of the line, as in  add 5  or  put key=value
      exports                  lists the functions and their parameters
      :ping                    asks the server for a sign of life
      :wait TIME               waits, such as 2s, and shows the events that come
      :close                   ends the session, also one that is kept
      :quit                    leaves, as the end of input does: a session without a name ends
      """;

  private final MooringSession session;
  private final Lines lines;
  private final Console console;
  private boolean callFailed;
  private boolean closed;

  Shell(MooringSession session, Lines lines, Console console) {
    this.session = session;
    this.lines = lines;
    this.console = console;
  }

  /**
   * Runs to the end of input, {@code :quit}, or the session's end.
   *
   * @return whether every call succeeded
   * @throws CommandFailure if the input can't be read
   */
  boolean run() {
    String line = read();
    while (line != null && session.isOpen() && perform(line.stripLeading())) {
      line = read();
    }
    // Input that comes after the session's end was not obeyed.
    return !callFailed && (line == null || closed || session.isOpen());
  }

  private @Nullable String read() {
    try {
      return lines.read();
    } catch (IOException e) {
      throw CommandFailure.failed(String.valueOf(e.getMessage()), e);
    }
  }

  /** Does what a line says; false if it says to stop. */
  private boolean perform(String line) {
    // A comment, for scripts.
    if (line.isBlank() || line.startsWith("#")) {
      return true;
    }
    try {
      CallLine words = CallLine.parse(line);
      return switch (ownWord(words.function())) {
        case "help" -> print(HELP);
        case "exports" -> printExports();
        case "ping" -> print("answered in " + Durations.print(Remote.await(session.ping())) + "\n");
        case "wait" -> await(Durations.parse(words.rest().strip()));
        case "close" -> close();
        case "quit" -> false;
        case null -> call(words);
        default -> {
          String word = words.function();
          throw new IllegalArgumentException("the shell knows no " + word + "; try :help");
        }
      };
    } catch (MooringException | CommandFailure | IllegalArgumentException e) {
      callFailed = true;
      String message = Bytes.toLine(String.valueOf(e.getMessage()));
      console.err().println(console.errInk(Console.Ink.RED, "error: ") + message);
      return true;
    }
  }

  /** The word to the shell that this is, without its colon; null if it is a function's name. */
  private @Nullable String ownWord(String word) {
    if (word.startsWith(":")) {
      return word.substring(1);
    }
    boolean isOwn = word.equals("help") || word.equals("exports") || word.equals("quit");
    return isOwn && session.export(word).isEmpty() ? word : null;
  }

  private boolean call(CallLine words) {
    Answer.show(Remote.await(session.call(words.toRequest(session))), console);
    return true;
  }

  /** Whether it was asked to end the session, however that is kept. */
  boolean isClosed() {
    return closed;
  }

  private boolean close() {
    closed = true;
    return false;
  }

  private boolean print(String text) {
    console.out().print(text);
    console.out().flush();
    return true;
  }

  private boolean printExports() {
    for (ExportedFunction function : session.exports()) {
      console.out().println(function);
    }
    return true;
  }

  private static boolean await(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return true;
  }
}
