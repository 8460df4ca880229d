package dev.mooring.bench;

import dev.mooring.bench.PeerResults.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * The verb {@code peers}: Mooring over the network, beside servers of other shapes and another
 * engine, all under the same load.
 *
 * <p>Each server is a process of its own, and so is the load generator, {@code mooring loadtest}.
 * In a round every server is started anew, its answers are checked, and it gets the loads that it
 * is measured by, in turn with the others where a figure comes of it.
 */
final class PeersRun {
  private static final int CROWD = 10_000;
  private static final int SMALLER_CROWD = 1_000;
  private static final List<Placement> PLACEMENTS = List.of(Placement.APART, Placement.SHARED);
  private static final double KIB = 1_024;
  private static final double MICROS_PER_MILLI = 1e3;

  /**
   * Whose memory a full run looks at. Those with an instance of their own for each can't hold as
   * many.
   */
  private static final List<Rival> WEIGHED =
      List.of(
          Rival.MOORING,
          Rival.NETTY_ECHO,
          Rival.CHICORY_PLAIN,
          Rival.ACTOR_THREAD,
          Rival.ACTOR_VIRTUAL,
          Rival.WORKER_POOL,
          Rival.NODE_V8);

  private final Setting setting;
  private final Plan plan;
  private final Progress progress;
  private final Report report;
  private final PeerResults results = new PeerResults();
  private final Map<String, Samples> memoryKib = new LinkedHashMap<>();
  private final Samples stormMicros = new Samples();
  private final Samples garbage = new Samples();
  private final Set<String> absences = new LinkedHashSet<>();
  private final Set<String> remarks = new LinkedHashSet<>();

  private PeersRun(Setting setting, Plan plan) {
    this.setting = setting;
    this.plan = plan;
    this.progress = new Progress(setting.terminal());
    this.report = new Report(setting, "peers");
  }

  /**
   * How much is done.
   *
   * @param rounds of the cases that figures are of
   * @param matrixRounds of all others
   * @param firstWarmUp of a server's first load, in seconds
   * @param warmUp of its others
   * @param seconds of each measurement
   */
  private record Plan(
      int rounds, int matrixRounds, int firstWarmUp, int warmUp, int seconds, int crowdRounds) {
    static final Plan QUICK = new Plan(3, 0, 3, 1, 2, 1);
    static final Plan FULL = new Plan(5, 2, 6, 2, 4, 3);
  }

  /** The argument may be {@code --quick}. */
  public static void main(String[] args) throws Exception {
    String options = String.join(" ", args);
    var run = new PeersRun(Setting.ofProcess(), options.equals("--quick") ? Plan.QUICK : Plan.FULL);
    try {
      run.measure();
    } catch (Wrong e) {
      System.err.println("peers: " + e.getMessage());
      System.exit(1);
    }
    run.tabulate();
    run.note();
    run.figures();
    run.report.publish(options);
  }

  private void measure() throws Exception {
    progress.start(
        "servers under load",
        (long) plan.rounds * loads(PeerCase.QUICK)
            + (long) plan.matrixRounds * loads(PeerCase.MATRIX)
            + plan.crowdRounds);
    for (int round = 0; round < plan.rounds; round++) {
      for (Placement placement : PLACEMENTS) {
        sideBySide(placement);
      }
      if (round < plan.matrixRounds) {
        for (Placement placement : PLACEMENTS) {
          oneAfterTheOther(placement);
        }
      }
    }
    for (int round = 0; round < plan.crowdRounds; round++) {
      crowds();
      progress.step();
    }
    progress.end();
  }

  private static int loads(List<PeerCase> cases) {
    return cases.stream().mapToInt(c -> c.rivals().size()).sum();
  }

  /**
   * The cases that figures are of: all servers run, and get a load one right after the other. So
   * what slows the machine down for a minute slows down all that are compared.
   */
  private void sideBySide(Placement placement) throws Exception {
    try (var servers = new PeerServers(setting, placement)) {
      for (PeerCase load : PeerCase.QUICK) {
        if (load.placement().equals(placement)) {
          for (Rival rival : load.rivals()) {
            load(servers, rival, load);
          }
        }
      }
    }
  }

  /** All others: a server gets all its loads, and then the next does. They don't fit together. */
  private void oneAfterTheOther(Placement placement) throws Exception {
    for (Rival rival : Rival.values()) {
      try (var servers = new PeerServers(setting, placement)) {
        for (PeerCase load : PeerCase.MATRIX) {
          if (load.placement().equals(placement) && load.rivals().contains(rival)) {
            load(servers, rival, load);
          }
        }
      }
    }
  }

  /** A server that fails has no number here, and is started anew for what comes next. */
  private void load(PeerServers servers, Rival rival, PeerCase load) throws Exception {
    int warmUp = servers.runs(rival) ? plan.warmUp : plan.firstWarmUp;
    var options = new ArrayList<>(load.options());
    options.addAll(List.of("--warm-up", warmUp + "s", "--duration", plan.seconds + "s"));
    try {
      LoadReport found = LoadReport.of(setting, servers.get(rival), servers.placement(), options);
      results.add(load, rival, found);
      if (!found.errors().isEmpty()) {
        remarks.add(load.label() + ": " + rival.label() + " had errors, too: " + found.errors());
      }
    } catch (IOException e) {
      results.addNothing(load, rival);
      absences.add(load.label() + ": " + rival.label() + ": " + e.getMessage());
      servers.end(rival);
    }
    progress.step();
  }

