package dev.mooring.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Which processors a server has, and which the load generator.
 *
 * @param label for tables
 * @param serverCpus as taskset takes them; empty for all
 * @param clientCpus likewise
 * @param loops event loops of a server, or processes, or threads of a pool: one for each of its
 *     processors
 * @param clientLoops event loops of the load generator
 */
record Placement(String label, String serverCpus, String clientCpus, int loops, int clientLoops) {
  private static final int CPUS = Runtime.getRuntime().availableProcessors();

  /** Half of the processors each: neither takes anything from the other. */
  static final Placement APART =
      CPUS < 2
          ? new Placement("apart", "", "", 1, 1)
          : new Placement("apart", range(0, CPUS / 2), range(CPUS / 2, CPUS), CPUS / 2, CPUS / 2);

  /** All processors for both, as on a small machine: the kernel shares them. */
  static final Placement SHARED = new Placement("shared", "", "", CPUS, CPUS);

  private static String range(int from, int end) {
    return from == end - 1 ? Integer.toString(from) : from + "-" + (end - 1);
  }

  /** The command that runs another on some processors. */
  static List<String> on(String cpus, List<String> command) {
    if (cpus.isEmpty()) {
      return command;
    }
    var pinned = new ArrayList<>(List.of("taskset", "-c", cpus));
    pinned.addAll(command);
    return pinned;
  }
}
