package dev.mooring.store.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Goes through all states that can be reached, those of fewer moves first, so that what it finds it
 * finds by the shortest way. Of a state that it has seen it keeps a hash of 64 bits, and how it
 * came there.
 */
final class Explorer {
  private static final int FIRST_TABLE = 1 << 16;

  /** Of states in which something is under way, one of so many is probed. */
  private static final int PROBED = 16;

  /**
   * What came of it.
   *
   * @param made what has happened at all
   * @param isComplete whether there is nothing that it hasn't seen
   * @param found what must not happen and did; null if nothing did
   * @param trace how that came about, in words
   */
  record Outcome(
      int states,
      int depth,
      Set<Move.Kind> made,
      boolean isComplete,
      @Nullable String found,
      List<String> trace) {
    @Override
    public String toString() {
      return found == null
          ? "%,d states, %d moves deep%s".formatted(states, depth, isComplete ? "" : ", and on")
          : "%s, after %d moves:%n  %s".formatted(found, trace.size(), String.join("\n  ", trace));
    }
  }

  private final Sizes sizes;
  private final Rules rules;
  private final boolean snags;
  private final int maxStates;
  private final Model model;
  private final Probe probe;

  private final Set<Move.Kind> made = EnumSet.noneOf(Move.Kind.class);
  private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
  private long[] seen = new long[FIRST_TABLE];
  private int[] parents = new int[FIRST_TABLE / 2];
  private short[] ways = new short[FIRST_TABLE / 2];
  private int count;

  /**
   * Of a model's states.
   *
   * @param snags whether it looks for what stands still, too
   * @param maxStates about where it gives up
   */
  Explorer(Sizes sizes, Rules rules, boolean snags, int maxStates) {
    this.sizes = sizes;
    this.rules = rules;
    this.snags = snags;
    this.maxStates = maxStates;
    this.model = new Model(sizes, rules);
    this.probe = new Probe(sizes, rules);
  }

  Outcome explore() {
    State from = State.first(sizes);
    add(from, -1, 0);
    int lastOfLevel = 0;
    int depth = 0;
    for (int id = 0; !queue.isEmpty() && count < maxStates; id++) {
      if (id > lastOfLevel) {
        depth++;
        lastOfLevel = count - 1;
      }
      from.become(queue.remove());
      for (int way = 0; way < model.moves().size(); way++) {
        String found = follow(from, id, way);
        if (found != null) {
          return new Outcome(count, depth, made, false, found, trace(id, way));
        }
      }
    }
    return new Outcome(count, depth, made, queue.isEmpty(), null, List.of());
  }

  /** Makes a move in a state; what is wrong then, or null. */
  private @Nullable String follow(State from, int id, int way) {
    State state = model.state();
    state.become(from);
    Move move = model.moves().get(way);
    if (!model.make(move)) {
      return null;
    }
    made.add(move.kind());
    String found = snags ? state.wrong() : state.violation();
    if (found == null && add(state, id, way) && snags && isProbed(state)) {
      return probe.wrong(state);
    }
    return found;
  }

  private static boolean isProbed(State state) {
    return state.isQuiet() || state.hash() % PROBED == 0;
  }

  private List<String> trace(int last, int lastWay) {
    var taken = new ArrayList<Integer>();
    taken.add(lastWay);
    for (int id = last; id > 0; id = parents[id]) {
      taken.add((int) ways[id]);
    }
    Collections.reverse(taken);
    var replayed = new Model(sizes, rules);
    var words = new ArrayList<String>();
    for (int way : taken) {
      State before = replayed.state().copy();
      Move move = replayed.moves().get(way);
      replayed.make(move);
      words.add(move.describe(before, replayed.state()));
    }
    return words;
  }

  private boolean add(State state, int parent, int way) {
    long hash = state.hash();
    int slot = slot(seen, hash);
    if (seen[slot] == hash) {
      return false;
    }
    seen[slot] = hash;
    parents[count] = parent;
    ways[count] = (short) way;
    if (++count == parents.length) {
      grow();
    }
    queue.add(state.toBytes());
    return true;
  }

  private static int slot(long[] table, long hash) {
    int mask = table.length - 1;
    int slot = (int) hash & mask;
    while (table[slot] != 0 && table[slot] != hash) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void grow() {
    var larger = new long[seen.length * 2];
    for (long hash : seen) {
      if (hash != 0) {
        larger[slot(larger, hash)] = hash;
      }
    }
    seen = larger;
    parents = Arrays.copyOf(parents, parents.length * 2);
    ways = Arrays.copyOf(ways, ways.length * 2);
  }
}
