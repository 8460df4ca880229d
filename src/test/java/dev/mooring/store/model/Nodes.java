package dev.mooring.store.model;

import static dev.mooring.store.model.State.ACCEPTED;
import static dev.mooring.store.model.State.ACKNOWLEDGED;
import static dev.mooring.store.model.State.ANSWERED;
import static dev.mooring.store.model.State.APPENDED;
import static dev.mooring.store.model.State.BASE;
import static dev.mooring.store.model.State.BATCH;
import static dev.mooring.store.model.State.CARRIED;
import static dev.mooring.store.model.State.CLAIM;
import static dev.mooring.store.model.State.CONFIRM;
import static dev.mooring.store.model.State.DISPLACED;
import static dev.mooring.store.model.State.DRAINING;
import static dev.mooring.store.model.State.DUE_CLAIM;
import static dev.mooring.store.model.State.ENTRY;
import static dev.mooring.store.model.State.EVER;
import static dev.mooring.store.model.State.EXPIRED;
import static dev.mooring.store.model.State.FENCED;
import static dev.mooring.store.model.State.INCARNATION;
import static dev.mooring.store.model.State.LETTING_GO;
import static dev.mooring.store.model.State.LET_GO;
import static dev.mooring.store.model.State.MEMORY;
import static dev.mooring.store.model.State.NEXT;
import static dev.mooring.store.model.State.NO_FENCE;
import static dev.mooring.store.model.State.NUMBER;
import static dev.mooring.store.model.State.OF;
import static dev.mooring.store.model.State.OK;
import static dev.mooring.store.model.State.OUT;
import static dev.mooring.store.model.State.OWNER;
import static dev.mooring.store.model.State.OWNERS;
import static dev.mooring.store.model.State.PENDING;
import static dev.mooring.store.model.State.READER;
import static dev.mooring.store.model.State.READ_COVERED;
import static dev.mooring.store.model.State.READ_FLOOR;
import static dev.mooring.store.model.State.READ_RESULT;
import static dev.mooring.store.model.State.REFUSED;
import static dev.mooring.store.model.State.REMOVAL;
import static dev.mooring.store.model.State.REMOVE;
import static dev.mooring.store.model.State.RENEWED;
import static dev.mooring.store.model.State.RESULT;
import static dev.mooring.store.model.State.SENT;
import static dev.mooring.store.model.State.STAGE;
import static dev.mooring.store.model.State.STATUS;
import static dev.mooring.store.model.State.THERE;
import static dev.mooring.store.model.State.UNDECIDED;
import static dev.mooring.store.model.State.UNKNOWN;
import static dev.mooring.store.model.State.UP;
import static dev.mooring.store.model.State.VERDICT;
import static dev.mooring.store.model.State.WAITING_CLIENTS;
import static dev.mooring.store.model.State.WHAT;
import static dev.mooring.store.model.State.WHOLE;
import static dev.mooring.store.model.State.WRITER;

/**
 * What nodes do: of their own accord, when clients come, and when answers do. A node that is
 * stopped for a while is one that takes no step meanwhile.
 *
 * <p>Each method answers whether it could be done; if not, nothing is changed.
 */
final class Nodes {
  private final State state;
  private final Rules rules;
  private final Database database;
  private final int sessions;
  private final int nodes;

  Nodes(State state, Rules rules, Database database) {
    this.state = state;
    this.rules = rules;
    this.database = database;
    this.sessions = state.sizes().sessions();
    this.nodes = state.sizes().nodes();
  }

  static int batchSlot(int node) {
    return node * Sizes.SLOTS_PER_NODE;
  }

  static int claimSlot(int node) {
    return batchSlot(node) + 1;
  }

  private static int nodeOf(int slot) {
    return slot / Sizes.SLOTS_PER_NODE;
  }

  private boolean isOfNode(int slot) {
    return slot < nodes * Sizes.SLOTS_PER_NODE;
  }

  private boolean has(int node, int session) {
    return state.copy(node, session, NEXT) != 0;
  }

  private int incarnation(int node) {
    return state.node(node, INCARNATION);
  }

  /** Whether a change of a session is on its way from a node, or its outcome isn't known there. */
  private boolean isUnderWay(int node, int session) {
    return state.entry(batchSlot(node), session, ENTRY) != 0
        || state.entry(claimSlot(node), session, ENTRY) != 0;
  }

