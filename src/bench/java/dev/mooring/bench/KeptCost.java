package dev.mooring.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a call of a session costs that is kept in memory, against one of a session that isn't. */
final class KeptCost implements BenchPart {
  private static final int WARM_UP_MILLIS = 3_000;
  private static final int SECONDS = 2;
  private static final List<String> LOAD =
      List.of(
          "--module",
          "echo",
          "--call",
          "echo",
          "--payload",
          "64",
          "--connections",
          "64",
          "--pipeline",
          "16");
  private static final String PLAIN = "";
  private static final String KEPT = "memory";

  private final OutliveBench bench;
  private final Samples plain = new Samples();
  private final Samples kept = new Samples();
  private final Samples ratios = new Samples();

  KeptCost(OutliveBench bench) {
    this.bench = bench;
  }

  @Override
  public String title() {
    return "plain and kept sessions";
  }

  @Override
  public int steps() {
    return 2 + 2 * bench.plan().pairs();
  }

  @Override
  public void measure() throws IOException, InterruptedException {
    try (ServerProcess server = bench.start(List.of("echo"), "cost", List.of())) {
      bench.warmUp(server, PLAIN, LOAD);
      bench.warmUp(server, KEPT, LOAD);
      for (int pair = 0; pair < bench.plan().pairs(); pair++) {
        boolean plainFirst = pair % 2 == 0;
        double first = cpu(server, plainFirst ? PLAIN : KEPT);
        double second = cpu(server, plainFirst ? KEPT : PLAIN);
        plain.add(plainFirst ? first : second);
        kept.add(plainFirst ? second : first);
        ratios.add(plainFirst ? second / first : first / second);
      }
    } finally {
      bench.forget("cost");
    }
  }

  private double cpu(ServerProcess server, String durability)
      throws IOException, InterruptedException {
    var options = new ArrayList<>(LOAD);
    options.addAll(List.of("--warm-up", WARM_UP_MILLIS + "ms", "--duration", SECONDS + "s"));
    return bench
        .loadOnly(server, durability, options)
        .number("server", "cpu_us_per_call")
        .orElseThrow(() -> new IOException("the load test saw no process"));
  }

  @Override
  public void report(Report report) {
    var table = new Table(List.of("64 connections × 16, 64 B, echo", "CPU (µs/call)"));
    table.add(List.of("plain", Report.median(plain)));
    table.add(List.of("kept, memory", Report.median(kept)));
    report.table(table);
    report.figure("memory_resumable_cpu", ratios);
    if (!ratios.isEmpty()) {
      report.note(
          "CPU is user and system time of the server's process; `memory_resumable_cpu` is the median of "
              + ratios.count()
              + " pairs, in turn, each of "
              + SECONDS
              + " s; the middle half of them spreads over "
              + Report.number(100 * ratios.spread())
              + " %.");
    }
  }
}
