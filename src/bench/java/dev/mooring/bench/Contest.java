package dev.mooring.bench;

import dev.mooring.bench.Peer.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Measures contenders side by side: each in a process of its own, so that no compiler learns from
 * another's work; all alive at the same time, but only one at work; and a round is one sample of
 * each measure from each of them, so that whatever disturbs the machine disturbs all alike.
 *
 * <p>One thread.
 */
final class Contest {
  /** Warm, when a sample is this close to the one before it. */
  private static final double STEADY = 0.03;

  private static final int LEAST_WARM_UPS = 4;
  private static final double WIDE = 0.1;

  private final Setting setting;
  private final Progress progress;
  private final int mostWarmUps;
  private final Map<String, Map<Contender, Samples>> samples = new HashMap<>();
  private final Map<String, Map<Contender, String>> remarks = new HashMap<>();
  private final Set<String> notes = new LinkedHashSet<>();
  private final Map<Contender, String> missing = new EnumMap<>(Contender.class);

  Contest(Setting setting, Progress progress, int mostWarmUps) {
    this.setting = setting;
    this.progress = progress;
    this.mostWarmUps = mostWarmUps;
  }

  /**
   * Something to measure.
   *
   * @param name for people, and to ask for the result
   * @param order what the process is asked
   * @param warm whether there must be warm-up first
   * @param same whether the remark must be the same from all, since it is a checksum
   */
  record Measure(String name, String order, boolean warm, boolean same) {
    static Measure time(String name, String order) {
      return new Measure(name, order, true, false);
    }
  }

  /**
   * Runs some measures.
   *
   * @param forks how many processes of each contender, one after the other
   * @param rounds how many samples from each process
   */
  void run(String title, List<Contender> contenders, List<Measure> measures, int forks, int rounds)
      throws Exception {
    int steps = forks * contenders.size() * measures.size() * (rounds + 1);
    progress.start(title, steps);
    for (int fork = 0; fork < forks; fork++) {
      var peers = new EnumMap<Contender, Peer>(Contender.class);
      try {
        for (Contender contender : contenders) {
          start(contender, peers);
        }
        for (Measure measure : measures) {
          for (var entry : peers.entrySet()) {
            warmUp(entry.getValue(), measure);
            progress.step();
          }
        }
        for (int round = 0; round < rounds; round++) {
          for (Measure measure : measures) {
            for (var entry : peers.entrySet()) {
              sample(entry.getKey(), entry.getValue(), measure);
              progress.step();
            }
          }
        }
      } finally {
        for (Peer peer : peers.values()) {
          peer.close();
        }
      }
    }
    progress.end();
  }

  private void start(Contender contender, Map<Contender, Peer> peers) throws Exception {
    if (missing.containsKey(contender)) {
      return;
    }
    try {
      Peer peer = Peer.start(contender.command(setting));
      Answer ready = peer.ask("ready");
      if (ready.refused()) {
        peer.close();
        missing.put(contender, ready.reason());
      } else {
        peers.put(contender, peer);
      }
    } catch (IOException e) {
      missing.put(contender, String.valueOf(e.getMessage()));
    }
  }

  private void warmUp(Peer peer, Measure measure) throws Exception {
    double before = 0;
    for (int i = 0; measure.warm && i < mostWarmUps; i++) {
      Answer answer = peer.ask(measure.order);
      if (answer.refused()) {
        return;
      }
      double value = answer.value();
      if (i >= LEAST_WARM_UPS && Math.abs(value - before) <= STEADY * value) {
        return;
      }
      before = value;
    }
  }

  private void sample(Contender contender, Peer peer, Measure measure) throws Exception {
    Answer answer = peer.ask(measure.order);
    if (answer.refused()) {
      notes.add(measure.name + ", " + contender.label() + ": " + answer.reason());
      return;
    }
    of(samples, measure.name).computeIfAbsent(contender, c -> new Samples()).add(answer.value());
    of(remarks, measure.name).put(contender, answer.remark());
    if (measure.same) {
      checkSame(measure.name);
    }
  }

  private void checkSame(String name) throws WrongAnswer {
    Map<Contender, String> all = of(remarks, name);
    if (Set.copyOf(all.values()).size() > 1) {
      throw new WrongAnswer(name + ": the engines disagree: " + all);
    }
  }

  private static <V> Map<Contender, V> of(Map<String, Map<Contender, V>> map, String name) {
    return map.computeIfAbsent(name, n -> new EnumMap<>(Contender.class));
  }

  /** The median, if there is one. */
  OptionalDouble median(String name, Contender contender) {
    Samples found = of(samples, name).get(contender);
    return found == null ? OptionalDouble.empty() : OptionalDouble.of(found.median());
  }

  /** Whether the samples differ so much that the median says little. */
  boolean isWide(String name, Contender contender) {
    Samples found = of(samples, name).get(contender);
    return found != null && found.spread() > WIDE;
  }

  /** What came with the last sample. */
  String remark(String name, Contender contender) {
    return of(remarks, name).getOrDefault(contender, "");
  }

  /** What could not be measured, and why. */
  List<String> notes() {
    var all = new ArrayList<String>();
    missing.forEach((contender, why) -> all.add(contender.label() + " is missing: " + why));
    all.addAll(notes);
    return all;
  }

  /** The engines don't compute the same, so no time of theirs means anything. */
  static final class WrongAnswer extends Exception {
    private static final long serialVersionUID = 1;

    WrongAnswer(String message) {
      super(message);
    }
  }
}