  /** A client makes a call, or makes it again, at any node. */
  boolean come(int node, int session, int call) {
    int bit = 1 << call;
    if (state.node(node, STATUS) != UP || (state.session(session, ACKNOWLEDGED) & bit) != 0) {
      return false;
    }
    if (!has(node, session)) {
      return claim(node, session, CLAIM);
    }
    int waiting = state.copy(node, session, WAITING_CLIENTS);
    if ((waiting & bit) != 0) {
      return false;
    }
    state.copy(node, session, WAITING_CLIENTS, waiting | bit);
    if ((state.copy(node, session, MEMORY) & bit) == 0) {
      state.copy(node, session, MEMORY, state.copy(node, session, MEMORY) | bit);
      state.copy(node, session, PENDING, state.copy(node, session, PENDING) | bit);
    }
    acknowledge(node, session);
    return true;
  }

  boolean claimDue(int node, int session) {
    boolean free =
        state.session(session, OWNER) == 0 || rules.breaks(Breach.DUE_CLAIM_WITHOUT_LOOK);
    return free
        && state.node(node, STATUS) == UP
        && !has(node, session)
        && claim(node, session, DUE_CLAIM);
  }

  private boolean claim(int node, int session, int what) {
    int slot = claimSlot(node);
    if (!state.canSpend(Chance.CLAIM)
        || state.slot(slot, WHAT) != 0
        || state.session(session, THERE) == 0
        || isUnderWay(node, session)) {
      return false;
    }
    state.spend(Chance.CLAIM);
    send(node, slot, what);
    state.entry(slot, session, ENTRY, OWNERS);
    return true;
  }

  private void send(int node, int slot, int what) {
    state.slot(slot, WHAT, what);
    state.slot(slot, OF, incarnation(node));
    state.slot(slot, STAGE, SENT);
  }

  boolean read(int node, int session) {
    if (!state.isActive(node)
        || !has(node, session)
        || !state.canSpend(Chance.READ)
        || state.session(session, READER) != 0) {
      return false;
    }
    state.spend(Chance.READ);
    state.session(session, READER, node + 1);
    state.session(session, READ_RESULT, state.copy(node, session, MEMORY));
    state.session(session, READ_FLOOR, state.session(session, ACKNOWLEDGED));
    state.session(session, READ_COVERED, 0);
    boolean underWay = state.entry(batchSlot(node), session, ENTRY) != 0;
    boolean clean = state.copy(node, session, PENDING) == 0;
    if (rules.breaks(Breach.READ_WITHOUT_CONFIRM) && clean && !underWay) {
      answerRead(session);
    } else if (rules.breaks(Breach.READ_RIDES_ALONG) && clean && underWay) {
      state.session(session, READ_COVERED, 1);
    }
    return true;
  }

  private void answerRead(int session) {
    int result = state.session(session, READ_RESULT);
    if ((state.session(session, READ_FLOOR) & ~result) != 0) {
      state.fail("a read was answered from a state older than a call acknowledged before it");
    }
    if ((result & ~state.session(session, EVER)) != 0) {
      state.fail("a read was answered from a state that isn't committed");
    }
    dropRead(session);
  }

  private void dropRead(int session) {
    for (int field = READER; field <= READ_COVERED; field++) {
      state.session(session, field, 0);
    }
  }

  /** A node sends what its sessions have for the database, all in one batch. */
  boolean batch(int node, boolean whole) {
    int slot = batchSlot(node);
    if (state.slot(slot, WHAT) != 0) {
      slot = claimSlot(node);
      if (rules.keeps(Breach.TWO_BATCHES) || state.slot(slot, WHAT) != 0) {
        return false;
      }
    }
    if (!state.isActive(node) || (whole && !state.canSpend(Chance.WHOLE))) {
      return false;
    }
    boolean some = false;
    for (int session = 0; session < sessions; session++) {
      some |= has(node, session) && add(node, slot, session, whole);
    }
    if (some) {
      send(node, slot, BATCH);
      if (whole) {
        state.spend(Chance.WHOLE);
      }
    }
    return some;
  }

