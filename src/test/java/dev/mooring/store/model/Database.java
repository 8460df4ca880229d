package dev.mooring.store.model;

import static dev.mooring.store.model.State.ACCEPTED;
import static dev.mooring.store.model.State.ACCEPTED_WITH_HEAD;
import static dev.mooring.store.model.State.ACKNOWLEDGED;
import static dev.mooring.store.model.State.ANSWERED;
import static dev.mooring.store.model.State.APPENDED;
import static dev.mooring.store.model.State.BASE;
import static dev.mooring.store.model.State.BATCH;
import static dev.mooring.store.model.State.BY;
import static dev.mooring.store.model.State.CARRIED;
import static dev.mooring.store.model.State.CLAIM;
import static dev.mooring.store.model.State.CLEARED;
import static dev.mooring.store.model.State.CONFIRM;
import static dev.mooring.store.model.State.DISPLACED;
import static dev.mooring.store.model.State.DUE_CLAIM;
import static dev.mooring.store.model.State.ENTRY;
import static dev.mooring.store.model.State.EVER;
import static dev.mooring.store.model.State.EXPIRED;
import static dev.mooring.store.model.State.FENCED;
import static dev.mooring.store.model.State.FREED;
import static dev.mooring.store.model.State.HEAD;
import static dev.mooring.store.model.State.KIND;
import static dev.mooring.store.model.State.NOT_TO_BE_HAD;
import static dev.mooring.store.model.State.NO_FENCE;
import static dev.mooring.store.model.State.NUMBER;
import static dev.mooring.store.model.State.OF;
import static dev.mooring.store.model.State.OK;
import static dev.mooring.store.model.State.OWNER;
import static dev.mooring.store.model.State.OWNERS;
import static dev.mooring.store.model.State.READY;
import static dev.mooring.store.model.State.REFUSED;
import static dev.mooring.store.model.State.REMOVAL;
import static dev.mooring.store.model.State.REMOVE;
import static dev.mooring.store.model.State.RESULT;
import static dev.mooring.store.model.State.SENT;
import static dev.mooring.store.model.State.STAGE;
import static dev.mooring.store.model.State.THERE;
import static dev.mooring.store.model.State.UNDECIDED;
import static dev.mooring.store.model.State.VERDICT;
import static dev.mooring.store.model.State.WAITING;
import static dev.mooring.store.model.State.WHAT;
import static dev.mooring.store.model.State.WHOLE;

/**
 * Transactions as PostgreSQL runs them in READ COMMITTED, as far as it matters here: a row that
 * somebody has inserted or is deleting makes others wait who insert it, a lock those who want it;
 * after waiting they look again. A step of a transaction is all that it does until it has to wait
 * or commits; whatever else would fit between holds locks that keep others from seeing it.
 *
 * <p>Each method answers whether it could be done; if not, nothing is changed.
 */
final class Database {
  private final State state;
  private final Rules rules;
  private final int sessions;
  private final int slots;

  Database(State state, Rules rules) {
    this.state = state;
    this.rules = rules;
    this.sessions = state.sizes().sessions();
    this.slots = state.sizes().slots();
  }

  /** A transaction begins, or goes on after waiting. */
  boolean run(int slot) {
    int stage = state.slot(slot, STAGE);
    if (stage != SENT && stage != WAITING) {
      return false;
    }
    if (stage == SENT && lacksFence(slot)) {
      answer(slot, NO_FENCE);
      return true;
    }
    return switch (state.slot(slot, WHAT)) {
      case BATCH -> runBatch(slot, stage);
      case REMOVAL -> runRemoval(slot);
      default -> runClaim(slot, stage);
    };
  }

  private boolean takesFence(int slot) {
    return switch (state.slot(slot, WHAT)) {
      case CLAIM, DUE_CLAIM -> rules.keeps(Breach.CLAIM_WITHOUT_FENCE);
      default -> rules.keeps(Breach.BATCH_WITHOUT_FENCE);
    };
  }

  private boolean lacksFence(int slot) {
    return takesFence(slot) && state.is(state.slot(slot, OF), FENCED);
  }

