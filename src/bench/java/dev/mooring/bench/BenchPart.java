package dev.mooring.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Some of the figures of a verb: measured, then reported. One thread. */
interface BenchPart {
  /** What it measures, for people. */
  String title();

  /** How many steps it takes, for whoever watches. */
  int steps();

  /**
   * Measures; what couldn't be is missing from the report.
   *
   * @throws IOException if a server or the disk fails
   * @throws Wrong if an answer is wrong
   */
  void measure() throws IOException, InterruptedException;

  /** Adds what was measured, absent figures included. */
  void report(Report report);

  /** Measures one after the other, and has all of them say what they found. */
  static void run(List<? extends BenchPart> parts, Progress progress, Report report)
      throws InterruptedException {
    Map<BenchPart, String> failures = new LinkedHashMap<>();
    for (BenchPart part : parts) {
      progress.start(part.title(), part.steps());
      try {
        part.measure();
      } catch (IOException e) {
        failures.put(part, String.valueOf(e.getMessage()));
      }
      progress.end();
    }
    for (BenchPart part : parts) {
      String failure = failures.get(part);
      if (failure != null) {
        report.absent(part.title() + ": " + failure);
      }
      part.report(report);
    }
  }
}
