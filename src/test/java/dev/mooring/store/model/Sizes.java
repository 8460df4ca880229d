package dev.mooring.store.model;

import java.util.EnumMap;
import java.util.Map;

/**
 * How large a model is.
 *
 * @param calls of each session
 * @param heads whether a batch changes the rows of its sessions too, not only their records
 */
record Sizes(int nodes, int sessions, int calls, boolean heads, Map<Chance, Integer> chances) {
  private static final int MAX_CALLS = 6;

  /** What a probe needs beside: see {@link Probe}. */
  private static final int SPARE_ROWS = 4;

  /** For transactions whose node has lost them. */
  static final int ORPHANS = 2;

  /** What a node has under way at once: a batch and a claim. */
  static final int SLOTS_PER_NODE = 2;

  Sizes {
    if (calls > MAX_CALLS) {
      throw new IllegalArgumentException(calls + " calls aren't bits of a byte");
    }
    chances = Map.copyOf(chances);
  }

  static Sizes of(int nodes, int sessions, int calls) {
    return new Sizes(nodes, sessions, calls, false, Map.of());
  }

  Sizes with(Chance chance, int times) {
    var more = new EnumMap<Chance, Integer>(Chance.class);
    more.putAll(chances);
    more.put(chance, times);
    return new Sizes(nodes, sessions, calls, heads, more);
  }

  Sizes withHeads() {
    return new Sizes(nodes, sessions, calls, true, chances);
  }

  int times(Chance chance) {
    return chances.getOrDefault(chance, 0);
  }

  int incarnations() {
    return nodes + times(Chance.REJOIN);
  }

  int slots() {
    return nodes * SLOTS_PER_NODE + ORPHANS;
  }

  /** A session's records never have a higher number. */
  int rows() {
    return 1 + calls + times(Chance.CLAIM) + times(Chance.WHOLE) + SPARE_ROWS;
  }

  @Override
  public String toString() {
    return "%d nodes, %d sessions of %d calls%s, %s"
        .formatted(nodes, sessions, calls, heads ? " with heads" : "", chances);
  }
}
