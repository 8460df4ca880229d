package dev.mooring.cli.admin;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.terminal.Screen;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mooring top}: how a server does, at a glance. */
@Command(
    name = "top",
    header = "Watch a running server: calls, latency, memory, event loops, who is turned away.",
    description = {
      "Asks the admin side of a server, which `mooring serve --admin HOST:PORT` opens, each second,"
          + " and shows what it says until q or Ctrl-C. Where nobody watches, or with --once, it"
          + " shows one second and ends.",
      "",
      "Examples:",
      "  mooring top 127.0.0.1:7071",
      "  mooring top 127.0.0.1:7071 --once",
      "  mooring top ops.example:7071 --token-file olga.token"
    })
public final class TopCommand implements Callable<Integer> {
  private static final int INTERVAL_MILLIS = 1_000;
  private static final int ONCE_COLUMNS = 100;
  private static final int ONCE_ROWS = 1_000;

  private final Console console;

  @Mixin private AdminOptions options = new AdminOptions();

  @Option(names = "--once", description = "Show one second, and end.")
  private boolean once;

  public TopCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (AdminClient client = options.newClient()) {
      // Before the screen is taken: what is wrong is said where it stays.
      var top = new TopScreen(console, client.address().toString(), ask(client));
      if (once || !console.outTerminal()) {
        TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
        top.take(ask(client));
        top.lines(ONCE_COLUMNS, ONCE_ROWS).forEach(console.out()::println);
        return ExitCode.OK;
      }
      watch(client, top);
      return ExitCode.OK;
    }
  }

  private static TopScreen.Sample ask(AdminClient client) {
    return new TopScreen.Sample(
        client.parse(client.get("server")), client.parse(client.get("tenants")));
  }

  private static void watch(AdminClient client, TopScreen top) {
    try (var screen = new Screen()) {
      long next = System.nanoTime();
      do {
        try {
          top.take(ask(client));
        } catch (CommandFailure e) {
          top.lost(e.line()); // It may come back, and then goes on.
        }
        screen.show(top.lines(screen.columns(), screen.rows()));
        next = Math.max(System.nanoTime(), next + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS));
      } while (!screen.isLeft(next, () -> top.lines(screen.columns(), screen.rows())));
    }
  }
}
