package dev.mooring.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * On paper: a thousand servers with ten million kept sessions, of which a rack of a hundred dies,
 * and all its clients come at once. What is known of one database is what was measured; the rest is
 * {@link RackSimulation}.
 */
final class OnPaper implements BenchPart {
  private static final int NODES = 1_000;
  private static final int DEAD = 100;
  private static final int SESSIONS_PER_NODE = 10_000;
  private static final int PROCESSORS = 16;
  private static final double MOST_SECONDS = 1_800;

  /** A twentieth of clients, servers and rates takes as long, and is soon reckoned. */
  private static final int SCALE = 20;

  private record Case(String label, int databases, double rate, boolean skips) {}

  private final NodesBench bench;
  private final TakeOvers measured;
  private final List<Case> cases = new ArrayList<>();
  private final List<RackSimulation.Outcome> outcomes = new ArrayList<>();

  OnPaper(NodesBench bench, TakeOvers measured) {
    this.bench = bench;
    this.measured = measured;
  }

  @Override
  public String title() {
    return "a rack dies, on paper";
  }

  @Override
  public int steps() {
    return 6;
  }

  @Override
  public void measure() {
    if (measured.perSecond() == 0) {
      return;
    }
    double large = PROCESSORS / measured.cpuSeconds();
    double small = measured.perSecond();
    cases.add(new Case("as measured", 1, small, true));
    cases.add(
        new Case("as measured, and nobody looks whether a client waits still", 1, small, false));
    cases.add(new Case("as measured", 16, small, true));
    cases.add(new Case(PROCESSORS + " processors", 1, large, true));
    cases.add(new Case(PROCESSORS + " processors", 4, large, true));
    cases.add(new Case(PROCESSORS + " processors", 16, large, true));
    for (Case each : cases) {
      outcomes.add(
          RackSimulation.run(
              new RackSimulation.Setup(
                  DEAD * SESSIONS_PER_NODE / SCALE,
                  (NODES - DEAD) / SCALE,
                  each.databases,
                  each.rate / SCALE,
                  each.skips),
              MOST_SECONDS));
      bench.progress().step();
    }
  }

  @Override
  public void report(Report report) {
    if (outcomes.isEmpty()) {
      return;
    }
    var table =
        new Table(
            List.of(
                "on paper: 100 of 1,000 servers die, a million clients come",
                "databases",
                "takeovers/s each",
                "half served (s)",
                "99 % (s)",
                "all (s)",
                "in vain"));
    for (int i = 0; i < outcomes.size(); i++) {
      Case each = cases.get(i);
      RackSimulation.Outcome outcome = outcomes.get(i);
      table.add(
          List.of(
              each.label,
              Integer.toString(each.databases),
              Report.number(each.rate),
              seconds(outcome.halfSeconds()),
              seconds(outcome.mostSeconds()),
              seconds(outcome.allSeconds()),
              Report.number((double) SCALE * outcome.wasted())));
    }
    report.table(table);
    report.note(
        "On paper: the rates are those measured, and what a database with "
            + PROCESSORS
            + " processors would do if only its processors bound it; a network, the load of the"
            + " sessions that live, and a disk are left out, so these are bounds from below. Clients"
            + " wait 10 s for their session, then come to another server. `in vain`: taken over for"
            + " a client that had gone. A thousand idle servers take "
            + Report.number(NODES * measured.idleCpu())
            + " processors of one database.");
  }

  private static String seconds(double value) {
    return Double.isInfinite(value) ? "> " + Report.number(MOST_SECONDS) : Report.number(value);
  }
}