  private void answer(int slot, int result) {
    if (isOrphan(slot)) {
      state.clearSlot(slot);
    } else {
      state.slot(slot, STAGE, ANSWERED);
      state.slot(slot, RESULT, result);
    }
  }

  private boolean isOrphan(int slot) {
    return slot >= slots - Sizes.ORPHANS;
  }

  private boolean runBatch(int slot, int stage) {
    if (stage == SENT) {
      confirm(slot);
      state.slot(slot, STAGE, WAITING);
    }
    boolean moved = stage == SENT;
    for (int session = 0; session < sessions; session++) {
      if (isRow(slot, session) && state.entry(slot, session, VERDICT) == UNDECIDED) {
        if (!decide(slot, session)) {
          return moved;
        }
        moved = true;
      }
    }
    if (state.sizes().heads() && rules.breaks(Breach.HEADS_AFTER_RECORDS)) {
      for (int session = 0; session < sessions; session++) {
        if (state.entry(slot, session, VERDICT) == ACCEPTED && isRow(slot, session)) {
          if (isLocked(session, slot)) {
            return moved;
          }
          state.entry(slot, session, VERDICT, ACCEPTED_WITH_HEAD);
          moved = true;
        }
      }
    }
    state.slot(slot, STAGE, READY);
    if (!hasRows(slot)) {
      answer(slot, OK);
    }
    return true;
  }

  private boolean hasRows(int slot) {
    for (int session = 0; session < sessions; session++) {
      if (isRow(slot, session)) {
        return true;
      }
    }
    return false;
  }

  boolean isRow(int slot, int session) {
    int entry = state.entry(slot, session, ENTRY);
    return entry == APPENDED || entry == WHOLE;
  }

  /** By what was committed when the statement began. */
  private void confirm(int slot) {
    for (int session = 0; session < sessions; session++) {
      if (state.entry(slot, session, ENTRY) == CONFIRM) {
        boolean owned = state.last(session) < state.entry(slot, session, NUMBER);
        state.entry(slot, session, VERDICT, owned ? ACCEPTED : REFUSED);
      }
    }
  }

  /** A row is inserted unless there is one; false if that has to wait. */
  private boolean decide(int slot, int session) {
    if (locksFirst() && isLocked(session, slot)) {
      return false;
    }
    int number = state.entry(slot, session, NUMBER);
    if (holder(slot, session, number) >= 0) {
      return false;
    }
    if (state.row(session, number, KIND) != 0) {
      state.entry(slot, session, VERDICT, REFUSED);
      return true;
    }
    state.entry(slot, session, VERDICT, ACCEPTED);
    state.insert(
        session,
        number,
        state.entry(slot, session, ENTRY),
        state.slot(slot, OF),
        0,
        state.entry(slot, session, CARRIED),
        slot);
    return true;
  }

  private boolean locksFirst() {
    return state.sizes().heads() && rules.keeps(Breach.HEADS_AFTER_RECORDS);
  }

  /** Who has inserted such a row or is deleting it, and may yet commit that or not; or -1. */
  private int holder(int slot, int session, int number) {
    if (state.row(session, number, KIND) == 0) {
      return -1;
    }
    int by = state.row(session, number, BY) - 1;
    if (by >= 0) {
      return by == slot ? -1 : by;
    }
    for (int other = 0; other < slots; other++) {
      if (other != slot && isDeleting(other, session, number)) {
        return other;
      }
    }
    return -1;
  }

  private boolean isDeleting(int slot, int session, int number) {
    if (!state.isStarted(slot)) {
      return false;
    }
    int entry = state.entry(slot, session, ENTRY);
    if (entry == WHOLE) {
      int verdict = state.entry(slot, session, VERDICT);
      return (verdict == ACCEPTED || verdict == ACCEPTED_WITH_HEAD)
          && number < state.entry(slot, session, NUMBER)
          && isDeletedByWhole(session, number);
    }
    return entry == REMOVE && isDeletedByRemoval(session, number);
  }

