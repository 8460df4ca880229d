package dev.mooring.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

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

  /** Of so many calls one is traced. */
  private static final String TRACED = "100";

  private final Setting setting;
  private final Plan plan;
  private final Progress progress;
  private final Samples off = new Samples();
  private final Map<Watch, Samples> on = new EnumMap<>(Watch.class);
  private final Map<Watch, Samples> ratios = new EnumMap<>(Watch.class);
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
  private record Plan(int pairs, int warmUp, int seconds, Set<Watch> watches) {
    static final Plan QUICK = new Plan(3, 5, 2, EnumSet.of(Watch.ALL));
    static final Plan FULL = new Plan(9, 6, 4, EnumSet.allOf(Watch.class));
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
    progress.start("watched and unwatched", (3L + plan.watches.size()) * plan.pairs);
    for (Watch watch : plan.watches) {
      on.put(watch, new Samples());
      ratios.put(watch, new Samples());
    }
    for (int pair = 0; pair < plan.pairs; pair++) {
      compare(pair % 2 == 0);
    }
    besideAttackers();
    progress.end();
  }

  /** Once without anything, and once with each that looks on. */
  private void compare(boolean offFirst) throws Exception {
    double without = offFirst ? unwatched() : 0;
    var with = new EnumMap<Watch, Double>(Watch.class);
    for (Watch watch : plan.watches) {
      with.put(watch, watched(watch));
    }
    double own = offFirst ? without : unwatched();
    off.add(own);
    for (Watch watch : plan.watches) {
      double found = with.getOrDefault(watch, 0.0);
      on.getOrDefault(watch, off).add(found);
      ratios.getOrDefault(watch, off).add(found / own);
    }
  }

  /** Processor time a call, in µs, of a server that has no admin side. */
  private double unwatched() throws Exception {
    try (ServerProcess server = ServerProcess.start(setting, PLACEMENT, List.of("echo"), "")) {
      return cpu(server, LOAD);
    }
  }

  /** Likewise, with everything on. */
  private double watched(Watch watch) throws Exception {
    int port = Watchers.freePort();
    try (var collector = new SpanSink();
        ServerProcess server =
            ServerProcess.start(
                setting,
                PLACEMENT,
                List.of("echo"),
                Watchers.config(port) + (watch.traces() ? collector.config() : ""));
        var watchers = new Watchers(port)) {
      watchers.watch(watch);
      var load = new ArrayList<>(LOAD);
      if (watch.traces()) {
        load.addAll(List.of("--traced", TRACED));
      }
      double cpu = cpu(server, load);
      Wrong.check(watchers.answers() > plan.seconds || !watch.asks(), "nobody looked on");
      Wrong.check(collector.bytes() > 0 || !watch.traces(), "nothing was traced");
      return cpu;
    }
  }

  private double cpu(ServerProcess server, List<String> load)
      throws IOException, InterruptedException {
    progress.step();
    return load(server, load, "server", "cpu_us_per_call");
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
        try (var attackers = AdminAttackers.start(setting, port, HOSTILE)) {
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
    on.forEach((watch, samples) -> cost.add(List.of(watch.words(), Report.median(samples))));
    report.table(cost);
    var latency = new Table(List.of("2,000 calls/s on 8 connections", "p99 (µs)", "least", "most"));
    row(latency, "as it is", quiet);
    row(latency, HOSTILE + " attack the admin side", attacked);
    report.table(latency);
    ratios.forEach(
        (watch, samples) -> {
          report.figure(watch.figure(), samples);
          report.figure(watch.figure() + "_spread", samples.spread());
        });
    report.figure("attacked_p99", moved);
    report.figure("quiet_p99_spread", quiet.spread());
    report.note(
        plan.pairs
            + " pairs, in turn, each server of a pair a new process. All look on: metrics are read each"
            + " second, what the page reads each second, one session is followed that is called all the"
            + " time, one call in 64 is timed, and of one call in "
            + TRACED
            + " the trace is sampled, of which a server takes two hundred a second.");
    report.note(
        "Those who attack connect and say nothing, drip a request, send rubbish, ask for long lists"
            + " again and again, and don't read. They are in a process of their own, which has a processor"
            + " when neither the server nor the load generator wants it. Compare `attacked_p99` with what the quiet runs differ by themselves (`quiet_p99_spread`).");
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