  /**
   * What is measured with a crowd of connections: memory, a storm of them; and then the garbage.
   */
  private void crowds() throws Exception {
    boolean quick = plan.matrixRounds == 0;
    for (Rival rival : quick ? List.of(Rival.MOORING) : WEIGHED) {
      boolean all = rival == Rival.MOORING || !rival.runsGuests();
      weigh(rival, all ? CROWD : SMALLER_CROWD);
    }
    try (ServerProcess server = start(Rival.MOORING, Placement.SHARED)) {
      storm(server);
    }
    try (ServerProcess server = start(Rival.MOORING, Placement.APART)) {
      garbage.add(
          Garbage.bytesPerCall(
              server, Door.TCP, Garbage.MOORING_LOOPS, plan.firstWarmUp * 100_000L, 1_000_000));
    }
  }

  private ServerProcess start(Rival rival, Placement placement)
      throws IOException, InterruptedException {
    return PeerServers.start(setting, placement, rival, rival.door());
  }

  /** Every connection calls now and then, so that each instance has been called. */
  private void weigh(Rival rival, int connections) throws Exception {
    try (ServerProcess server = start(rival, Placement.SHARED)) {
      LoadReport found =
          LoadReport.of(
              setting,
              server,
              Placement.SHARED,
              List.of(
                  "--module", "page17",
                  "--call", "echo",
                  "--connections", Integer.toString(connections),
                  "--rate", Integer.toString(connections),
                  "--warm-up", "2s",
                  "--duration", "2s"));
      OptionalDouble before = found.number("server", "rss_before_bytes");
      OptionalDouble after = found.number("server", "rss_end_bytes");
      if (before.isPresent() && after.isPresent()) {
        memoryKib
            .computeIfAbsent(rival.label() + ", " + connections, l -> new Samples())
            .add((after.getAsDouble() - before.getAsDouble()) / KIB / connections);
      } else {
        absences.add("memory of " + rival.label() + ": the load test saw no process");
      }
    } catch (IOException e) {
      absences.add("memory of " + rival.label() + ": " + e.getMessage());
    }
  }

  private void storm(ServerProcess server) throws InterruptedException {
    try {
      LoadReport found =
          LoadReport.of(
              setting,
              server,
              Placement.SHARED,
              List.of(
                  "--module", "page17",
                  "--call", "echo",
                  "--connections", Integer.toString(CROWD),
                  "--connecting", Integer.toString(CROWD),
                  "--connect-timeout", "30s",
                  "--timeout", "30s",
                  "--warm-up", "0",
                  "--duration", "3s"));
      found.number("connections", "first_reply", "p99_us").ifPresent(stormMicros::add);
    } catch (IOException e) {
      absences.add("a storm of connections: " + e.getMessage());
    }
  }

  private void tabulate() {
    report.table(results.table());
    var memory =
        new Table(List.of("server, connections, each with its instance of 17 pages", "KiB each"));
    memoryKib.forEach((label, kib) -> memory.add(List.of(label, Report.number(kib.median()))));
    report.table(memory);
  }

  private void figures() {
    ratio("throughput_vs_echo_p16", PeerCase.PIPELINED, Metric.THROUGHPUT, Rival.NETTY_ECHO);
    ratio("throughput_vs_echo_p1", PeerCase.UNPIPELINED, Metric.THROUGHPUT, Rival.NETTY_ECHO);
    ratio("cpu_vs_echo_p16", PeerCase.PIPELINED, Metric.CPU, Rival.NETTY_ECHO);
    ratio("cpu_vs_echo_p1", PeerCase.UNPIPELINED, Metric.CPU, Rival.NETTY_ECHO);
    ratio("throughput_vs_chicory_p16", PeerCase.PIPELINED, Metric.THROUGHPUT, Rival.CHICORY_PLAIN);
    ratio("throughput_vs_node_p16", PeerCase.PIPELINED_SHARED, Metric.THROUGHPUT, Rival.NODE_V8);
    ratio("cpu_vs_node_p16", PeerCase.PIPELINED_SHARED, Metric.CPU, Rival.NODE_V8);
    ratio("cpu_vs_node_work", PeerCase.WORK, Metric.CPU, Rival.NODE_V8);
    ratio("throughput_vs_node_work", PeerCase.WORK, Metric.THROUGHPUT, Rival.NODE_V8);
    crowd("actor", Rival.ACTOR_THREAD);
    crowd("virtual_actor", Rival.ACTOR_VIRTUAL);
    crowd("pool", Rival.WORKER_POOL);
    limit("echo_vs_actor_1000c", PeerCase.CROWD, Rival.ACTOR_THREAD);
    limit("echo_vs_virtual_actor_1000c", PeerCase.CROWD, Rival.ACTOR_VIRTUAL);
    limit("echo_vs_pool_1000c", PeerCase.CROWD, Rival.WORKER_POOL);
    limit("echo_vs_pool_1000c_p16", PeerCase.CROWD_PIPELINED, Rival.WORKER_POOL);
    ratio("churn_vs_node", PeerCase.CHURN, Metric.THROUGHPUT, Rival.NODE_V8);
    report.figure(
        "preemption_off_vs_on",
        results.ratio(PeerCase.PIPELINED, Metric.THROUGHPUT, Rival.NO_PREEMPTION, Rival.MOORING));
    report.figure("garbage_per_call_bytes", median(garbage, 1));
    report.figure(
        "rss_per_connection_kib",
        median(memoryKib.getOrDefault(Rival.MOORING.label() + ", " + CROWD, new Samples()), 1));
    report.figure("open_storm_p99_ms", median(stormMicros, MICROS_PER_MILLI));
  }

