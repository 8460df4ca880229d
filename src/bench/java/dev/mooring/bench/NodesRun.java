package dev.mooring.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The verb {@code nodes}: what it costs that sessions are kept in a database that servers share,
 * and how long clients wait whose server ends.
 *
 * <p>Each server is a process of its own, and so is each that loads one; the database is a primary
 * with a synchronous standby.
 */
final class NodesRun {
  private static final String MINUTES = "--minutes ";

  private NodesRun() {}

  /** The arguments may be {@code --quick}, or {@code --minutes N}. */
  public static void main(String[] args) throws Exception {
    String options = String.join(" ", args);
    Setting setting = Setting.ofProcess();
    // On the disk that the sources are on: that for temporary files may be memory.
    Path folder =
        Files.createTempDirectory(
            setting.source().resolve("bench/target").toAbsolutePath(), "nodes");
    // The database's user passes through.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    var report = new Report(setting, options.startsWith(MINUTES) ? "nodes-long" : "nodes");
    int exitCode = 1;
    try {
      measure(setting, plan(options), folder, report);
      report.publish(options);
      exitCode = 0;
    } catch (Wrong | IOException e) {
      System.err.println("nodes: " + e.getMessage());
    } finally {
      Folders.delete(folder);
    }
    System.exit(exitCode);
  }

  private static NodesBench.Plan plan(String options) {
    if (options.startsWith(MINUTES)) {
      return NodesBench.Plan.watching(Integer.parseInt(options.substring(MINUTES.length())));
    }
    return options.equals("--quick") ? NodesBench.Plan.QUICK : NodesBench.Plan.FULL;
  }

  private static void measure(Setting setting, NodesBench.Plan plan, Path folder, Report report)
      throws IOException, InterruptedException {
    try (DatabasePair database = DatabasePair.start(folder)) {
      var bench =
          new NodesBench(
              setting, plan, new Progress(setting.terminal()), database, new LinkedHashSet<>());
      BenchPart.run(parts(bench), bench.progress(), report);
      bench.remarks().forEach(report::note);
      if (plan.minutes() == 0) {
        report.note(
            "For loads, the server has CPU "
                + NodesBench.PLACEMENT.serverCpus()
                + " with "
                + NodesBench.PLACEMENT.loops()
                + " event loop(s), the load generator CPU "
                + NodesBench.PLACEMENT.clientCpus()
                + ", and the database with its standby any. "
                + Report.loads(plan.rounds(), plan.seconds(), plan.warmUp()));
      }
      report.note(
          "Primary and standby are on the same disk and the same processors as all the rest, and"
              + " there is no network between them: on machines of their own each commit waits for"
              + " two ways through a network more, and many go on at a time.");
    }
  }

  private static List<BenchPart> parts(NodesBench bench) {
    if (bench.plan().minutes() > 0) {
      return List.of(new DatabaseOverTime(bench));
    }
    var takeOvers = new TakeOvers(bench);
    return List.of(
        new ReplicatedLoad(bench),
        new MovedSessions(bench),
        takeOvers,
        new OnPaper(bench, takeOvers));
  }
}
