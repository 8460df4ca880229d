package dev.mooring.cli.admin;

import dev.mooring.cli.text.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows under a head, in columns as wide as what is in them. */
final class Table {
  private static final int MOST_CHARS = 60;

  private final List<String[]> rows = new ArrayList<>();
  private final boolean[] right;

  /**
   * @param head a name for each column; one that begins with {@code >} has its column at the right
   */
  Table(String... head) {
    right = new boolean[head.length];
    String[] names = new String[head.length];
    for (int i = 0; i < head.length; i++) {
      right[i] = head[i].startsWith(">");
      names[i] = right[i] ? head[i].substring(1) : head[i];
    }
    rows.add(names);
  }

  /** Names come from strangers: nothing in them may command a terminal, nor push all else away. */
  void row(String... cells) {
    rows.add(
        Arrays.stream(cells)
            .map(Bytes::toLine)
            .map(cell -> cell.length() > MOST_CHARS ? cell.substring(0, MOST_CHARS) + "…" : cell)
            .toArray(String[]::new));
  }

  /** The head first. */
  List<String> lines() {
    int[] widths = new int[right.length];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    return rows.stream().map(row -> line(row, widths)).toList();
  }

  private String line(String[] row, int[] widths) {
    var line = new StringBuilder();
    for (int i = 0; i < row.length; i++) {
      String blanks = " ".repeat(widths[i] - row[i].length());
      line.append(i == 0 ? "" : "  ").append(right[i] ? blanks + row[i] : row[i] + blanks);
    }
    return line.toString().stripTrailing();
  }
}