  private boolean add(int node, int slot, int session, boolean whole) {
    int next = next(node, session);
    int memory = state.copy(node, session, MEMORY);
    int pending = state.copy(node, session, PENDING);
    boolean reads =
        state.session(session, READER) == node + 1 && state.session(session, READ_COVERED) == 0;
    if ((!whole && pending == 0 && !reads) || next > state.sizes().rows()) {
      return false;
    }
    if (reads) {
      state.session(session, READ_COVERED, 1);
    }
    boolean rows = whole || pending != 0;
    state.entry(slot, session, ENTRY, whole ? WHOLE : rows ? APPENDED : CONFIRM);
    state.entry(slot, session, NUMBER, next);
    if (rows) {
      state.entry(slot, session, CARRIED, whole ? memory : pending);
      state.entry(slot, session, BASE, memory & ~pending);
      state.copy(node, session, PENDING, 0);
    }
    return true;
  }

  private int next(int node, int session) {
    int next = state.copy(node, session, NEXT);
    boolean second = rules.breaks(Breach.TWO_BATCHES) && database.isRow(batchSlot(node), session);
    return second ? next + 1 : next;
  }

  boolean remove(int node, int session) {
    int slot = batchSlot(node);
    if (!state.canSpend(Chance.REMOVAL)
        || !state.isActive(node)
        || !has(node, session)
        || state.slot(slot, WHAT) != 0) {
      return false;
    }
    state.spend(Chance.REMOVAL);
    send(node, slot, REMOVAL);
    state.entry(slot, session, ENTRY, REMOVE);
    state.entry(slot, session, BASE, state.copy(node, session, MEMORY));
    return true;
  }

  /** An answer comes from the database. */
  boolean deliver(int slot) {
    if (!isOfNode(slot) || state.slot(slot, STAGE) != ANSWERED) {
      return false;
    }
    int node = nodeOf(slot);
    if (!state.isActive(node)) {
      return false;
    }
    if (state.slot(slot, RESULT) == NO_FENCE) {
      return lose(node, slot);
    }
    int what = state.slot(slot, WHAT);
    if (what == CLAIM || what == DUE_CLAIM) {
      own(node, slot);
    } else {
      settle(node, slot);
    }
    return true;
  }

  private void own(int node, int slot) {
    int session = database.claimed(slot);
    if (state.slot(slot, RESULT) == OK) {
      load(node, session, state.entry(slot, session, NUMBER), state.entry(slot, session, CARRIED));
    }
    state.clearSlot(slot);
  }

  private void load(int node, int session, int last, int memory) {
    state.copy(node, session, NEXT, last + 1);
    state.copy(node, session, MEMORY, memory);
    state.copy(node, session, PENDING, 0);
    state.copy(node, session, WAITING_CLIENTS, 0);
  }

  /** Each session of a batch goes on, or has been taken over. */
  private void settle(int node, int slot) {
    int removed = -1;
    int accepted = 0;
    for (int session = 0; session < sessions; session++) {
      int entry = state.entry(slot, session, ENTRY);
      if (entry == 0 || !has(node, session)) {
        continue;
      }
      boolean refused = state.entry(slot, session, VERDICT) == REFUSED;
      int number = state.entry(slot, session, NUMBER);
      if (refused && entry != REMOVE && state.row(session, number, WRITER) == incarnation(node)) {
        state.snag("a session was ended as taken over by what its own node had written");
      }
      if (entry == REMOVE) {
        removed = session;
      } else if (refused && rules.keeps(Breach.REFUSED_AS_WRITTEN)) {
        end(node, session);
      } else {
        accepted |= 1 << session;
        if (entry != CONFIRM) {
          state.copy(node, session, NEXT, number + 1);
        }
      }
    }
    state.clearSlot(slot);
    if (removed >= 0) {
      end(node, removed);
    }
    for (int session = 0; session < sessions; session++) {
      if ((accepted & 1 << session) != 0) {
        acknowledge(node, session);
        if (state.session(session, READER) == node + 1
            && state.session(session, READ_COVERED) != 0) {
          answerRead(session);
        }
      }
    }
  }

  /** Clients are told of what is committed. */
  private void acknowledge(int node, int session) {
    int unsure = state.copy(node, session, PENDING);
    for (int slot = batchSlot(node); slot <= claimSlot(node); slot++) {
      if (database.isRow(slot, session)) {
        unsure |= state.entry(slot, session, CARRIED) & ~state.entry(slot, session, BASE);
      }
    }
    int waiting = state.copy(node, session, WAITING_CLIENTS);
    int ready = waiting & ~unsure & state.copy(node, session, MEMORY);
    if ((ready & ~state.session(session, EVER)) != 0) {
      state.fail("a call was acknowledged that isn't committed");
    }
    state.session(session, ACKNOWLEDGED, state.session(session, ACKNOWLEDGED) | ready);
    state.copy(node, session, WAITING_CLIENTS, waiting & ~ready);
  }

