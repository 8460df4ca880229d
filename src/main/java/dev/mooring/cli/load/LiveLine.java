package dev.mooring.cli.load;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Durations;
import dev.mooring.loadtest.Monitor;
import java.time.Duration;
import java.util.Locale;

/** How a load test goes: one line on a terminal, over and over; nothing anywhere else. */
final class LiveLine implements Monitor, AutoCloseable {
  private static final String START_OF_LINE = "\r";
  private static final String CLEAR_TO_END = "\u001b[K";

  private final Console console;
  private boolean shown;

  LiveLine(Console console) {
    this.console = console;
  }

  @Override
  public void moment(Moment moment) {
    if (!console.errTerminal()) {
      return;
    }
    String text =
        String.format(
            Locale.ROOT,
            "%-10s %s  %,.0f calls/s  p99 %s  %,d connections",
            name(moment.phase()),
            time(moment),
            moment.perSecond(),
            moment.p99Us() == 0 ? "–" : Durations.print(micros(moment.p99Us())),
            moment.openConnections());
    String errors =
        moment.errors() == 0
            ? ""
            : console.errInk(
                Console.Ink.RED, String.format(Locale.ROOT, "  %,d errors", moment.errors()));
    console.err().print(START_OF_LINE + text + errors + CLEAR_TO_END);
    shown = true;
  }

  /** Leaves nothing behind: the table follows. */
  @Override
  public void close() {
    if (shown) {
      console.err().print(START_OF_LINE + CLEAR_TO_END);
    }
  }

  private static String name(Phase phase) {
    return switch (phase) {
      case CONNECTING -> "connecting";
      case WARMING_UP -> "warming up";
      case MEASURING -> "measuring";
      case DRAINING -> "draining";
    };
  }

  private static String time(Moment moment) {
    return moment.totalSeconds() == 0
        ? String.format(Locale.ROOT, "%.0f s", moment.elapsedSeconds())
        : String.format(
            Locale.ROOT, "%.0f of %.0f s", moment.elapsedSeconds(), moment.totalSeconds());
  }

  private static Duration micros(double micros) {
    return Duration.ofNanos(Math.round(micros * 1_000));
  }
}
