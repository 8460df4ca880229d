package dev.mooring.store.model;

import static dev.mooring.store.model.State.ACKNOWLEDGED;
import static dev.mooring.store.model.State.BATCH;
import static dev.mooring.store.model.State.INCARNATION;
import static dev.mooring.store.model.State.NEXT;
import static dev.mooring.store.model.State.OWNER;
import static dev.mooring.store.model.State.STATUS;
import static dev.mooring.store.model.State.THERE;
import static dev.mooring.store.model.State.UP;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether sessions can be had, wherever one is wanted, with every other node stopped for good: a
 * new client's call must be acknowledged, and a session that is due must come to the node that
 * looks for such ones.
 */
final class Probe {
  private static final int MAX_MOVES = 200;

  private final Rules rules;
  private final Model model;
  private final State state;
  private final List<List<Move>> settling = new ArrayList<>();

  Probe(Sizes sizes, Rules rules) {
    this.rules = rules;
    model = new Model(sizes, rules);
    state = model.state();
    for (int node = 0; node < sizes.nodes(); node++) {
      int awake = node;
      settling.add(model.moves().stream().filter(move -> isWithOnly(move, awake)).toList());
    }
  }

  /** What settles things, and is the database's or this node's to do. */
  private boolean isWithOnly(Move move, int node) {
    int slots = state.sizes().nodes() * Sizes.SLOTS_PER_NODE;
    boolean own = move.who() / Sizes.SLOTS_PER_NODE == node;
    return switch (move.kind()) {
      case DELIVER, RESOLVE -> own;
      case COMMIT, RUN ->
          own
              || move.who() >= slots
              || rules.keeps(Breach.CLAIM_BY_STATEMENTS)
              || move.who() % Sizes.SLOTS_PER_NODE == 0;
      case FENCE, FREE, LET_GO_OF, ABORT, CALM -> true;
      case LOOK, RENEW, LEARN -> move.who() == node;
      case BATCH -> move.who() == node && move.session() == 0;
      default -> false;
    };
  }

  /** What is wrong with a state, or null. What breaks other rules on the way isn't told of. */
  @Nullable String wrong(State from) {
    Sizes sizes = from.sizes();
    for (int node = 0; node < sizes.nodes(); node++) {
      for (int session = 0; session < sizes.sessions(); session++) {
        if (from.node(node, STATUS) == UP && from.session(session, THERE) != 0) {
          if (!isServed(from, node, session)) {
            return "a new client of session %d isn't served by node %d, which is up"
                .formatted(session + 1, node + 1);
          }
          if (!from.isStormy() && !isSeenTo(from, node, session)) {
            return "session %d is due, and node %d, which is up, can't see to it"
                .formatted(session + 1, node + 1);
          }
        }
      }
    }
    return null;
  }

  private boolean isServed(State from, int node, int session) {
    begin(from);
    int call = from.sizes().calls();
    var come = new Move(Move.Kind.COME, node, session, call);
    for (int moves = 0; moves < MAX_MOVES; moves++) {
      if ((state.session(session, ACKNOWLEDGED) & 1 << call) != 0 || isOver(node, session)) {
        return true;
      }
      if (!settle(node) && !model.make(come)) {
        return false;
      }
    }
    return false;
  }

  private boolean isSeenTo(State from, int node, int session) {
    begin(from);
    var claim = new Move(Move.Kind.CLAIM_DUE, node, session, 0);
    var timer = new Move(Move.Kind.COME, node, session, from.sizes().calls());
    for (int moves = 0; moves < MAX_MOVES; moves++) {
      if (isOver(node, session)) {
        return true;
      }
      if (settle(node) || model.make(claim)) {
        continue;
      }
      int owner = state.session(session, OWNER);
      boolean isThere = state.copy(node, session, NEXT) != 0;
      if (owner == state.node(node, INCARNATION)) {
        return isThere;
      }
      if (isThere && model.make(timer)) {
        continue;
      }
      if (!model.make(new Move(Move.Kind.EXPIRE, owner, 0, 0))) {
        return false;
      }
    }
    return false;
  }

  private void begin(State from) {
    state.become(from);
    for (Chance chance : Chance.values()) {
      state.allow(chance, 0);
    }
    state.allow(Chance.CLAIM, 2);
    state.allow(Chance.EXPIRY, 2);
  }

  private boolean isOver(int node, int session) {
    return state.violation() != null
        || state.session(session, THERE) == 0
        || state.node(node, STATUS) != UP;
  }

  private boolean settle(int node) {
    for (Move move : settling.get(node)) {
      if (model.make(move)) {
        return true;
      }
    }
    return false;
  }
}
