package dev.mooring.cli.admin;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;

/**
 * A line in several inks that is no longer than a terminal is wide. Ink takes no room, so the text
 * is cut before it gets any.
 */
final class InkedLine {
  private final Console console;
  private final StringBuilder line = new StringBuilder();
  private int left;

  InkedLine(Console console, int columns) {
    this.console = console;
    this.left = columns;
  }

  InkedLine add(String text) {
    line.append(cut(text));
    return this;
  }

  InkedLine add(Console.Ink ink, String text) {
    String cut = cut(text);
    line.append(cut.isEmpty() ? "" : console.outInk(ink, cut));
    return this;
  }

  private String cut(String text) {
    String plain = Bytes.toLine(text);
    String cut = plain.substring(0, Math.min(left, plain.length()));
    left -= cut.length();
    return cut;
  }

  @Override
  public String toString() {
    return line.toString();
  }
}
