package dev.mooring.cli.terminal;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How far a stream has come: a bar on a terminal, nothing anywhere else. */
public sealed interface Progress extends AutoCloseable {
  /** The size of a stream if nobody can know it. */
  long UNKNOWN = -1;

  /** So many bytes more were answered. */
  void add(long bytes);

  /** Leaves the last state on the screen. */
  @Override
  void close();

  /**
   * Begins to show a stream's progress.
   *
   * @param sizeBytes of the whole, or {@link #UNKNOWN}
   */
  static Progress on(Console console, long sizeBytes) {
    return console.errTerminal() ? new Bar(console, sizeBytes) : new Silence();
  }

  /** For scripts. */
  record Silence() implements Progress {
    @Override
    public void add(long bytes) {}

    @Override
    public void close() {}
  }

  /** For people. */
  final class Bar implements Progress {
    private static final long MIB = 1 << 20;
    private static final int UPDATE_MILLIS = 100;

    private final ProgressBar bar;

    private Bar(Console console, long sizeBytes) {
      bar =
          new ProgressBarBuilder()
              .setTaskName("streaming")
              .setInitialMax(sizeBytes)
              .setUnit(" MiB", MIB)
              .setStyle(
                  console.colours()
                      ? ProgressBarStyle.COLORFUL_UNICODE_BLOCK
                      : ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(UPDATE_MILLIS)
              .showSpeed()
              .build();
    }

    @Override
    public void add(long bytes) {
      bar.stepBy(bytes);
    }

    @Override
    public void close() {
      bar.close();
    }
  }
}
