package dev.mooring.store.model;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One long way through a model, with chance in charge. */
final class Walk {
  /** Of states, one of so many is probed. */
  private static final int PROBED = 20;

  /** How often a fault is made that could be. */
  private static final int FAULTS = 12;

  private static final Set<Move.Kind> FAULT = EnumSet.range(Move.Kind.REMOVE, Move.Kind.OUTAGE);

  private final Random random;
  private final Model model;
  private final Probe probe;
  private final Set<Move.Kind> made = EnumSet.noneOf(Move.Kind.class);
  private final List<String> trace = new ArrayList<>();

  Walk(Sizes sizes, Rules rules, long seed) {
    random = new Random(seed);
    model = new Model(sizes, rules);
    probe = new Probe(sizes, rules);
  }

  /** What must not happen and did; null if nothing did in so many moves. */
  @Nullable String go(int moves) {
    for (int i = 0; i < moves; i++) {
      State before = model.state().copy();
      Move move = move();
      if (move == null) {
        return null;
      }
      trace.add(move.describe(before, model.state()));
      made.add(move.kind());
      String wrong = model.state().wrong();
      if (wrong == null && random.nextInt(PROBED) == 0) {
        wrong = probe.wrong(model.state());
      }
      if (wrong != null) {
        return wrong;
      }
    }
    return null;
  }

  /** Makes one that can be made, or finds none. */
  private @Nullable Move move() {
    List<Move> moves = model.moves();
    int from = random.nextInt(moves.size());
    int step = random.nextBoolean() ? 1 : moves.size() - 1;
    boolean fault = random.nextInt(FAULTS) == 0;
    for (int i = 0; i < moves.size(); i++) {
      Move move = moves.get((from + i * step) % moves.size());
      if ((fault || !FAULT.contains(move.kind())) && model.make(move)) {
        return move;
      }
    }
    return null;
  }

  /** What has happened at all. */
  Set<Move.Kind> made() {
    return made;
  }

  /** All moves in words. */
  List<String> trace() {
    return trace;
  }
}
