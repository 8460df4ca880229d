package dev.mooring.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What the parts of the verb {@code nodes} have in common. One thread.
 *
 * @param database which all servers share
 * @param remarks what happened besides that a reader should know
 */
record NodesBench(
    Setting setting, Plan plan, Progress progress, DatabasePair database, Set<String> remarks) {
  /** Server and load generator each have processors of their own; the database has all. */
  static final Placement PLACEMENT = Placement.APART;

  /** Shorter than the default, so that a server that was killed is found dead in a short run. */
  static final int LEASE_MILLIS = 3_000;

  /**
   * How much is done.
   *
   * @param rounds of loads in turn
   * @param warmUp of a load, in seconds
   * @param seconds of each measurement
   * @param clients of servers that are killed and drained
   * @param strikes how often they are killed, and how often drained
   * @param minutes how long the database is watched under load; 0: not at all
   */
  record Plan(int rounds, int warmUp, int seconds, int clients, int strikes, int minutes) {
    static final Plan QUICK = new Plan(1, 2, 4, 100, 3, 0);
    static final Plan FULL = new Plan(5, 3, 6, 300, 9, 0);

    /** Only what takes so many minutes. */
    static Plan watching(int minutes) {
      return new Plan(0, 3, 6, 0, 0, minutes);
    }
  }

  /** A call may take so long where processors are few and busy: no deadline is measured here. */
  static final int CALL_MILLIS = 20_000;

  /** A server of its own, whose store is the database. */
  ServerProcess start(Placement placement, String node) throws IOException, InterruptedException {
    return ServerProcess.start(
        setting,
        placement,
        List.of("counter"),
        database.config(node, LEASE_MILLIS)
            + "[session]\nmax_call_timeout_ms = %d\n".formatted(CALL_MILLIS));
  }

  /** What is said of a load that is warmed up before, and takes as long as the plan says. */
  LoadReport load(ServerProcess server, String durability, List<String> options)
      throws IOException, InterruptedException {
    return load(server, durability, options, plan.seconds);
  }

  /** As above, for so many seconds. */
  LoadReport load(ServerProcess server, String durability, List<String> options, int seconds)
      throws IOException, InterruptedException {
    var all = new ArrayList<>(options);
    all.addAll(List.of("--warm-up", plan.warmUp + "s", "--duration", seconds + "s"));
    all.addAll(List.of("--durability", durability));
    LoadReport report = LoadReport.of(setting, server, PLACEMENT, all);
    if (!report.errors().isEmpty()) {
      remarks.add("Of calls with `%s`, some failed: %s".formatted(durability, report.errors()));
    }
    progress.step();
    return report;
  }
}
