package dev.mooring.cli.client;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.terminal.Lines;
import dev.mooring.cli.terminal.PipedLines;
import dev.mooring.cli.terminal.TerminalLines;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.client.ExportedFunction;
import dev.mooring.client.GoAwayReason;
import dev.mooring.client.MooringSession;
import dev.mooring.client.SessionEnd;
import dev.mooring.client.SessionListener;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mooring shell}: one session, for as long as someone types. */
@Command(
    name = "shell",
    header = "Open a session and call its functions by hand.",
    description = {
      "Each line is a call of the same instance, whose state so lasts until the end: 'add 5', or"
          + " 'put key=value' for a function that reads bytes. 'help' says more. Events are shown as"
          + " they come. A session that --session names is kept at the end of input, and ended by"
          + " :close. From a pipe it reads lines without a prompt, and ends with exit code 1 if a"
          + " call failed.",
      "",
      "Examples:",
      "  mooring shell --module counter",
      "  mooring shell --module counter --session visits --durability disk",
      "  printf 'put a=1\\nput b=2\\nscan\\n' | mooring shell --module kv"
    })
public final class ShellCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private SessionOptions options = new SessionOptions();

  public ShellCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    var news = new News();
    try (var client = options.newClient();
        MooringSession session = options.open(client, options.toOpenOptions().withListener(news));
        var _ = options.leaving(session);
        Lines lines = lines(session)) {
      news.tell(lines);
      if (isInteractive()) {
        console.out().println(greeting(session));
      }
      var shell = new Shell(session, lines, console);
      boolean allWell;
      try {
        allWell = shell.run();
      } finally {
        news.stop();
      }
      if (shell.isClosed()) {
        var _ = session.closeAsync(); // Before it is left.
      }
      return allWell || isInteractive() ? ExitCode.OK : ExitCode.FAILED;
    }
  }

  private boolean isInteractive() {
    return console.inTerminal() && console.outTerminal();
  }

  private Lines lines(MooringSession session) {
    if (!isInteractive()) {
      return new PipedLines(console);
    }
    List<String> words =
        Stream.concat(session.exports().stream().map(ExportedFunction::name), Shell.WORDS.stream())
            .distinct()
            .toList();
    return new TerminalLines(nameOf(options.module()) + "> ", words);
  }

  private String greeting(MooringSession session) {
    return console.outInk(
        Console.Ink.DIM,
        "%s at %s, session %s. Type 'help', or a function: %s"
            .formatted(
                nameOf(options.module()),
                session.server(),
                session.id(),
                String.join(" ", session.exports().stream().map(ExportedFunction::name).toList())));
  }

  /** The module's name without its digest. */
  private static String nameOf(String module) {
    int at = module.indexOf('@');
    String name = at < 0 ? module : module.substring(0, at);
    return Bytes.toLine(name);
  }

  /**
   * What the session says without being asked. It may speak before there is a terminal to show it
   * on: then it waits. Hears on the session's event loop, tells from the command's thread.
   */
  private final class News implements SessionListener {
    private final ArrayDeque<String> waiting = new ArrayDeque<>();
    private @Nullable Lines lines;
    private boolean stopped;

    @Override
    public void onEvent(MooringSession session, byte[] payload) {
      announce(console.errInk(Console.Ink.CYAN, "event: ") + Bytes.toText(payload));
    }

    @Override
    public void onGoAway(MooringSession session, GoAwayReason reason, String message) {
      announce("the server will end this session soon: " + Bytes.toLine(message));
    }

    @Override
    public void onClosed(MooringSession session, SessionEnd end) {
      announce(
          switch (end) {
            case SessionEnd.Closed(var reason) -> "the session has ended: " + reason;
            case SessionEnd.Failed(var error) -> "the session has ended: " + error.getMessage();
          });
    }

    /** From now on, and what waited. */
    synchronized void tell(Lines lines) {
      this.lines = lines;
      waiting.forEach(lines::announce);
      waiting.clear();
    }

    /** The command ends the session itself now, which is no news. */
    synchronized void stop() {
      stopped = true;
    }

    private synchronized void announce(String text) {
      if (stopped) {
        return;
      }
      if (lines == null) {
        waiting.add(text);
      } else {
        lines.announce(text);
      }
    }
  }
}
