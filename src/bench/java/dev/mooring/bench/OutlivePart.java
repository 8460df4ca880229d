package dev.mooring.bench;

import java.io.IOException;

/** Some of the figures of the verb {@code outlive}: measured, then reported. One thread. */
interface OutlivePart {
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
}