  /** A session is no longer in a node's memory; its clients may come again, anywhere. */
  private void end(int node, int session) {
    for (int field = NEXT; field <= WAITING_CLIENTS; field++) {
      state.copy(node, session, field, 0);
    }
    if (state.session(session, READER) == node + 1) {
      dropRead(session);
    }
  }

  private void endAll(int node) {
    for (int session = 0; session < sessions; session++) {
      end(node, session);
      state.copy(node, session, LETTING_GO, 0);
    }
    detach(batchSlot(node));
    detach(claimSlot(node));
  }

  /** A node has found that it was fenced. */
  private boolean lose(int node, int slot) {
    if (rules.breaks(Breach.RETRIED_BY_NEW_INCARNATION)
        && state.slot(slot, WHAT) == BATCH
        && state.slot(slot, STAGE) >= ANSWERED) {
      int incarnation = state.newIncarnation();
      if (incarnation != 0) {
        state.node(node, INCARNATION, incarnation);
        detach(claimSlot(node));
        retry(slot);
        state.slot(slot, OF, incarnation);
        return true;
      }
    }
    state.node(node, STATUS, OUT);
    endAll(node);
    return true;
  }

  /** A node that would renew its lease finds that it was fenced. */
  boolean learn(int node) {
    if (!state.isActive(node) || !state.is(incarnation(node), FENCED)) {
      return false;
    }
    int slot = batchSlot(node);
    return lose(node, slot);
  }

  private void retry(int slot) {
    state.slot(slot, STAGE, SENT);
    state.slot(slot, RESULT, OK);
    forgetVerdicts(slot);
  }

  private void forgetVerdicts(int slot) {
    for (int session = 0; session < sessions; session++) {
      state.entry(slot, session, VERDICT, UNDECIDED);
    }
  }

  /** Nobody waits for a transaction any more, which goes on if there is something to go on. */
  private void detach(int slot) {
    if (state.slot(slot, STAGE) < ANSWERED) {
      orphan(slot);
    }
    state.clearSlot(slot);
  }

  private boolean orphan(int slot) {
    if (state.slot(slot, WHAT) == 0) {
      return true;
    }
    for (int orphan = nodes * Sizes.SLOTS_PER_NODE; orphan < state.sizes().slots(); orphan++) {
      if (state.slot(orphan, WHAT) == 0) {
        state.moveToOrphan(slot, orphan);
        return true;
      }
    }
    database.rollBack(slot);
    return false;
  }

  /** A connection is lost: the database goes on with what it has, or will have. */
  boolean loseAnswer(int slot) {
    int stage = state.slot(slot, STAGE);
    if (!isOfNode(slot)
        || stage == 0
        || stage == UNKNOWN
        || !state.canSpend(Chance.LOSS)
        || (stage < ANSWERED && state.slot(slotOfLastOrphan(), WHAT) != 0)) {
      return false;
    }
    state.spend(Chance.LOSS);
    if (stage < ANSWERED) {
      orphan(slot);
    }
    int what = state.slot(slot, WHAT);
    boolean claim = what == CLAIM || what == DUE_CLAIM;
    state.slot(slot, RESULT, OK);
    if (claim && rules.breaks(Breach.CLAIM_FORGOTTEN)) {
      state.clearSlot(slot);
    } else if (what == BATCH && rules.breaks(Breach.UNKNOWN_IS_FAILED)) {
      retry(slot);
    } else if (what == BATCH && rules.breaks(Breach.UNKNOWN_IS_DONE)) {
      acceptAll(slot);
      state.slot(slot, STAGE, ANSWERED);
    } else {
      forgetVerdicts(slot);
      state.slot(slot, STAGE, UNKNOWN);
    }
    return true;
  }

  private int slotOfLastOrphan() {
    return state.sizes().slots() - 1;
  }

  private void acceptAll(int slot) {
    for (int session = 0; session < sessions; session++) {
      if (state.entry(slot, session, ENTRY) != 0) {
        state.entry(slot, session, VERDICT, ACCEPTED);
      }
    }
  }

