package dev.mooring.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How large the database's tables become under a load that goes on, and what it costs to clean
 * them: sessions come, are called as fast as can be for a minute, and end.
 */
final class DatabaseOverTime implements BenchPart {
  private static final int SECONDS = 60;
  private static final int SETTLING_MINUTES = 5;
  private static final double BYTES_PER_MEBIBYTE = 1 << 20;
  private static final Pattern VACUUM_CPU =
      Pattern.compile(
          "automatic (?:vacuum|analyze) of.*?system usage: CPU: user: ([0-9.]+) s, system: ([0-9.]+)"
              + " s",
          Pattern.DOTALL);

  private final NodesBench bench;
  private final List<DatabasePair.Size> sizes = new ArrayList<>();
  private final Samples rates = new Samples();
  private double vacuumSeconds;
  private double databaseSeconds;
  private double seconds;

  DatabaseOverTime(NodesBench bench) {
    this.bench = bench;
  }

  @Override
  public String title() {
    return "the database over time";
  }

  @Override
  public int steps() {
    return bench.plan().minutes();
  }

  @Override
  public void measure() throws IOException, InterruptedException {
    try (ServerProcess server = bench.start(NodesBench.PLACEMENT, "watched")) {
      long began = System.nanoTime();
      double cpu = bench.database().cpuSeconds();
      for (int i = 0; i < bench.plan().minutes(); i++) {
        LoadReport report =
            bench.load(server, "disk", DurableLoad.LOAD, SECONDS - bench.plan().warmUp());
        report.number("throughput_per_second").ifPresent(rates::add);
        sizes.add(bench.database().size());
      }
      seconds = (System.nanoTime() - began) / 1e9;
      databaseSeconds = bench.database().cpuSeconds() - cpu;
    }
    Matcher vacuums = VACUUM_CPU.matcher(bench.database().log());
    while (vacuums.find()) {
      vacuumSeconds += Double.parseDouble(vacuums.group(1)) + Double.parseDouble(vacuums.group(2));
    }
  }

  @Override
  public void report(Report report) {
    if (sizes.isEmpty()) {
      return;
    }
    var table = new Table(List.of("after (minutes)", "tables (MiB)", "dead rows", "live rows"));
    int step = Math.max(1, sizes.size() / 12);
    for (int i = 0; i < sizes.size(); i += step) {
      table.add(row(i));
    }
    if ((sizes.size() - 1) % step != 0) {
      table.add(row(sizes.size() - 1));
    }
    report.table(table);
    int settled = Math.min(SETTLING_MINUTES, sizes.size()) - 1;
    report.note(
        "1,000 sessions are opened anew each minute, called without a pause, and closed; "
            + Report.median(rates)
            + " calls/s. Autovacuum has Debian's settings; its share is of what the database used"
            + " of processors, "
            + Report.number(databaseSeconds / seconds)
            + " of them on the average. Growth is from minute "
            + (settled + 1)
            + " to the end.");
    report.figure("tables_growth", sizes.getLast().bytes() / sizes.get(settled).bytes());
    report.figure("vacuum_cpu_share", vacuumSeconds / databaseSeconds);
  }

  private List<String> row(int index) {
    DatabasePair.Size size = sizes.get(index);
    return List.of(
        Integer.toString(index + 1),
        Report.number(size.bytes() / BYTES_PER_MEBIBYTE),
        Report.number(size.dead()),
        Report.number(size.live()));
  }
}
