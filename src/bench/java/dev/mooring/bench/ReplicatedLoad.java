package dev.mooring.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * What it costs that every call is on the disks of a database and of its standby before it is
 * answered, at 1,000 connections: beside the same load in memory, and beside the same batches by
 * plain JDBC.
 */
final class ReplicatedLoad implements BenchPart {
  private final NodesBench bench;
  private final Samples memory = new Samples();
  private final Samples disk = new Samples();
  private final Samples alone = new Samples();
  private final Samples vsLimit = new Samples();
  private final Samples diskP99 = new Samples();
  private final Samples diskCpu = new Samples();
  private final Samples rows = new Samples();
  private final Samples changeBytes = new Samples();
  private final Samples wholeBytes = new Samples();
  private final Samples logBytes = new Samples();

  ReplicatedLoad(NodesBench bench) {
    this.bench = bench;
  }

  @Override
  public String title() {
    return "calls in the database and its standby";
  }

  @Override
  public int steps() {
    return 4 * bench.plan().rounds();
  }

  @Override
  public void measure() throws IOException, InterruptedException {
    for (int round = 0; round < bench.plan().rounds(); round++) {
      round();
    }
  }

  private void round() throws IOException, InterruptedException {
    double inMemory;
    double onDisk;
    DatabasePair.Counts written;
    double[] bytes;
    try (ServerProcess server = bench.start(NodesBench.PLACEMENT, "load")) {
      bench.load(
          server,
          "disk",
          DurableLoad.LOAD); // What is compiled and loaded at the first is not measured.
      inMemory = bench.load(server, "memory", DurableLoad.LOAD).throughput();
      DatabasePair.Counts before = bench.database().counts();
      CompletableFuture<double[]> midway = recordBytesMidway();
      LoadReport report = bench.load(server, "disk", DurableLoad.LOAD);
      written = bench.database().counts().since(before);
      bytes = midway.join();
      onDisk = report.throughput();
      report
          .number("latency", "p99_us")
          .ifPresent(micros -> diskP99.add(micros / DurableLoad.MICROS_PER_MILLI));
      report.number("server", "cpu_us_per_call").ifPresent(diskCpu::add);
    }
    memory.add(inMemory);
    disk.add(onDisk);
    rows.add(written.records() / written.commits());
    logBytes.add(written.logBytes() / written.records());
    changeBytes.add(bytes[0]);
    wholeBytes.add(bytes[1]);
    try (JdbcProcess process = JdbcProcess.start(bench.setting(), NodesBench.PLACEMENT)) {
      double commits =
          process.commitsPerSecond(
              bench.database(),
              new JdbcProcess.Batches(
                  (int) Math.max(1, Math.round(written.records() / written.commits())),
                  (int) bytes[0],
                  (int) bytes[1],
                  (int) Math.max(1, Math.round(written.records() / Math.max(1, written.heads())))),
              1_000 * bench.plan().seconds());
      alone.add(commits);
      vsLimit.add(onDisk / Math.min(inMemory, commits));
    }
    bench.progress().step();
  }

  /** When sessions end, their records go. */
  private CompletableFuture<double[]> recordBytesMidway() {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return bench.database().recordBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          } catch (InterruptedException e) {
            throw new CompletionException(e);
          }
        },
        CompletableFuture.delayedExecutor(
            bench.plan().warmUp() + bench.plan().seconds() / 2, TimeUnit.SECONDS));
  }

  @Override
  public void report(Report report) {
    var table =
        new Table(List.of("1,000 connections, 1 call each at a time", "calls/s", "p99 (ms)"));
    table.add(List.of("memory", Report.median(memory), ""));
    table.add(
        List.of(
            "disk, of the primary and the standby", Report.median(disk), Report.median(diskP99)));
    table.add(List.of("plain JDBC, batches like the server's", Report.median(alone), ""));
    report.table(table);
    report.note(
        "The server wrote "
            + Report.median(rows)
            + " rows in a transaction, a row for each call, of "
            + Report.median(changeBytes)
            + " bytes, or of "
            + Report.median(wholeBytes)
            + " where it wrote a session whole: so do as many threads with a statement for each"
            + " table and batch, and nothing else to do. The limit is the lesser of that and the"
            + " same load with `memory`, of the same round. Server's processor: "
            + Report.median(diskCpu)
            + " µs a call.");
    report.figure("replicated_commits_per_s", disk);
    report.figure("nodes_vs_limit", vsLimit);
    report.figure("replicated_bytes_per_call", logBytes);
  }
}
