package dev.mooring.bench;

import dev.mooring.proto.v1.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What the parts of the verb {@code outlive} have in common. One thread.
 *
 * @param folder where stores are made, on the disk that is measured; it goes with the run
 * @param remarks what happened besides that a reader should know
 */
record OutliveBench(
    Setting setting, Plan plan, Progress progress, Path folder, Set<String> remarks) {
  /** Server and load generator each have processors of their own. */
  static final Placement PLACEMENT = Placement.APART;

  /**
   * How much is done.
   *
   * @param rounds of loads in turn
   * @param warmUp of a load, in seconds
   * @param seconds of each measurement
   * @param calls whose bytes are counted
   * @param sessions that are gone on with, in turn
   * @param resumptions of each
   * @param pairs of plain and kept sessions
   * @param stored how many sessions are in a store out of which some wake, or with which a server
   *     starts
   * @param recoveries how often it does
   * @param diskMillis of what the disk does alone
   * @param reads of the disk, and sessions that wake from it
   */
  record Plan(
      int rounds,
      int warmUp,
      int seconds,
      int calls,
      int sessions,
      int resumptions,
      int pairs,
      int stored,
      int recoveries,
      int diskMillis,
      int reads) {
    static final Plan QUICK = new Plan(1, 2, 3, 1_000, 100, 10, 9, 1_000_000, 1, 2_000, 5_000);
    static final Plan FULL = new Plan(5, 3, 5, 10_000, 500, 20, 9, 1_000_000, 5, 5_000, 10_000);
  }

  ServerProcess start(List<String> guests, String store, List<String> jvm)
      throws IOException, InterruptedException {
    return ServerProcess.start(setting, PLACEMENT, guests, store(store), jvm);
  }

  /** Fills a store with so many copies of one session of the counter, which has come to a sum. */
  StoreClones fill(String store, int count, long sum) throws IOException, InterruptedException {
    Kept original;
    try (ServerProcess server = start(List.of(Kept.GUEST), store, List.of());
        var loop = new LoadLoop(server.port())) {
      original = Kept.make(loop, Durability.DISK, sum);
    }
    var clones = new StoreClones(original);
    clones.write(store(store), count);
    return clones;
  }

  Path store(String name) {
    return folder.resolve(name);
  }

  /** Deletes a store that isn't needed any more. */
  void forget(String store) throws IOException {
    if (Files.exists(store(store))) {
      Folders.delete(store(store));
    }
  }

  StoreProcess alone() throws IOException {
    return StoreProcess.start(setting, PLACEMENT);
  }

  /** A load that isn't measured, so that what a server compiles and loads is there. */
  void warmUp(ServerProcess server, String durability, List<String> options)
      throws IOException, InterruptedException {
    var all = new ArrayList<>(options);
    all.addAll(List.of("--warm-up", "0", "--duration", 2 * plan.warmUp + "s"));
    loadOnly(server, durability, all);
  }

  /** What is said of a load; it begins with a warm-up, and takes as long as the plan says. */
  LoadReport load(ServerProcess server, String durability, List<String> options)
      throws IOException, InterruptedException {
    var all = new ArrayList<>(options);
    all.addAll(List.of("--warm-up", plan.warmUp + "s", "--duration", plan.seconds + "s"));
    return loadOnly(server, durability, all);
  }

  /** As above, of options that say how long it takes. */
  LoadReport loadOnly(ServerProcess server, String durability, List<String> options)
      throws IOException, InterruptedException {
    var all = new ArrayList<>(options);
    if (!durability.isEmpty()) {
      all.addAll(List.of("--durability", durability));
    }
    LoadReport report = LoadReport.of(setting, server, PLACEMENT, all);
    if (!report.errors().isEmpty()) {
      String module = options.get(options.indexOf("--module") + 1);
      String sessions = durability.isEmpty() ? "plain" : durability;
      remarks.add(
          "Of calls of %s, %s sessions, some failed: %s"
              .formatted(module, sessions, report.errors()));
    }
    progress.step();
    return report;
  }
}