  private void crowd(String name, Rival rival) {
    ratio("throughput_vs_" + name + "_1000c", PeerCase.CROWD, Metric.THROUGHPUT, rival);
    ratio("p99_vs_" + name + "_1000c", PeerCase.CROWD, Metric.P99, rival);
    ratio("cpu_vs_" + name + "_1000c", PeerCase.CROWD, Metric.CPU, rival);
    ratio(
        "throughput_vs_" + name + "_1000c_p16", PeerCase.CROWD_PIPELINED, Metric.THROUGHPUT, rival);
    ratio("p99_vs_" + name + "_1000c_p16", PeerCase.CROWD_PIPELINED, Metric.P99, rival);
  }

  /** What a server would have that spends nothing on guests, on the same sockets. */
  private void limit(String name, PeerCase load, Rival peer) {
    report.figure(name, results.ratio(load, Metric.THROUGHPUT, Rival.NETTY_ECHO, peer));
  }

  private void ratio(String name, PeerCase load, Metric metric, Rival peer) {
    report.figure(name, results.ratio(load, metric, Rival.MOORING, peer));
  }

  private static OptionalDouble median(Samples samples, double unit) {
    return samples.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(samples.median() / unit);
  }

  private void note() {
    absences.forEach(report::absent);
    remarks.forEach(report::note);
    report.note(
        plan.rounds
            + " rounds of the cases that figures are of, "
            + plan.matrixRounds
            + " of all others. In a round each server is started anew, its answers are checked, and it gets its loads:"
            + " in the cases that figures are of, one right after the other gets the same; in all others, one gets all"
            + " of its own before the next. It is loaded for "
            + plan.firstWarmUp
            + " s before its first measurement and for "
            + plan.warmUp
            + " s before any other; a measurement takes "
            + plan.seconds
            + " s. The same for all, whatever a JIT compiler would still do. Medians; a ratio is the median of the"
            + " rounds' ratios. The load generator is `mooring loadtest`, a closed loop, in a process of its own.");
    report.note(
        "'apart': the server has CPU "
            + described(Placement.APART.serverCpus())
            + " with "
            + Placement.APART.loops()
            + " event loop(s) or process(es), the load generator CPU "
            + described(Placement.APART.clientCpus())
            + ". 'shared': both have all CPUs, with "
            + Placement.SHARED.loops()
            + " event loops each, node-v8 as many processes, the pool as many threads. Apart, nothing disturbs the"
            + " server, which suits the comparison of what a call costs; but a server that is cheaper than its client"
            + " waits for it. Shared, a cheap server leaves more to the client, and no server is left waiting.");
    report.note(
        "`~`: the load generator was at its end, so the server could have done more, and its ratio to Mooring is"
            + " larger in truth. CPU is user and system time of all of a server's processes, and knows no such limit:"
            + " where the two disagree, believe it.");
    report.note(
        "The JVM's flags are those of Mooring's launcher for all servers on the JVM. All but netty-echo run the same"
            + " `.wasm`; netty-echo answers every call with its input. Only Mooring stops, undoes and bounds a call.");
    report.note(
        "Without preemption the check at back-edges and calls is empty, but calls are still counted in and out for"
            + " the watchdog.");
    report.note(
        "Memory is resident memory, above that of the server when it had answered a few calls and had no connection;"
            + " the kernel's buffers aren't in it. A JVM takes what its heap may have before it collects, so a small"
            + " number is also one of the collector's habits. Those with an instance of 17 pages for each connection"
            + " are asked for "
            + SMALLER_CROWD
            + " connections: more would not fit in the heap that a JVM takes by default.");
    report.note(
        "Garbage is what the JVM counts for the event loops' threads over a million calls of"
            + " open sessions (64 × 16, 64 B, echo). The storm: "
            + CROWD
            + " connections at once, from connecting to the first answer; connections beyond the operating system's"
            + " queue try again after a second.");
    report.note(
        "Not shown: a network, TLS, clients that are slow, guests that are large, what happens on more processors,"
            + " and how it is after hours. A closed loop measures how much a server can do; it hides how long callers"
            + " would wait, so the latencies are only to be compared with each other.");
  }

  private static String described(String cpus) {
    return cpus.isEmpty() ? "(any)" : cpus;
  }
}
