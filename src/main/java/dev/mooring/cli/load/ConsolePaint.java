package dev.mooring.cli.load;

import dev.mooring.cli.terminal.Console;
import dev.mooring.loadtest.ReportText;

/** Paints a report, if a person sees it. */
record ConsolePaint(Console console) implements ReportText.Paint {
  @Override
  public String heading(String text) {
    return console.outInk(Console.Ink.BOLD, text);
  }

  @Override
  public String bad(String text) {
    return console.outInk(Console.Ink.RED, text);
  }

  @Override
  public String dim(String text) {
    return console.outInk(Console.Ink.DIM, text);
  }
}