  /** A node finds out by the rows what has become of a transaction. */
  boolean resolve(int slot) {
    if (!isOfNode(slot) || state.slot(slot, STAGE) != UNKNOWN) {
      return false;
    }
    int node = nodeOf(slot);
    int incarnation = incarnation(node);
    boolean waits = rules.keeps(Breach.READ_BACK_WITHOUT_WAITING);
    if (!state.isActive(node) || (waits && database.isFenceHeld(incarnation))) {
      return false;
    }
    if (waits && state.is(incarnation, FENCED)) {
      return lose(node, slot);
    }
    if (waits) {
      database.stopLate(incarnation);
    }
    switch (state.slot(slot, WHAT)) {
      case BATCH -> resolveBatch(node, slot);
      case REMOVAL -> resolveRemoval(node, slot);
      default -> resolveClaim(node, slot);
    }
    return true;
  }

  private void resolveBatch(int node, int slot) {
    boolean committed = false;
    for (int session = 0; session < sessions; session++) {
      committed |= database.isRow(slot, session) && isFound(node, slot, session);
    }
    if (!committed) {
      retry(slot);
      return;
    }
    for (int session = 0; session < sessions; session++) {
      if (database.isRow(slot, session)) {
        boolean found = isFound(node, slot, session);
        state.entry(slot, session, VERDICT, found ? ACCEPTED : REFUSED);
      } else if (state.entry(slot, session, ENTRY) == CONFIRM) {
        if (rules.breaks(Breach.CONFIRMED_BY_READ_BACK)) {
          state.entry(slot, session, VERDICT, ACCEPTED);
        } else {
          state.entry(slot, session, ENTRY, 0);
          if (state.session(session, READER) == node + 1) {
            state.session(session, READ_COVERED, 0);
          }
        }
      }
    }
    settle(node, slot);
  }

  /** A row that is gone with others after it was there, and is part of a whole state since. */
  private boolean isFound(int node, int slot, int session) {
    int number = state.entry(slot, session, NUMBER);
    if (state.isCommitted(session, number)) {
      return state.row(session, number, WRITER) == incarnation(node);
    }
    return state.last(session) > number && rules.keeps(Breach.READ_BACK_OF_ITS_ROW_ONLY);
  }

  private void resolveRemoval(int node, int slot) {
    for (int session = 0; session < sessions; session++) {
      if (state.entry(slot, session, ENTRY) == REMOVE
          && state.session(session, THERE) != 0
          && state.session(session, OWNER) == incarnation(node)) {
        retry(slot);
        return;
      }
    }
    settle(node, slot);
  }

  private void resolveClaim(int node, int slot) {
    int session = database.claimed(slot);
    if (state.session(session, THERE) != 0
        && state.session(session, OWNER) == incarnation(node)
        && !has(node, session)) {
      load(node, session, state.last(session), state.recorded(session));
    }
    state.clearSlot(slot);
  }

  /** A node sees that a session was taken from it, and says that it lets go. */
  boolean look(int node, int session) {
    boolean early = rules.breaks(Breach.LET_GO_TOO_EARLY);
    if (!state.isActive(node)
        || state.copy(node, session, LETTING_GO) != 0
        || (isUnderWay(node, session) && !early)) {
      return false;
    }
    int number = state.sizes().rows();
    while (number > 0
        && !(state.isCommitted(session, number)
            && state.row(session, number, DISPLACED) == incarnation(node))) {
      number--;
    }
    if (number == 0) {
      return false;
    }
    boolean old = state.copy(node, session, NEXT) <= number;
    if (has(node, session) && (old || rules.breaks(Breach.LOOK_ENDS_NEW_COPY))) {
      if (state.copy(node, session, NEXT) > state.last(session)) {
        state.snag("a session was ended as taken over by the node that owns it");
      }
      end(node, session);
    }
    state.copy(node, session, LETTING_GO, number);
    return true;
  }

  boolean letGoOf(int node, int session) {
    int number = state.copy(node, session, LETTING_GO);
    if (number == 0) {
      return false;
    }
    boolean all = rules.breaks(Breach.LETS_GO_OF_LATER_ROWS);
    database.letGoUpTo(session, incarnation(node), all ? state.sizes().rows() : number);
    state.copy(node, session, LETTING_GO, 0);
    return true;
  }

