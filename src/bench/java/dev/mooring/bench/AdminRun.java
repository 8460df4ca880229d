package dev.mooring.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The verb {@code admin}: what it costs calls that operators look on, and whether hostile clients
 * of the admin side can be felt on the main side.
 */
final class AdminRun {
  private static final Placement PLACEMENT = Placement.APART;
  private static final List<String> LOAD = PeerCase.PIPELINED.options();
  private static final List<String> LIGHT =
      List.of(
          "--module",
          "echo",
          "--call",
          "echo",
          "--payload",
          "64",
          "--connections",
          "8",
          "--rate",
          "2000");
  private static final int HOSTILE = 1_000;

  private final Setting setting;
  private final Plan plan;
  private final Progress progress;
  private final Samples off = new Samples();
  private final Samples on = new Samples();
  private final Samples ratios = new Samples();
  private final Samples quiet = new Samples();
  private final Samples attacked = new Samples();
  private final Samples moved = new Samples();

  private AdminRun(Setting setting, Plan plan) {
    this.setting = setting;
    this.plan = plan;
    this.progress = new Progress(setting.terminal());
  }

  /**
   * How much is done.
   *
   * @param warmUp in seconds
   * @param seconds of each measurement
   */
  private record Plan(int pairs, int warmUp, int seconds) {
    static final Plan QUICK = new Plan(3, 5, 2);
    static final Plan FULL = new Plan(9, 6, 4);
  }

  /** The argument may be {@code --quick}. */
  public static void main(String[] args) throws Exception {
    String options = String.join(" ", args);
    Setting setting = Setting.ofProcess();
    var run = new AdminRun(setting, options.equals("--quick") ? Plan.QUICK : Plan.FULL);
    run.measure();
    var report = new Report(setting, "admin");
    run.report(report);
    report.publish(options);
  }

  private void measure() throws Exception {
    progress.start("watched and unwatched", 4L * plan.pairs);
    for (int pair = 0; pair < plan.pairs; pair++) {
      boolean offFirst = pair % 2 == 0;
      double first = offFirst ? unwatched() : watched();
      double second = offFirst ? watched() : unwatched();
      off.add(offFirst ? first : second);
      on.add(offFirst ? second : first);
      ratios.add(offFirst ? second / first : first / second);
    }
    besideAttackers();
    progress.end();
  }

  /** Processor time a call, in µs, of a server that has no admin side. */
  private double unwatched() throws Exception {
    try (ServerProcess server = ServerProcess.start(setting, PLACEMENT, List.of("echo"), "")) {
      return cpu(server);
    }
  }

  /** Likewise, with everything on. */
  private double watched() throws Exception {
    int port = Watchers.freePort();
    try (ServerProcess server =
            ServerProcess.start(setting, PLACEMENT, List.of("echo"), Watchers.config(port));
        var watchers = new Watchers(port)) {
      watchers.watch();
      double cpu = cpu(server);
      Wrong.check(watchers.answers() > plan.seconds, "nobody looked on");
      return cpu;
    }
  }

  private double cpu(ServerProcess server) throws IOException, InterruptedException {
    progress.step();
    return load(server, LOAD, "server", "cpu_us_per_call");
  }

  private double load(ServerProcess server, List<String> load, String... path)
      throws IOException, InterruptedException {
    var options = new ArrayList<>(load);
    options.addAll(List.of("--warm-up", plan.warmUp + "s", "--duration", plan.seconds + "s"));
    OptionalDouble found = LoadReport.of(setting, server, PLACEMENT, options).number(path);
    return found.orElseThrow(() -> new IOException("the load test saw no process"));
  }

  private void besideAttackers() throws Exception {
    int port = Watchers.freePort();
    try (ServerProcess server =
        ServerProcess.start(setting, PLACEMENT, List.of("echo"), Watchers.config(port))) {
      for (int pair = 0; pair < plan.pairs; pair++) {
        double before = load(server, LIGHT, "latency", "p99_us");
        progress.step();
        double during;
        try (var attackers = new AdminAttackers(port, HOSTILE)) {
          during = load(server, LIGHT, "latency", "p99_us");
          Wrong.check(attackers.attempts() > HOSTILE, "nobody attacked");
        }
        progress.step();
        quiet.add(before);
        attacked.add(during);
        moved.add(during / before);
      }
      server.checkAlive();
    }
  }

  private void report(Report report) {
    var cost = new Table(List.of("64 connections × 16, 64 B, echo", "CPU (µs/call)"));
    cost.add(List.of("without an admin side", Report.median(off)));
    cost.add(List.of("with it, and all look on", Report.median(on)));
    report.table(cost);
    var latency = new Table(List.of("2,000 calls/s on 8 connections", "p99 (µs)", "least", "most"));
    row(latency, "as it is", quiet);
    row(latency, HOSTILE + " attack the admin side", attacked);
    report.table(latency);
    report.figure("watched_cpu", ratios);
    report.figure("watched_cpu_spread", ratios.spread());
    report.figure("attacked_p99", moved);
    report.figure("quiet_p99_spread", quiet.spread());
    report.note(
        plan.pairs
            + " pairs, in turn, each server of a pair a new process. All look on: metrics are read each"
            + " second, what the page reads each second, one session is followed that is called all the"
            + " time, and one call in 64 is timed. Nothing is traced.");
    report.note(
        "Those who attack connect and say nothing, drip a request, send rubbish, ask for long lists"
            + " again and again, and don't read; they share the load generator's processor. Compare"
            + " `attacked_p99` with what the quiet runs differ by themselves (`quiet_p99_spread`).");
  }

  private static void row(Table table, String what, Samples samples) {
    table.add(
        List.of(
            what,
            Report.median(samples),
            Report.quantile(samples, 0),
            Report.quantile(samples, 1)));
  }
}
