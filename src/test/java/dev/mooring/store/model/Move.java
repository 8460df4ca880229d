package dev.mooring.store.model;

import java.util.ArrayList;
import java.util.List;

/**
 * One thing that may happen.
 *
 * @param who a node, a slot or an incarnation
 * @param session counted from 0, or 1 for a batch of whole states
 * @param call counted from 0
 */
record Move(Kind kind, int who, int session, int call) {
  private static final String NODES = "ABCDEFGH";

  /** All that may happen, in the order in which a {@link Probe} wants it. */
  enum Kind {
    DELIVER("the answer reaches %s"),
    COMMIT("the database commits %s"),
    RUN("the database runs %s"),
    RESOLVE("the node reads back %s"),
    FENCE("incarnation %d is fenced"),
    LEARN("%s finds that it was fenced"),
    FREE("what incarnation %d had is freed"),
    LOOK("%s sees that session %d was taken from it"),
    LET_GO_OF("the database is told that %s has let go of session %d"),
    RENEW("%s renews its lease"),
    CALM("a lease's time has passed since the outage"),
    ABORT("the database gives up %s"),
    LET_GO("%s, draining, lets its sessions go"),
    LEAVE("%s, drained, fences itself"),
    BATCH("%s sends a batch%s"),
    COME("call %3$d of session %2$d comes to %1$s"),
    CLAIM_DUE("%s sends a claim of session %d, which is due"),
    READ("a call that reads session %2$d comes to %1$s"),
    REMOVE("%s sends the removal of session %d"),
    LOSE_ANSWER("the connection is lost of %s"),
    EXPIRE("the lease of incarnation %d runs out"),
    CRASH("%s crashes"),
    REJOIN("%s is there again, as a new incarnation"),
    DRAIN("%s begins to drain"),
    OUTAGE("the database ends, and is back");

    final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  static List<Move> all(Sizes sizes) {
    var moves = new ArrayList<Move>();
    for (Kind kind : Kind.values()) {
      switch (kind) {
        case DELIVER, COMMIT, RUN, RESOLVE, ABORT, LOSE_ANSWER -> add(moves, kind, sizes.slots());
        case FENCE, FREE, EXPIRE -> {
          for (int incarnation = 1; incarnation <= sizes.incarnations(); incarnation++) {
            moves.add(new Move(kind, incarnation, 0, 0));
          }
        }
        case LEARN, RENEW, LET_GO, LEAVE, CRASH, REJOIN, DRAIN -> add(moves, kind, sizes.nodes());
        case CALM, OUTAGE -> add(moves, kind, 1);
        case BATCH -> add(moves, kind, sizes.nodes(), 2);
        case LOOK, LET_GO_OF, CLAIM_DUE, READ, REMOVE ->
            add(moves, kind, sizes.nodes(), sizes.sessions());
        case COME -> {
          for (int call = 0; call < sizes.calls(); call++) {
            for (int node = 0; node < sizes.nodes(); node++) {
              for (int session = 0; session < sizes.sessions(); session++) {
                moves.add(new Move(kind, node, session, call));
              }
            }
          }
        }
      }
    }
    return List.copyOf(moves);
  }

  private static void add(List<Move> moves, Kind kind, int count) {
    add(moves, kind, count, 1);
  }

  private static void add(List<Move> moves, Kind kind, int count, int sessions) {
    for (int who = 0; who < count; who++) {
      for (int session = 0; session < sessions; session++) {
        moves.add(new Move(kind, who, session, 0));
      }
    }
  }

  /**
   * In words.
   *
   * @param before it is done
   * @param after it is done
   */
  String describe(State before, State after) {
    return switch (kind) {
      case DELIVER, COMMIT, RUN, RESOLVE, ABORT, LOSE_ANSWER ->
          kind.words.formatted(transaction(before)) + outcome(after);
      case FENCE, FREE, EXPIRE -> kind.words.formatted(who);
      case BATCH -> kind.words.formatted(NODES.charAt(who), session == 0 ? "" : " of whole states");
      default -> kind.words.formatted(NODES.charAt(who), session + 1, call + 1);
    };
  }

  private String transaction(State before) {
    Sizes sizes = before.sizes();
    int ofNodes = sizes.nodes() * Sizes.SLOTS_PER_NODE;
    var words = new StringBuilder();
    words.append(
        who < ofNodes
            ? NODES.charAt(who / Sizes.SLOTS_PER_NODE) + "'s "
            : "incarnation " + before.slot(who, State.OF) + "'s orphaned ");
    words.append(
        switch (before.slot(who, State.WHAT)) {
          case State.BATCH -> "batch";
          case State.REMOVAL -> "removal";
          default -> "claim";
        });
    String separator = " (";
    for (int session = 0; session < sizes.sessions(); session++) {
      int number = before.entry(who, session, State.NUMBER);
      if (before.entry(who, session, State.ENTRY) != 0 && number != 0) {
        words.append(separator).append("number ").append(number);
        separator = ", ";
      }
    }
    return words.append(separator.equals(" (") ? "" : ")").toString();
  }

  private String outcome(State after) {
    if (kind != Kind.RUN) {
      return "";
    }
    return switch (after.slot(who, State.STAGE)) {
      case State.WAITING -> ": it waits";
      case State.READY -> verdicts(after);
      case State.ANSWERED ->
          ": it gets " + (after.slot(who, State.RESULT) == 0 ? "told" : "nothing");
      default -> ": it does nothing";
    };
  }

  private String verdicts(State after) {
    for (int session = 0; session < after.sizes().sessions(); session++) {
      if (after.entry(who, session, State.VERDICT) == State.REFUSED) {
        return ": session " + (session + 1) + " is refused";
      }
    }
    return "";
  }
}