  private boolean isDeletedByWhole(int session, int number) {
    return !isDisplacing(session, number) || rules.breaks(Breach.WHOLE_DELETES_OWNERS_ROWS);
  }

  private boolean isDeletedByRemoval(int session, int number) {
    return !isDisplacing(session, number) || rules.breaks(Breach.REMOVAL_DELETES_OWNERS_ROWS);
  }

  private boolean isDisplacing(int session, int number) {
    return state.row(session, number, KIND) == OWNERS && state.row(session, number, DISPLACED) != 0;
  }

  /** Whether another transaction has the session's own row. */
  private boolean isLocked(int session, int except) {
    return locker(session, except) >= 0;
  }

  private int locker(int session, int except) {
    for (int slot = 0; slot < slots; slot++) {
      if (slot != except && state.isStarted(slot) && locks(slot, session)) {
        return slot;
      }
    }
    return -1;
  }

  private boolean locks(int slot, int session) {
    if (state.entry(slot, session, ENTRY) == 0) {
      return false;
    }
    if (state.slot(slot, WHAT) != BATCH) {
      return true;
    }
    int verdict = state.entry(slot, session, VERDICT);
    return isRow(slot, session)
        && (verdict == ACCEPTED_WITH_HEAD || (locksFirst() && verdict != UNDECIDED));
  }

  private boolean runRemoval(int slot) {
    for (int session = 0; session < sessions; session++) {
      if (state.entry(slot, session, ENTRY) == REMOVE) {
        if (isLocked(session, slot)) {
          return false;
        }
        boolean own =
            state.session(session, OWNER) == state.slot(slot, OF)
                || rules.breaks(Breach.REMOVAL_WITHOUT_OWNER);
        if (state.session(session, THERE) == 0 || !own) {
          state.entry(slot, session, VERDICT, REFUSED);
          answer(slot, OK);
        } else {
          state.entry(slot, session, VERDICT, ACCEPTED);
          state.slot(slot, STAGE, READY);
        }
      }
    }
    return true;
  }

  private boolean runClaim(int slot, int stage) {
    int session = claimed(slot);
    if (stage == SENT) {
      if (isLocked(session, slot)) {
        return false;
      }
      boolean due = state.slot(slot, WHAT) == DUE_CLAIM;
      boolean taken = due && state.session(session, OWNER) != 0;
      if (state.session(session, THERE) == 0
          || (taken && rules.keeps(Breach.DUE_CLAIM_WITHOUT_LOOK))) {
        answer(slot, NOT_TO_BE_HAD);
        return true;
      }
    }
    int number = state.last(session) + 1;
    if (number > state.sizes().rows()) {
      return false;
    }
    boolean early = rules.breaks(Breach.READ_BEFORE_OWNERS_ROW);
    boolean none = rules.breaks(Breach.NO_OWNERS_ROW);
    if (!none && holder(slot, session, number) >= 0) {
      if (stage == WAITING && state.entry(slot, session, NUMBER) == number) {
        return false;
      }
      if (early && stage == SENT) {
        state.entry(slot, session, CARRIED, state.recorded(session));
      }
      state.slot(slot, STAGE, WAITING);
      state.entry(slot, session, NUMBER, number);
      return true;
    }
    if (early && stage == SENT) {
      state.entry(slot, session, CARRIED, state.recorded(session));
    }
    state.slot(slot, STAGE, READY);
    state.entry(slot, session, NUMBER, none ? number - 1 : number);
    if (!none) {
      int incarnation = state.slot(slot, OF);
      state.insert(session, number, OWNERS, incarnation, displaced(session, incarnation), 0, slot);
    }
    return true;
  }

  private int displaced(int session, int claimer) {
    int owner = state.session(session, OWNER);
    boolean canCommit = owner != 0 && owner != claimer && !state.is(owner, FENCED);
    return canCommit && rules.keeps(Breach.DISPLACED_NOT_NOTED) ? owner : 0;
  }

  int claimed(int slot) {
    for (int session = 0; session < sessions; session++) {
      if (state.entry(slot, session, ENTRY) == OWNERS) {
        return session;
      }
    }
    throw new IllegalStateException("no claim");
  }

