package dev.mooring.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code RESULTS.md}: a section for each verb, which a run of it replaces. */
final class Results {
  private static final String HEADING = "## ";

  private static final List<String> HEAD =
      List.of(
          "# Results",
          "",
          "What these numbers don't mean. They are medians from one machine on one day: compare the"
              + " columns of a row, not a row with another machine's. They are of small programs"
              + " that each do one thing over and over; yours does many things, now and then, with"
              + " cold caches. They say nothing of a network, and all but those of `peers` nothing of"
              + " the protocol, or of many loops at once. A peer is run as its own documentation has"
              + " it, by people who know ours better than theirs. Each section says what else its"
              + " numbers don't show.",
          "",
          "Written by `src/bench/run`, which replaces a section as a whole. Don't edit.",
          "");

  private Results() {}

  /** Puts a section in the place of the one with the same name, or at the end. */
  static void write(Path file, String name, List<String> body) throws IOException {
    var lines = new ArrayList<>(HEAD);
    boolean written = false;
    List<String> old = Files.exists(file) ? Files.readAllLines(file) : List.of();
    int at = next(old, 0);
    while (at < old.size()) {
      int end = next(old, at + 1);
      if (old.get(at).equals(HEADING + name)) {
        add(lines, name, body);
        written = true;
      } else {
        lines.addAll(old.subList(at, end));
      }
      at = end;
    }
    if (!written) {
      add(lines, name, body);
    }
    while (lines.getLast().isEmpty()) {
      lines.removeLast();
    }
    Files.write(file, lines);
  }

  private static void add(List<String> lines, String name, List<String> body) {
    lines.add(HEADING + name);
    lines.add("");
    lines.addAll(body);
    lines.add("");
  }

  private static int next(List<String> lines, int from) {
    for (int i = from; i < lines.size(); i++) {
      if (lines.get(i).startsWith(HEADING)) {
        return i;
      }
    }
    return lines.size();
  }
}
