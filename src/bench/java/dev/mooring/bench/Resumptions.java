package dev.mooring.bench;

import dev.mooring.proto.v1.Durability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** How long a client waits that comes back with its token. */
final class Resumptions implements BenchPart {
  private static final List<Durability> LEVELS =
      List.of(Durability.MEMORY, Durability.ASYNC, Durability.DISK);
  private static final long SUM = 7;

  private final OutliveBench bench;
  private final Map<Durability, Samples> found = new EnumMap<>(Durability.class);

  Resumptions(OutliveBench bench) {
    this.bench = bench;
  }

  @Override
  public String title() {
    return "resuming";
  }

  @Override
  public int steps() {
    return LEVELS.size();
  }

  @Override
  public void measure() throws IOException, InterruptedException {
    try (ServerProcess server = bench.start(List.of(Kept.GUEST), "resume", List.of());
        var loop = new LoadLoop(server.port())) {
      var _ = loop.thread().submit(Scheduling.AT_ONCE::apply);
      for (Durability level : LEVELS) {
        found.put(level, measure(loop, level));
        bench.progress().step();
      }
    } finally {
      bench.forget("resume");
    }
  }

  private Samples measure(LoadLoop loop, Durability level)
      throws IOException, InterruptedException {
    List<Kept> sessions = new ArrayList<>();
    for (int i = 0; i < bench.plan().sessions(); i++) {
      sessions.add(Kept.make(loop, level, SUM));
    }
    var millis = new Samples();
    for (int i = 0; i <= bench.plan().resumptions(); i++) {
      for (int at = 0; at < sessions.size(); at++) {
        Kept.Resumed resumed = sessions.get(at).resume(loop);
        sessions.set(at, resumed.kept());
        if (i > 0) { // The first time warms up.
          millis.add(resumed.millis());
        }
      }
    }
    return millis;
  }

  @Override
  public void report(Report report) {
    var table =
        new Table(
            List.of("from connecting with a token to the first answer", "p50 (ms)", "p99 (ms)"));
    found.forEach(
        (level, millis) ->
            table.add(
                List.of(
                    level.name().toLowerCase(Locale.ROOT),
                    Report.number(millis.median()),
                    Report.number(millis.quantile(0.99)))));
    report.table(table);
    Samples disk = found.get(Durability.DISK);
    report.figure(
        "resume_ms",
        disk == null ? OptionalDouble.empty() : OptionalDouble.of(disk.quantile(0.99)));
    report.note(
        "Resumed are "
            + bench.plan().sessions()
            + " sessions of each kind, one after the other and "
            + bench.plan().resumptions()
            + " times each, which are without a connection and not asleep. `resume_ms` is of"
            + " `disk`.");
  }
}