  /** A transaction commits, which nobody else can hinder. */
  boolean commit(int slot) {
    if (state.slot(slot, STAGE) != READY) {
      return false;
    }
    for (int session = 0; session < sessions; session++) {
      switch (state.entry(slot, session, ENTRY)) {
        case APPENDED, WHOLE -> commitRow(slot, session);
        case OWNERS -> commitClaim(slot, session);
        case REMOVE -> commitRemoval(slot, session);
        default -> {}
      }
    }
    answer(slot, OK);
    return true;
  }

  private void commitRow(int slot, int session) {
    if (state.entry(slot, session, VERDICT) == REFUSED) {
      return;
    }
    int number = state.entry(slot, session, NUMBER);
    int carried = state.entry(slot, session, CARRIED);
    checkRow(slot, session, number);
    state.row(session, number, BY, 0);
    state.session(session, EVER, state.session(session, EVER) | carried);
    state.session(session, HEAD, number);
    if (state.entry(slot, session, ENTRY) == WHOLE) {
      for (int below = 1; below < number; below++) {
        if (state.isCommitted(session, below) && isDeletedByWhole(session, below)) {
          state.delete(session, below);
        }
      }
    }
  }

  /** Whether it follows what its writer had. */
  private void checkRow(int slot, int session, int number) {
    int last = state.last(session);
    int recorded = state.recordedBelow(session, number);
    int carried = state.entry(slot, session, CARRIED);
    if (state.session(session, THERE) == 0) {
      state.fail("a record of a session that is gone was committed");
    } else if (last >= number) {
      state.fail("a number that had been passed was committed: two owners, or one twice");
    } else if (last < number - 1) {
      state.fail("a number was left out");
    } else if (state.entry(slot, session, ENTRY) == APPENDED && (recorded & carried) != 0) {
      state.fail("a call is in the state twice");
    } else if (recorded != state.entry(slot, session, BASE)) {
      state.fail("a record was committed upon a state that its writer didn't have");
    }
  }

  private void commitClaim(int slot, int session) {
    int number = state.entry(slot, session, NUMBER);
    int owner = state.session(session, OWNER);
    if (state.slot(slot, WHAT) == DUE_CLAIM && owner != 0 && !state.is(owner, FENCED)) {
      state.snag("a session was taken from its owner for its timers only");
    }
    if (rules.keeps(Breach.NO_OWNERS_ROW)) {
      state.row(session, number, BY, 0);
    }
    if (rules.keeps(Breach.READ_BEFORE_OWNERS_ROW)) {
      state.entry(slot, session, CARRIED, state.recorded(session));
    }
    state.session(session, OWNER, state.slot(slot, OF));
  }

  private void commitRemoval(int slot, int session) {
    if ((state.session(session, ACKNOWLEDGED) & ~state.entry(slot, session, BASE)) != 0) {
      state.fail("a session was removed with an acknowledged call that its remover didn't know of");
    }
    state.session(session, THERE, 0);
    state.session(session, OWNER, 0);
    for (int number = 1; number <= state.sizes().rows(); number++) {
      if (state.isCommitted(session, number) && isDeletedByRemoval(session, number)) {
        state.delete(session, number);
      }
    }
  }

  /** Nothing of it was ever there. */
  void rollBack(int slot) {
    for (int session = 0; session < sessions; session++) {
      for (int number = 1; number <= state.sizes().rows(); number++) {
        if (state.row(session, number, BY) == slot + 1) {
          state.delete(session, number);
        }
      }
    }
  }

  /** The database notices that nobody is there for a transaction. */
  boolean abort(int slot) {
    if (!isOrphan(slot) || state.slot(slot, WHAT) == 0) {
      return false;
    }
    rollBack(slot);
    state.clearSlot(slot);
    return true;
  }

  boolean isFenceHeld(int incarnation) {
    for (int slot = 0; slot < slots; slot++) {
      if (state.slot(slot, OF) == incarnation && state.isStarted(slot) && takesFence(slot)) {
        return true;
      }
    }
    return false;
  }