  /** A lease runs out, and another node sees it. */
  boolean expire(int incarnation) {
    if (!state.canSpend(Chance.EXPIRY)
        || !state.isUsed(incarnation)
        || state.is(incarnation, EXPIRED | FENCED)
        || (state.isStormy() && rules.keeps(Breach.FENCED_AFTER_OUTAGE))) {
      return false;
    }
    boolean seen = false;
    for (int node = 0; node < nodes; node++) {
      boolean other = incarnation(node) != incarnation;
      seen |= other && state.node(node, STATUS) == UP && !state.is(incarnation(node), FENCED);
    }
    if (!seen) {
      return false;
    }
    for (int node = 0; node < nodes; node++) {
      if (incarnation(node) == incarnation && state.isActive(node) && state.isStormy()) {
        state.snag("a node that lives was fenced because the database had been away");
      }
    }
    state.spend(Chance.EXPIRY);
    state.mark(incarnation, EXPIRED);
    return true;
  }

  /** Any node that is up frees what a fenced one had. */
  boolean free(int incarnation) {
    for (int node = 0; node < nodes; node++) {
      if (state.node(node, STATUS) == UP && incarnation(node) != incarnation) {
        return state.isUsed(incarnation) && database.free(incarnation);
      }
    }
    return false;
  }

  boolean crash(int node) {
    if (!state.canSpend(Chance.CRASH) || state.node(node, STATUS) == OUT) {
      return false;
    }
    state.spend(Chance.CRASH);
    state.node(node, STATUS, OUT);
    endAll(node);
    return true;
  }

  boolean rejoin(int node) {
    if (state.node(node, STATUS) != OUT || !state.canSpend(Chance.REJOIN)) {
      return false;
    }
    int incarnation = state.newIncarnation();
    if (incarnation == 0) {
      return false;
    }
    state.spend(Chance.REJOIN);
    state.node(node, INCARNATION, incarnation);
    state.node(node, STATUS, UP);
    return true;
  }

  boolean drain(int node) {
    if (state.node(node, STATUS) != UP || !state.canSpend(Chance.DRAIN)) {
      return false;
    }
    state.spend(Chance.DRAIN);
    state.node(node, STATUS, DRAINING);
    return true;
  }

  /** A draining node has written everything: its sessions are whose they will. */
  boolean letGo(int node) {
    if (state.node(node, STATUS) != DRAINING) {
      return false;
    }
    boolean early = rules.breaks(Breach.LET_GO_UNWRITTEN);
    for (int session = 0; session < sessions; session++) {
      boolean busy = isUnderWay(node, session) || state.copy(node, session, PENDING) != 0;
      if ((busy && !early) || state.session(session, READER) == node + 1) {
        return false;
      }
    }
    if (!database.freeSessions(incarnation(node))) {
      return false;
    }
    state.node(node, STATUS, LET_GO);
    endAll(node);
    return true;
  }

  boolean leave(int node) {
    int incarnation = incarnation(node);
    if (state.node(node, STATUS) != LET_GO || database.isFenceHeld(incarnation)) {
      return false;
    }
    state.mark(incarnation, FENCED);
    state.node(node, STATUS, OUT);
    return true;
  }

  /** The database ends and comes back: what was under way has ended, and leases have run out. */
  boolean outage() {
    if (!state.canSpend(Chance.OUTAGE)) {
      return false;
    }
    state.spend(Chance.OUTAGE);
    state.stormy(true);
    for (int slot = 0; slot < state.sizes().slots(); slot++) {
      if (state.slot(slot, STAGE) < ANSWERED) {
        database.rollBack(slot);
      }
      if (!isOfNode(slot)) {
        state.clearSlot(slot);
      } else if (state.slot(slot, WHAT) != 0) {
        state.slot(slot, STAGE, UNKNOWN);
        state.slot(slot, RESULT, OK);
        forgetVerdicts(slot);
      }
    }
    for (int node = 0; node < nodes; node++) {
      state.node(node, RENEWED, 0);
    }
    return true;
  }

  boolean renew(int node) {
    if (!state.isStormy() || !state.isActive(node) || state.node(node, RENEWED) != 0) {
      return false;
    }
    state.node(node, RENEWED, 1);
    return true;
  }

  /** A lease's time has passed, in which whoever lives has renewed its own. */
  boolean calmDown() {
    if (!state.isStormy()) {
      return false;
    }
    for (int node = 0; node < nodes; node++) {
      if (state.isActive(node) && state.node(node, RENEWED) == 0) {
        return false;
      }
    }
    state.stormy(false);
    return true;
  }
}
