package dev.mooring.cli.client;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;
import dev.mooring.client.GoAwayReason;
import dev.mooring.client.MooringSession;
import dev.mooring.client.SessionListener;

/** Shows events on stderr, a line for each, as they come. */
final class EventPrinter implements SessionListener {
  private final Console console;

  EventPrinter(Console console) {
    this.console = console;
  }

  @Override
  public void onEvent(MooringSession session, byte[] payload) {
    console.err().println(console.errInk(Console.Ink.CYAN, "event: ") + Bytes.toText(payload));
  }

  @Override
  public void onGoAway(MooringSession session, GoAwayReason reason, String message) {
    console.err().println("mooring: the server says goodbye: " + Bytes.toLine(message));
  }
}
