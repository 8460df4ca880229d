package dev.mooring.bench;

import java.io.PrintStream;

/** Says on stderr how far a run is, if somebody watches; or once for each part, if nobody does. */
final class Progress {
  private static final int WIDTH = 30;
  private static final long REDRAW_NANOS = 100_000_000;

  private final PrintStream out = System.err;
  private final boolean terminal;
  private String title = "";
  private long steps;
  private long done;
  private long drawnAt;

  Progress(boolean terminal) {
    this.terminal = terminal;
  }

  void start(String title, long steps) {
    this.title = title;
    this.steps = steps;
    done = 0;
    drawnAt = 0;
    if (terminal) {
      draw();
    } else {
      out.println(title + " ...");
    }
  }

  void step() {
    at(done + 1);
  }

  /** So many steps are done. */
  void at(long step) {
    done = step;
    if (terminal && System.nanoTime() - drawnAt > REDRAW_NANOS) {
      draw();
    }
  }

  void end() {
    if (terminal) {
      out.print("\r\033[K");
      out.flush();
    }
  }

  private void draw() {
    drawnAt = System.nanoTime();
    int filled = (int) (WIDTH * done / Math.max(1, steps));
    out.printf(
        "\r\033[K%s %s%s %3d %%",
        title, "#".repeat(filled), "-".repeat(WIDTH - filled), 100 * done / Math.max(1, steps));
    out.flush();
  }
}
