package dev.mooring.bench;

import java.util.ArrayList;
import java.util.List;

/** A table in Markdown whose columns also line up as plain text. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(List<String> head) {
    rows.add(head);
  }

  void add(List<String> row) {
    rows.add(row);
  }

  List<String> lines() {
    int columns = rows.getFirst().size();
    var widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    var lines = new ArrayList<String>();
    for (List<String> row : rows) {
      lines.add(line(row, widths));
      if (lines.size() == 1) {
        lines.add(rule(widths));
      }
    }
    return lines;
  }

  private static String line(List<String> row, int[] widths) {
    var line = new StringBuilder("|");
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - row.get(i).length());
      line.append(' ').append(i == 0 ? row.get(i) + padding : padding + row.get(i)).append(" |");
    }
    return line.toString();
  }

  private static String rule(int[] widths) {
    var line = new StringBuilder("|");
    for (int i = 0; i < widths.length; i++) {
      line.append('-').append("-".repeat(widths[i])).append(i == 0 ? "-|" : ":|");
    }
    return line.toString();
  }
}
