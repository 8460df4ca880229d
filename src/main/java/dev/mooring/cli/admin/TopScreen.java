package dev.mooring.cli.admin;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.terminal.Console.Ink;
import dev.mooring.cli.text.Bytes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** What {@code mooring top} shows: the last second, by what has changed in it. */
final class TopScreen {
  private static final int HISTORY = 300;
  private static final int BAR = 20;
  private static final int LABEL = 10;
  private static final int MOST_ROWS_EACH = 8;
  private static final String BLOCKS = " ▁▂▃▄▅▆▇█";

  private final Console console;
  private final String address;
  private final Deque<Double> rates = new ArrayDeque<>();
  private Sample before;
  private Sample now;
  private String lost = "";

  /**
   * What was seen at a moment.
   *
   * @param server what it says of itself
   * @param tenants what it says of them
   */
  record Sample(Map<String, Object> server, Map<String, Object> tenants) {
    private long millis() {
      return Looks.whole(server, "time_ms");
    }
  }

  TopScreen(Console console, String address, Sample first) {
    this.console = console;
    this.address = address;
    this.before = first;
    this.now = first;
  }

  void take(Sample next) {
    boolean isSame =
        Looks.whole(next.server, "started_ms") == Looks.whole(now.server, "started_ms");
    before = isSame ? now : next;
    now = next;
    lost = "";
    rates.addLast(perSecond("calls", "committed"));
    if (rates.size() > HISTORY) {
      rates.removeFirst();
    }
  }

  /** It couldn't be asked; what is shown is what it was. */
  void lost(String why) {
    lost = why;
  }

  private double perSecond(String... path) {
    return perSecond(before.server, now.server, path);
  }

  private double perSecond(Map<?, ?> was, Map<?, ?> is, String... path) {
    long millis = now.millis() - before.millis();
    double change = Looks.number(is, path) - Looks.number(was, path);
    return millis <= 0 ? 0 : Math.max(0, change) * 1_000 / millis;
  }

  /** A screen of so many columns and rows, of which the last ones may stay empty. */
  List<String> lines(int columns, int rows) {
    var lines = new ArrayList<String>();
    lines.add(head(columns));
    if (!lost.isEmpty()) {
      lines.add(line(columns).add(Ink.RED, lost).toString());
    }
    lines.add("");
    lines.addAll(figures(columns));
    lines.add("");
    lines.addAll(loops(columns));
    List<String> tenants = tenants(columns);
    if (!tenants.isEmpty()) {
      lines.add("");
      lines.addAll(tenants);
    }
    lines.addAll(reasons(columns, "TURNED AWAY", "turned_away"));
    lines.addAll(reasons(columns, "CALLS THAT FAILED", "errors"));
    return lines.subList(0, Math.min(lines.size(), rows));
  }

  private InkedLine line(int columns) {
    return new InkedLine(console, columns);
  }

  private String head(int columns) {
    Map<String, Object> server = now.server;
    InkedLine line = line(columns).add(Ink.BOLD, "Mooring ").add(address + "  ");
    if (!lost.isEmpty()) {
      line.add(Ink.RED, "unreachable");
    } else if (Health.isReady(server)) {
      line.add(Ink.GREEN, "ready");
    } else {
      line.add(Ink.RED, String.join("; ", Health.reasons(server)));
    }
    return line.add(
            Ink.DIM, "  up " + Figures.span(now.millis() - Looks.whole(server, "started_ms")))
        .toString();
  }

  private List<String> figures(int columns) {
    Map<String, Object> server = now.server;
    double failed = perSecond("calls", "rolled_back");
    var lines = new ArrayList<String>();
    InkedLine calls =
        label(columns, "calls")
            .add(Ink.BOLD, Figures.rate(perSecond("calls", "committed")) + "/s")
            .add("  ");
    lines.add(
        calls.add(failed > 0 ? Ink.RED : Ink.DIM, Figures.rate(failed) + "/s failed").toString());
    lines.add(label(columns, "").add(Ink.CYAN, sparkline(columns - LABEL)).toString());
    lines.add(
        label(columns, "latency")
            .add("running " + Facts.percentiles(server, "running"))
            .add("   waiting " + Facts.percentiles(server, "waiting"))
            .toString());
    lines.add(
        label(columns, "sessions")
            .add(Ink.BOLD, count(server, "sessions"))
            .add("  %s connections".formatted(count(server, "connections")))
            .add("  %s kept".formatted(count(server, "kept", "sessions")))
            .add("  %s asleep".formatted(count(server, "kept", "asleep")))
            .toString());
    double limit = Looks.number(server, "guest_memory_limit_bytes");
    double part = limit <= 0 ? 0 : Looks.number(server, "guest_memory_bytes") / limit;
    lines.add(
        label(columns, "memory")
            .add(Ink.BOLD, bytes(server, "guest_memory_bytes"))
            .add(" of " + bytes(server, "guest_memory_limit_bytes"))
            .add("  " + Figures.percent(part))
            .toString());
    lines.add(
        label(columns, "held")
            .add(bytes(server, "held", "queued_bytes") + " queued")
            .add("  %s undecoded".formatted(bytes(server, "held", "undecoded_bytes")))
            .add("  %s to send".formatted(bytes(server, "held", "outbound_bytes")))
            .toString());
    lines.add(
        label(columns, "store")
            .add(bytes(server, "kept", "store_bytes"))
            .add("  %s to write".formatted(bytes(server, "kept", "waiting_bytes")))
            .toString());
    return lines;
  }

  private InkedLine label(int columns, String label) {
    return line(columns).add(Ink.DIM, ("%-" + LABEL + "s").formatted(label));
  }

  private static String count(Map<?, ?> of, String... path) {
    return Figures.count(Looks.whole(of, path));
  }