  /** What has not begun will find that it came too late. */
  void stopLate(int incarnation) {
    for (int slot = slots - Sizes.ORPHANS; slot < slots; slot++) {
      if (state.slot(slot, OF) == incarnation
          && state.slot(slot, STAGE) == SENT
          && !rules.breaks(late(slot))) {
        state.clearSlot(slot);
      }
    }
  }

  private Breach late(int slot) {
    return switch (state.slot(slot, WHAT)) {
      case BATCH -> Breach.LATE_BATCH_RUNS;
      case REMOVAL -> Breach.LATE_REMOVAL_RUNS;
      default -> Breach.LATE_CLAIM_RUNS;
    };
  }

  boolean fence(int incarnation) {
    if (!state.is(incarnation, EXPIRED)
        || state.is(incarnation, FENCED)
        || isFenceHeld(incarnation)) {
      return false;
    }
    state.mark(incarnation, FENCED);
    return true;
  }

  /** What an incarnation had is nobody's, and it has nothing that it could yet let go. */
  boolean free(int incarnation) {
    boolean early = rules.breaks(Breach.FREED_BEFORE_FENCED) && state.is(incarnation, EXPIRED);
    if ((!state.is(incarnation, FENCED) && !early) || state.is(incarnation, FREED)) {
      return false;
    }
    if (rules.breaks(Breach.CLEARED_BEFORE_FREED) && !state.is(incarnation, CLEARED)) {
      clearDisplaced(incarnation);
      state.mark(incarnation, CLEARED);
      return true;
    }
    if (!freeSessions(incarnation)) {
      return false;
    }
    if (rules.keeps(Breach.CLEARED_BEFORE_FREED)) {
      clearDisplaced(incarnation);
    }
    state.mark(incarnation, FREED);
    return true;
  }

  boolean freeSessions(int incarnation) {
    for (int session = 0; session < sessions; session++) {
      if (state.session(session, OWNER) == incarnation && isLocked(session, -1)) {
        return false;
      }
    }
    for (int session = 0; session < sessions; session++) {
      if (state.session(session, OWNER) == incarnation) {
        state.session(session, OWNER, 0);
      }
    }
    return true;
  }

  private void clearDisplaced(int incarnation) {
    for (int session = 0; session < sessions; session++) {
      for (int number = 1; number <= state.sizes().rows(); number++) {
        if (state.isCommitted(session, number)
            && state.row(session, number, DISPLACED) == incarnation) {
          letGo(session, number);
        }
      }
    }
  }

  /** An owner's row may go with others from now on; at once if they have gone. */
  private void letGo(int session, int number) {
    if (state.session(session, THERE) == 0 && rules.keeps(Breach.OWNERS_ROWS_OUTLIVE)) {
      state.delete(session, number);
    } else {
      state.row(session, number, DISPLACED, 0);
    }
  }

  /** A node that has been displaced up to a number has nothing under way below it any more. */
  void letGoUpTo(int session, int incarnation, int limit) {
    for (int number = 1; number <= limit; number++) {
      if (state.isCommitted(session, number)
          && state.row(session, number, DISPLACED) == incarnation) {
        letGo(session, number);
      }
    }
  }

  /** Whom a transaction waits for, or -1. */
  int waitsFor(int slot) {
    if (state.slot(slot, STAGE) != WAITING) {
      return -1;
    }
    if (state.slot(slot, WHAT) != BATCH) {
      int session = claimed(slot);
      return holder(slot, session, state.entry(slot, session, NUMBER));
    }
    for (int session = 0; session < sessions; session++) {
      int verdict = state.entry(slot, session, VERDICT);
      if (isRow(slot, session) && verdict == UNDECIDED) {
        int holder = holder(slot, session, state.entry(slot, session, NUMBER));
        return holder >= 0 || !locksFirst() ? holder : locker(session, slot);
      }
    }
    for (int session = 0; session < sessions; session++) {
      if (isRow(slot, session) && state.entry(slot, session, VERDICT) == ACCEPTED) {
        return locker(session, slot);
      }
    }
    return -1;
  }
}
