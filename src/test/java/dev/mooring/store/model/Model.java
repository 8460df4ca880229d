package dev.mooring.store.model;

import static dev.mooring.store.model.State.ACKNOWLEDGED;
import static dev.mooring.store.model.State.BATCH;
import static dev.mooring.store.model.State.DISPLACED;
import static dev.mooring.store.model.State.FENCED;
import static dev.mooring.store.model.State.FREED;
import static dev.mooring.store.model.State.INCARNATION;
import static dev.mooring.store.model.State.LET_GO;
import static dev.mooring.store.model.State.NEXT;
import static dev.mooring.store.model.State.OWNER;
import static dev.mooring.store.model.State.REMOVE;
import static dev.mooring.store.model.State.STATUS;
import static dev.mooring.store.model.State.THERE;
import static dev.mooring.store.model.State.UP;

import java.util.List;

/** What may happen in a state, what becomes of it then, and what must hold always. */
final class Model {
  private final List<Move> moves;
  private final State state;
  private final Database database;
  private final Nodes nodes;

  Model(Sizes sizes, Rules rules) {
    moves = Move.all(sizes);
    state = State.first(sizes);
    database = new Database(state, rules);
    nodes = new Nodes(state, rules, database);
  }

  /** All that may happen anywhere. */
  List<Move> moves() {
    return moves;
  }

  /** The one that moves are made in. */
  State state() {
    return state;
  }

  /** Makes a move and checks what holds always; false, with nothing changed, if it can't be. */
  boolean make(Move move) {
    if (!isMade(move)) {
      return false;
    }
    check();
    return true;
  }

  private boolean isMade(Move move) {
    int who = move.who();
    return switch (move.kind()) {
      case DELIVER -> nodes.deliver(who);
      case COMMIT -> database.commit(who);
      case RUN -> database.run(who);
      case RESOLVE -> nodes.resolve(who);
      case FENCE -> database.fence(who);
      case LEARN -> nodes.learn(who);
      case FREE -> nodes.free(who);
      case LOOK -> nodes.look(who, move.session());
      case LET_GO_OF -> nodes.letGoOf(who, move.session());
      case RENEW -> nodes.renew(who);
      case CALM -> nodes.calmDown();
      case ABORT -> database.abort(who);
      case LET_GO -> nodes.letGo(who);
      case LEAVE -> nodes.leave(who);
      case BATCH -> nodes.batch(who, move.session() != 0);
      case COME -> nodes.come(who, move.session(), move.call());
      case CLAIM_DUE -> nodes.claimDue(who, move.session());
      case READ -> nodes.read(who, move.session());
      case REMOVE -> nodes.remove(who, move.session());
      case LOSE_ANSWER -> nodes.loseAnswer(who);
      case EXPIRE -> nodes.expire(who);
      case CRASH -> nodes.crash(who);
      case REJOIN -> nodes.rejoin(who);
      case DRAIN -> nodes.drain(who);
      case OUTAGE -> nodes.outage();
    };
  }

  private void check() {
    boolean quiet = state.isQuiet();
    for (int session = 0; session < state.sizes().sessions(); session++) {
      if (state.session(session, THERE) != 0) {
        if ((state.session(session, ACKNOWLEDGED) & ~state.recorded(session)) != 0) {
          state.fail("an acknowledged call is lost");
        }
        checkOwner(session, quiet);
      }
      checkDisplaced(session);
    }
    for (int slot = 0; slot < state.sizes().slots(); slot++) {
      checkWaiting(slot);
    }
  }

  private void checkOwner(int session, boolean quiet) {
    int owner = state.session(session, OWNER);
    if (owner != 0 && state.is(owner, FREED)) {
      state.snag("a session's owner is fenced and freed: nobody will see to its timers");
    }
    for (int node = 0; quiet && node < state.sizes().nodes(); node++) {
      if (state.node(node, INCARNATION) == owner
          && state.node(node, STATUS) == UP
          && !state.is(owner, FENCED)
          && state.copy(node, session, NEXT) == 0) {
        state.snag("a session's owner lives and doesn't know it: nobody will see to its timers");
      }
    }
  }

  private void checkDisplaced(int session) {
    for (int number = 1; number <= state.sizes().rows(); number++) {
      int displaced = state.row(session, number, DISPLACED);
      if (displaced != 0 && state.isCommitted(session, number) && state.is(displaced, FREED)) {
        state.snag("an owner's row waits for ever for a fenced node to let go");
      }
      if (displaced == 0
          && state.session(session, THERE) == 0
          && state.isCommitted(session, number)) {
        state.snag("a record stays for ever of a session that is gone");
      }
    }
  }

  private void checkWaiting(int slot) {
    int other = database.waitsFor(slot);
    for (int i = 0; other >= 0 && i < state.sizes().slots(); i++) {
      if (other == slot) {
        state.snag("transactions wait for each other");
        return;
      }
      other = database.waitsFor(other);
    }
  }
}
