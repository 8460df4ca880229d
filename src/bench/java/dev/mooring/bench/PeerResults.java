package dev.mooring.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What was measured of each server under each load: a sample a round. Two servers are compared
 * within a round, so that what slows the machine down for a while slows down both; a ratio is the
 * median of the rounds' ratios.
 */
final class PeerResults {
  /** One number of a load test. */
  enum Metric {
    THROUGHPUT,
    CPU,
    P50,
    P99,
    P999;

    OptionalDouble of(LoadReport report) {
      return switch (this) {
        case THROUGHPUT -> report.number("throughput_per_second");
        case CPU -> report.number("server", "cpu_us_per_call");
        case P50 -> report.number("latency", "p50_us");
        case P99 -> report.number("latency", "p99_us");
        case P999 -> report.number("latency", "p999_us");
      };
    }
  }

  /** The rounds of one server under one load; a round that failed has no number. */
  private static final class Rounds {
    private final List<Map<Metric, Double>> samples = new ArrayList<>();
    private int saturated;

    OptionalDouble median(Metric metric) {
      var found = new Samples();
      for (Map<Metric, Double> sample : samples) {
        Double value = sample.get(metric);
        if (value != null) {
          found.add(value);
        }
      }
      return found.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(found.median());
    }
  }

  private final Map<PeerCase, Map<Rival, Rounds>> found = new LinkedHashMap<>();

  private Rounds rounds(PeerCase load, Rival rival) {
    return found
        .computeIfAbsent(load, l -> new LinkedHashMap<>())
        .computeIfAbsent(rival, r -> new Rounds());
  }

  void add(PeerCase load, Rival rival, LoadReport report) {
    var sample = new EnumMap<Metric, Double>(Metric.class);
    for (Metric metric : Metric.values()) {
      metric.of(report).ifPresent(value -> sample.put(metric, value));
    }
    Rounds rounds = rounds(load, rival);
    rounds.samples.add(sample);
    rounds.saturated += report.isSaturated() ? 1 : 0;
  }

  /** There is no number of this round; the next is compared with the others' next. */
  void addNothing(PeerCase load, Rival rival) {
    rounds(load, rival).samples.add(Map.of());
  }

  OptionalDouble median(PeerCase load, Rival rival, Metric metric) {
    return rounds(load, rival).median(metric);
  }

  /** Whether the load generator was at its end in half of the rounds or more. */
  boolean isSaturated(PeerCase load, Rival rival) {
    Rounds rounds = rounds(load, rival);
    return rounds.saturated > 0 && 2 * rounds.saturated >= rounds.samples.size();
  }

  /** The one's number divided by the other's. */
  OptionalDouble ratio(PeerCase load, Metric metric, Rival one, Rival other) {
    List<Map<Metric, Double>> ones = rounds(load, one).samples;
    List<Map<Metric, Double>> others = rounds(load, other).samples;
    var ratios = new Samples();
    for (int round = 0; round < Math.min(ones.size(), others.size()); round++) {
      Double a = ones.get(round).get(metric);
      Double b = others.get(round).get(metric);
      if (a != null && b != null && b > 0) {
        ratios.add(a / b);
      }
    }
    return ratios.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(ratios.median());
  }

  /** A row for each server under each load. */
  Table table() {
    var table =
        new Table(
            List.of(
                "connections × pipeline, payload, guest, placement: server",
                "calls/s",
                "÷ mooring",
                "CPU (µs/call)",
                "÷ mooring",
                "p50 (ms)",
                "p99 (ms)",
                "p99.9 (ms)",
                "p99 ÷ mooring"));
    found.forEach(
        (load, rivals) ->
            rivals
                .keySet()
                .forEach(
                    rival ->
                        table.add(
                            List.of(
                                load.label() + ": " + rival.label(),
                                (isSaturated(load, rival) ? "~" : "")
                                    + number(median(load, rival, Metric.THROUGHPUT), 1),
                                ratioCell(load, Metric.THROUGHPUT, rival),
                                number(median(load, rival, Metric.CPU), 1),
                                ratioCell(load, Metric.CPU, rival),
                                number(median(load, rival, Metric.P50), 1e3),
                                number(median(load, rival, Metric.P99), 1e3),
                                number(median(load, rival, Metric.P999), 1e3),
                                ratioCell(load, Metric.P99, rival)))));
    return table;
  }

  private String ratioCell(PeerCase load, Metric metric, Rival rival) {
    return rival == Rival.MOORING ? "" : number(ratio(load, metric, rival, Rival.MOORING), 1);
  }

  private static String number(OptionalDouble value, double unit) {
    return value.isEmpty() ? "–" : Report.number(value.getAsDouble() / unit);
  }
}
