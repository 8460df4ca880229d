package dev.mooring.loadtest;

import dev.mooring.text.ErrorText;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * Every interval's latencies in HdrHistogram's log format, which its own tools read. In
 * nanoseconds; maxima in milliseconds, as the format has it. One thread.
 */
public final class HistogramLog implements AutoCloseable {
  private final PrintStream out;
  private final HistogramLogWriter writer;
  private String tag = "";

  /**
   * Begins the file.
   *
   * @throws LoadFailure if it can't be written
   */
  public HistogramLog(Path file) {
    try {
      out = new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new LoadFailure(
          LoadFailure.Kind.USAGE, "--hlog " + file + " can't be written: " + ErrorText.of(e), e);
    }
    writer = new HistogramLogWriter(out);
    long now = System.currentTimeMillis();
    writer.outputComment("mooring loadtest: latency from the intended send time, in nanoseconds");
    writer.outputLogFormatVersion();
    writer.outputStartTime(now);
    writer.setBaseTime(now);
    writer.outputBaseTime(now);
    writer.outputLegend();
  }

  /** What follows belongs to this; no blanks and commas. */
  void tag(String name) {
    tag = name;
  }

  void write(Histogram interval) {
    interval.setTag(tag.isEmpty() ? null : tag);
    writer.outputIntervalHistogram(interval);
  }

  @Override
  public void close() {
    out.close();
  }
}
