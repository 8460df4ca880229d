package dev.mooring.bench;

import java.io.IOException;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * How soon a session that sleeps runs its guest again, from memory and from the disk, against a
 * read of the disk. The server doesn't put idle sessions to sleep yet: so far only the read is
 * measured.
 */
final class Waking implements OutlivePart {
  private final OutliveBench bench;
  private StoreProcess.@Nullable Reads reads;

  Waking(OutliveBench bench) {
    this.bench = bench;
  }

  @Override
  public String title() {
    return "waking";
  }

  @Override
  public int steps() {
    return 1;
  }

  @Override
  public void measure() throws IOException, InterruptedException {
    try (StoreProcess process = bench.alone()) {
      reads = process.directReads(bench.folder(), bench.plan().reads());
    }
    bench.progress().step();
  }

  @Override
  public void report(Report report) {
    report.absent(
        "wake_ram_us, wake_disk_vs_read: the server doesn't put idle sessions to sleep yet; what"
            + " sleeps is what it found in its store when it started");
    report.figure("wake_ram_us", OptionalDouble.empty());
    report.figure("wake_disk_vs_read", OptionalDouble.empty());
    StoreProcess.Reads found = reads;
    report.figure(
        "disk_read_us", found == null ? OptionalDouble.empty() : OptionalDouble.of(found.p99()));
    if (found != null) {
      report.note(
          "`disk_read_us` is the p99 of direct reads of 4 KiB at random places in 256 MiB, one"
              + " after the other; p50 is "
              + Report.number(found.p50())
              + ".");
    }
  }
}
