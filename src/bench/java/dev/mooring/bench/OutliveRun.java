package dev.mooring.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The verb {@code outlive}: what it costs that sessions outlive their connections, their server's
 * process and the machine, and how soon they are there again.
 *
 * <p>Each server is a process of its own, and so are the load generator and what uses the disk
 * alone.
 */
final class OutliveRun {
  private OutliveRun() {}

  /** The argument may be {@code --quick}. */
  public static void main(String[] args) throws Exception {
    String options = String.join(" ", args);
    Setting setting = Setting.ofProcess();
    OutliveBench.Plan plan =
        options.equals("--quick") ? OutliveBench.Plan.QUICK : OutliveBench.Plan.FULL;
    // On the disk that the sources are on: that for temporary files may be memory.
    Path folder =
        Files.createTempDirectory(
            setting.source().resolve("bench/target").toAbsolutePath(), "outlive");
    var report = new Report(setting, "outlive");
    int exitCode = 1;
    try {
      measure(
          new OutliveBench(
              setting, plan, new Progress(setting.terminal()), folder, new LinkedHashSet<>()),
          report);
      report.publish(options);
      exitCode = 0;
    } catch (Wrong e) {
      System.err.println("outlive: " + e.getMessage());
    } finally {
      Folders.delete(folder);
    }
    System.exit(exitCode);
  }

  private static void measure(OutliveBench bench, Report report) throws InterruptedException {
    BenchPart.run(
        List.of(
            new DurableLoad(bench),
            new WrittenBytes(bench),
            new Resumptions(bench),
            new Waking(bench),
            new Recovery(bench),
            new KeptCost(bench)),
        bench.progress(),
        report);
    bench.remarks().forEach(report::note);
    note(bench.plan(), report);
  }

  private static void note(OutliveBench.Plan plan, Report report) {
    report.note(
        "But for starting with a full store, the server has CPU "
            + OutliveBench.PLACEMENT.serverCpus()
            + " with "
            + OutliveBench.PLACEMENT.loops()
            + " event loop(s), its store's threads included, the load generator CPU "
            + OutliveBench.PLACEMENT.clientCpus()
            + ". "
            + Report.loads(plan.rounds(), plan.seconds(), plan.warmUp()));
    report.note(
        "Not shown: a disk that others use, a store that is much larger than the machine's memory,"
            + " starting with files that are cold after a restart of the machine, and a network.");
  }
}