  private static String bytes(Map<?, ?> of, String... path) {
    return Bytes.toSize(Looks.whole(of, path));
  }

  /** The last of the rates, as high as the highest of them. */
  private String sparkline(int columns) {
    List<Double> shown =
        rates.stream().skip(Math.max(0, rates.size() - Math.max(0, columns))).toList();
    double most = shown.stream().mapToDouble(rate -> rate).max().orElse(0);
    var text = new StringBuilder();
    for (double rate : shown) {
      int height = most <= 0 ? 0 : (int) Math.ceil(rate / most * (BLOCKS.length() - 1));
      text.append(BLOCKS.charAt(height));
    }
    return text.toString();
  }

  /** One of a loop's, and what it was before. */
  private record Loop(Map<?, ?> is, double busy, double calls) {
    boolean isSick() {
      return Looks.is(is, "sick");
    }

    long number() {
      return Looks.whole(is, "loop");
    }
  }

  /** The busiest, in a steady order: what swaps places each second can't be read. */
  private List<String> loops(int columns) {
    var loops = new ArrayList<Loop>();
    List<? extends Map<?, ?>> was = Looks.list(before.server, "loops");
    for (Map<?, ?> loop : Looks.list(now.server, "loops")) {
      Map<?, ?> then =
          was.stream()
              .filter(other -> Looks.whole(other, "loop") == Looks.whole(loop, "loop"))
              .findFirst()
              .<Map<?, ?>>map(other -> other)
              .orElse(loop);
      loops.add(
          new Loop(
              loop,
              Math.min(1, perSecond(then, loop, "busy_ms") / 1_000),
              perSecond(then, loop, "calls", "committed")
                  + perSecond(then, loop, "calls", "rolled_back")));
    }
    List<Loop> shown =
        loops.stream()
            .sorted(
                Comparator.comparing(Loop::isSick)
                    .thenComparingDouble(Loop::busy)
                    .reversed()
                    .thenComparingLong(Loop::number))
            .limit(MOST_ROWS_EACH)
            .sorted(Comparator.comparing(Loop::isSick).reversed().thenComparingLong(Loop::number))
            .toList();
    var lines = new ArrayList<String>();
    lines.add(
        line(columns)
            .add(Ink.DIM, "LOOP  %-29s %10s  %10s".formatted("BUSY", "CALLS/S", "SESSIONS"))
            .toString());
    for (Loop loop : shown) {
      int full = (int) Math.round(loop.busy * BAR);
      InkedLine line = line(columns).add("%4d  ".formatted(loop.number()));
      if (loop.isSick()) {
        line.add(Ink.RED, "%-29s ".formatted("held up by a call"));
      } else {
        line.add(Ink.CYAN, "█".repeat(full))
            .add(Ink.DIM, "·".repeat(BAR - full))
            .add("  %-7s ".formatted(Figures.percent(loop.busy)));
      }
      lines.add(
          line.add("%10s  %10s".formatted(Figures.rate(loop.calls), count(loop.is, "sessions")))
              .toString());
    }
    if (shown.size() < loops.size()) {
      lines.add(
          line(columns)
              .add(Ink.DIM, "      and %d less busy ones".formatted(loops.size() - shown.size()))
              .toString());
    }
    return lines;
  }

  private List<String> tenants(int columns) {
    List<? extends Map<?, ?>> was = Looks.list(before.tenants, "tenants");
    var busy = new ArrayList<Map.Entry<Double, Map<?, ?>>>();
    for (Map<?, ?> tenant : Looks.list(now.tenants, "tenants")) {
      String name = Looks.text(tenant, "name");
      Map<?, ?> then =
          was.stream()
              .filter(other -> Looks.text(other, "name").equals(name))
              .findFirst()
              .<Map<?, ?>>map(other -> other)
              .orElse(tenant);
      busy.add(Map.entry(perSecond(then, tenant, "guest_ms") / 1_000, tenant));
    }
    if (busy.isEmpty()) {
      return List.of();
    }
    busy.sort(Map.Entry.<Double, Map<?, ?>>comparingByKey().reversed());
    var lines = new ArrayList<String>();
    lines.add(
        line(columns)
            .add(
                Ink.DIM,
                "%-28s %12s  %10s  %10s".formatted("TENANT", "OF A CORE", "SESSIONS", "REFUSED"))
            .toString());
    for (var each : busy.subList(0, Math.min(MOST_ROWS_EACH, busy.size()))) {
      Map<?, ?> tenant = each.getValue();
      lines.add(
          line(columns)
              .add(
                  "%-28.28s %12s  %10s  %10s"
                      .formatted(
                          Looks.text(tenant, "name"),
                          Figures.percent(each.getKey()),
                          count(tenant, "sessions"),
                          count(tenant, "refused")))
              .toString());
    }
    return lines;
  }

  private List<String> reasons(int columns, String title, String field) {
    Map<?, ?> all = Looks.map(now.server, field);
    if (all.isEmpty()) {
      return List.of();
    }
    var lines = new ArrayList<String>();
    lines.add("");
    lines.add(
        line(columns)
            .add(Ink.DIM, "%-28s %12s  %10s".formatted(title, "PER SECOND", "IN ALL"))
            .toString());
    all.keySet().stream()
        .map(String::valueOf)
        .sorted(Comparator.comparingLong((String name) -> Looks.whole(all, name)).reversed())
        .limit(MOST_ROWS_EACH)
        .forEach(
            name ->
                lines.add(
                    line(columns)
                        .add(
                            "%-28.28s %12s  %10s"
                                .formatted(
                                    Figures.words(name),
                                    Figures.rate(perSecond(field, name)),
                                    count(all, name)))
                        .toString()));
    return lines;
  }
}
