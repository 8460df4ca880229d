package dev.mooring.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What it costs that every call is on the disk before it is answered, at 1,000 connections: beside
 * the same load in memory, the store alone with batches like the server's, and the disk alone.
 */
final class DurableLoad implements BenchPart {
  private static final int CONNECTIONS = 1_000;
  private static final int RECORD_BYTES = 100;
  static final double MICROS_PER_MILLI = 1e3;

  /** Short calls, one after the other of each connection. */
  static final List<String> LOAD =
      List.of(
          "--module",
          "counter",
          "--call",
          "add 1",
          "--payload",
          "0",
          "--connections",
          Integer.toString(CONNECTIONS));

  private final OutliveBench bench;
  private final Samples memory = new Samples();
  private final Samples disk = new Samples();
  private final Samples memoryCpu = new Samples();
  private final Samples diskCpu = new Samples();
  private final Samples alone = new Samples();
  private final Samples syncs = new Samples();
  private final Samples vsLimit = new Samples();
  private final Samples memoryP99 = new Samples();
  private final Samples diskP99 = new Samples();
  private final Samples addedP99 = new Samples();
  private final Samples rates = new Samples();
  private final Samples batchCounts = new Samples();
  private final Samples batchesPerSecond = new Samples();
  private final Samples sessionBytes = new Samples();

  DurableLoad(OutliveBench bench) {
    this.bench = bench;
  }

  @Override
  public String title() {
    return "calls on the disk";
  }

  @Override
  public int steps() {
    return 5 * bench.plan().rounds();
  }

  @Override
  public void measure() throws IOException, InterruptedException {
    for (int round = 0; round < bench.plan().rounds(); round++) {
      round();
    }
  }

  private void round() throws IOException, InterruptedException {
    LoadReport inMemory;
    LoadReport onDisk;
    BatchSampler.Rates written;
    try (ServerProcess server = bench.start(List.of("counter"), "durable", List.of())) {
      bench.warmUp(server, "disk", LOAD);
      inMemory = bench.load(server, "memory", LOAD);
      try (var sampler = new BatchSampler(server)) {
        onDisk = bench.load(server, "disk", LOAD);
        written = sampler.rates();
      }
      latencies(server, (int) Math.max(1, onDisk.throughput() / 2));
    }
    bench.forget("durable");
    memory.add(inMemory.throughput());
    disk.add(onDisk.throughput());
    inMemory.number("server", "cpu_us_per_call").ifPresent(memoryCpu::add);
    onDisk.number("server", "cpu_us_per_call").ifPresent(diskCpu::add);
    alone(inMemory.throughput(), onDisk.throughput(), written);
  }

  /** Under a load that both hold, so that it is the wait for the disk that is added. */
  private void latencies(ServerProcess server, int rate) throws IOException, InterruptedException {
    var open = new ArrayList<>(LOAD);
    open.addAll(List.of("--rate", Integer.toString(rate)));
    OptionalDouble before = bench.load(server, "memory", open).number("latency", "p99_us");
    OptionalDouble after = bench.load(server, "disk", open).number("latency", "p99_us");
    if (before.isPresent() && after.isPresent()) {
      rates.add(rate);
      memoryP99.add(before.getAsDouble() / MICROS_PER_MILLI);
      diskP99.add(after.getAsDouble() / MICROS_PER_MILLI);
      addedP99.add((after.getAsDouble() - before.getAsDouble()) / MICROS_PER_MILLI);
    }
  }

  private void alone(double inMemory, double onDisk, BatchSampler.Rates written)
      throws IOException, InterruptedException {
    Files.createDirectories(bench.folder());
    try (StoreProcess process = bench.alone()) {
      int millis = bench.plan().diskMillis();
      syncs.add(process.syncsPerSecond(bench.folder(), RECORD_BYTES, millis));
      if (written.batchesPerSecond().isPresent() && written.bytesPerSecond().isPresent()) {
        double batches = written.batchesPerSecond().getAsDouble();
        double count = onDisk / batches;
        double bytes = written.bytesPerSecond().getAsDouble() / onDisk;
        batchesPerSecond.add(batches);
        batchCounts.add(count);
        sessionBytes.add(bytes);
        double commits =
            process.commitsPerSecond(
                bench.folder(), (int) Math.max(1, Math.round(count)), (int) bytes, millis);
        alone.add(commits);
        vsLimit.add(onDisk / Math.min(inMemory, commits));
      }
    }
  }

  @Override
  public void report(Report report) {
    var table =
        new Table(
            List.of(
                "1,000 connections, 1 call each at a time",
                "calls/s",
                "CPU (µs/call)",
                "p99 (ms)"));
    table.add(
        List.of(
            "memory", Report.median(memory), Report.median(memoryCpu), Report.median(memoryP99)));
    table.add(List.of("disk", Report.median(disk), Report.median(diskCpu), Report.median(diskP99)));
    table.add(List.of("RocksDB alone, batches like the server's", Report.median(alone), "", ""));
    table.add(
        List.of(
            "write and fdatasync of 100 bytes, one after the other", Report.median(syncs), "", ""));
    report.table(table);
    if (vsLimit.isEmpty()) {
      report.absent(
          "durable_vs_limit: how the server's batches are is not known: Linux didn't count what"
              + " its store's thread wrote");
    } else {
      report.note(
          "The server wrote "
              + Report.median(batchesPerSecond)
              + " batches a second, of "
              + Report.median(batchCounts)
              + " calls, each with "
              + Report.median(sessionBytes)
              + " bytes in the store's log: so does RocksDB alone, through the server's own"
              + " SessionStore. The limit is the lesser of that and the same load with `memory`,"
              + " of the same round.");
    }
    report.note(
        "calls/s are of a closed loop of `counter`'s `add`. p99 is of an open loop at half of what"
            + " `disk` did ("
            + Report.median(rates)
            + " calls/s), so that both hold it. The store is on "
            + fileSystem()
            + ".");
    report.figure("durable_commits_per_s", disk);
    report.figure("disk_syncs_per_s", syncs);
    report.figure("durable_added_p99_ms", addedP99);
    report.figure("durable_vs_limit", vsLimit);
  }

  private String fileSystem() {
    try {
      return Files.getFileStore(bench.setting().source()).type();
    } catch (IOException e) {
      return "an unknown file system";
    }
  }
}
