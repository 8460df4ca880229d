package dev.mooring.bench;

import dev.mooring.proto.v1.Durability;
import java.io.IOException;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How a server starts that finds very many sessions in its store, in a heap of 2 GiB: how long its
 * first client waits, and what the others weigh, which sleep there.
 */
final class Recovery implements BenchPart {
  private static final List<String> HEAP = List.of("-Xmx2g", "-XX:+ExitOnOutOfMemoryError");
  private static final String STORE = "recovery";
  private static final String EMPTY_STORE = "recovery-of-none";
  private static final long SUM = 7;
  private static final int WOKEN = 300;
  private static final double NANOS_PER_SECOND = 1e9;

  private final OutliveBench bench;
  private final Samples listening = new Samples();
  private final Samples recovery = new Samples();
  private final Samples cpu = new Samples();
  private final Samples woken = new Samples();
  private final Samples sessionBytes = new Samples();
  private long fitting;

  Recovery(OutliveBench bench) {
    this.bench = bench;
  }

  @Override
  public String title() {
    return "starting with a full store";
  }

  @Override
  public int steps() {
    return 1 + bench.plan().recoveries();
  }

  @Override
  public void measure() throws IOException, InterruptedException {
    try {
      long emptyBytes = weighEmpty();
      StoreClones clones = bench.fill(STORE, bench.plan().stored(), SUM);
      bench.progress().step();
      for (int i = 0; i < bench.plan().recoveries(); i++) {
        recover(clones, i, emptyBytes);
        bench.progress().step();
      }
    } finally {
      bench.forget(STORE);
      bench.forget(EMPTY_STORE);
    }
  }

  /** What a server weighs that found nothing, and has served one session. */
  private long weighEmpty() throws IOException, InterruptedException {
    try (ServerProcess server = start(EMPTY_STORE);
        var loop = new LoadLoop(server.port())) {
      Kept.make(loop, Durability.DISK, SUM).resume(loop);
      return heapBytes(server);
    }
  }

  /** On all processors: what else runs is idle. */
  private ServerProcess start(String store) throws IOException, InterruptedException {
    return ServerProcess.start(
        bench.setting(), Placement.SHARED, List.of(Kept.GUEST), bench.store(store), HEAP);
  }

  private void recover(StoreClones clones, int round, long emptyBytes)
      throws IOException, InterruptedException {
    int stored = bench.plan().stored();
    try (ServerProcess server = start(STORE);
        var loop = new LoadLoop(server.port())) {
      listening.add((System.nanoTime() - server.startedNanos()) / NANOS_PER_SECOND);
      // Each round wakes others, which know no token but their first.
      int first = (int) ((long) stored * round / bench.plan().recoveries());
      clones.get(first).resume(loop);
      recovery.add((System.nanoTime() - server.startedNanos()) / NANOS_PER_SECOND);
      server.cpuSeconds().ifPresent(cpu::add);
      sessionBytes.add((double) (heapBytes(server) - emptyBytes) / stored);
      int step = stored / bench.plan().recoveries() / (WOKEN + 1);
      for (int i = 1; i <= WOKEN; i++) {
        woken.add(clones.get(first + i * step).resume(loop).millis());
      }
      server.checkAlive();
      fitting = stored;
    }
  }

  private static long heapBytes(ServerProcess server) throws IOException {
    try (var machine = new OtherMachine(server.pids().getFirst())) {
      return machine.usedHeapBytes();
    }
  }

  @Override
  public void report(Report report) {
    var table = new Table(List.of("a start with so many sessions in the store", "value"));
    table.add(List.of("sessions", Integer.toString(bench.plan().stored())));
    row(table, "until it listens (s)", listening, 0.5);
    row(table, "until the first resumed answer (s)", recovery, 0.5);
    row(table, "processor time until then (s)", cpu, 0.5);
    row(table, "another's first answer, read from the store, p50 (ms)", woken, 0.5);
    row(table, "the same, p99 (ms)", woken, 0.99);
    row(table, "live heap for each, asleep (bytes)", sessionBytes, 0.5);
    report.table(table);
    report.figure("recovery_s", recovery);
    report.figure("sleeping_ram_bytes", sessionBytes);
    report.figure(
        "sleeping_sessions",
        fitting == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) fitting));
    report.note(
        "The store is filled with copies of one session of `counter`, which has no name; its files"
            + " are in the system's memory by then. The server is given 2 GiB of heap, and all"
            + " processors of the machine, whose load generator is idle until then. What a"
            + " session weighs is what the server's live heap is above that of one whose store has"
            + " one session; the sessions sleep since the start. `sleeping_sessions` is as many as"
            + " were there, all found and some hundred spread over them woken, not the most that"
            + " fit.");
  }

  private static void row(Table table, String label, Samples samples, double quantile) {
    table.add(List.of(label, Report.quantile(samples, quantile)));
  }
}
