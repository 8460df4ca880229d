package dev.mooring.store.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * All there is at one moment, in the database, in nodes, on the way between them and with clients;
 * a byte for each thing. Sets of calls are bits.
 */
@SuppressWarnings("EnumOrdinal") // It says which byte.
final class State {
  // What is known of an incarnation.
  static final int FENCED = 1;
  static final int EXPIRED = 2;
  static final int FREED = 4;
  static final int CLEARED = 8;

  // A node's fields, and what it may be.
  static final int STATUS = 0;
  static final int INCARNATION = 1;
  static final int RENEWED = 2;
  private static final int NODE_FIELDS = 3;
  static final int UP = 0;
  static final int DRAINING = 1;
  static final int LET_GO = 2;
  static final int OUT = 3;

  // A session in a node's memory: NEXT is 0 if it isn't there.
  static final int NEXT = 0;
  static final int MEMORY = 1;
  static final int PENDING = 2;
  static final int WAITING_CLIENTS = 3;

  /** Up to which number the node is letting go; that is on its way to the database. */
  static final int LETTING_GO = 4;

  private static final int COPY_FIELDS = 5;

  // A session in the database; what its clients know of it; what ever was committed.
  static final int THERE = 0;
  static final int OWNER = 1;
  static final int HEAD = 2;
  static final int ACKNOWLEDGED = 3;
  static final int EVER = 4;
  static final int READER = 5;
  static final int READ_RESULT = 6;
  static final int READ_FLOOR = 7;
  static final int READ_COVERED = 8;
  private static final int SESSION_FIELDS = 9;

  // A record. BY is the slot, from 1 on, of a transaction that isn't committed.
  static final int KIND = 0;
  static final int WRITER = 1;
  static final int DISPLACED = 2;
  static final int CONTENT = 3;
  static final int BY = 4;
  private static final int ROW_FIELDS = 5;
  static final int APPENDED = 1;
  static final int WHOLE = 2;
  static final int OWNERS = 3;

  // A transaction, and where it stands.
  static final int WHAT = 0;
  static final int OF = 1;
  static final int STAGE = 2;
  static final int RESULT = 3;
  private static final int SLOT_FIELDS = 4;
  static final int BATCH = 1;
  static final int CLAIM = 2;
  static final int DUE_CLAIM = 3;
  static final int REMOVAL = 4;

  /** On its way to the database, which knows nothing of it yet. */
  static final int SENT = 1;

  /** Begun, with its fence and some rows, and waits for others. */
  static final int WAITING = 2;

  /** Nothing is left to do but the commit. */
  static final int READY = 3;

  /** Over; its answer is on the way to the node. */
  static final int ANSWERED = 4;

  /** The node has lost the connection: what becomes of it is elsewhere. */
  static final int UNKNOWN = 5;

  static final int OK = 0;
  static final int NO_FENCE = 1;
  static final int NOT_TO_BE_HAD = 2;

  // What a transaction does to a session. ENTRY is a record's kind, or one of these.
  static final int ENTRY = 0;
  static final int NUMBER = 1;
  static final int CARRIED = 2;
  static final int BASE = 3;
  static final int VERDICT = 4;
  private static final int ENTRY_FIELDS = 5;
  static final int CONFIRM = 4;
  static final int REMOVE = 5;
  static final int UNDECIDED = 0;
  static final int ACCEPTED = 1;
  static final int REFUSED = 2;
  static final int ACCEPTED_WITH_HEAD = 3;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Where each kind of thing begins, of these sizes. */
  private static final class Layout {
    final Sizes sizes;
    final int incarnations;
    final int nodes;
    final int copies;
    final int sessions;
    final int rows;
    final int slots;
    final int slotBytes;
    final int length;

    Layout(Sizes sizes) {
      this.sizes = sizes;
      incarnations = Chance.values().length + 2;
      nodes = incarnations + sizes.incarnations() + 1;
      copies = nodes + sizes.nodes() * NODE_FIELDS;
      sessions = copies + sizes.nodes() * sizes.sessions() * COPY_FIELDS;
      rows = sessions + sizes.sessions() * SESSION_FIELDS;
      slots = rows + sizes.sessions() * (sizes.rows() + 1) * ROW_FIELDS;
      slotBytes = SLOT_FIELDS + sizes.sessions() * ENTRY_FIELDS;
      length = (slots + sizes.slots() * slotBytes + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
    }
  }

  private static final int STORMY = Chance.values().length;
  private static final int LAST_INCARNATION = STORMY + 1;

  private final Layout at;
  private final byte[] bytes;
  private @Nullable String violation;
  private @Nullable String snag;

  private State(Layout at) {
    this.at = at;
    this.bytes = new byte[at.length];
  }

  /** Every node is up, and the first has all sessions, which nobody has called yet. */
  static State first(Sizes sizes) {
    var state = new State(new Layout(sizes));
    for (Chance chance : Chance.values()) {
      state.bytes[chance.ordinal()] = (byte) sizes.times(chance);
    }
    state.bytes[LAST_INCARNATION] = (byte) sizes.nodes();
    for (int node = 0; node < sizes.nodes(); node++) {
      state.node(node, INCARNATION, node + 1);
    }
    for (int session = 0; session < sizes.sessions(); session++) {
      state.session(session, THERE, 1);
      state.session(session, OWNER, 1);
      state.session(session, HEAD, 1);
      state.row(session, 1, KIND, WHOLE);
      state.row(session, 1, WRITER, 1);
      state.copy(0, session, NEXT, 2);
    }
    return state;
  }

  Sizes sizes() {
    return at.sizes;
  }

  State copy() {
    var copy = new State(at);
    copy.become(this);
    return copy;
  }

  void become(State other) {
    become(other.bytes);
    violation = other.violation;
    snag = other.snag;
  }

  void become(byte[] others) {
    System.arraycopy(others, 0, bytes, 0, bytes.length);
    violation = null;
    snag = null;
  }

  byte[] toBytes() {
    return bytes.clone();
  }

  /** Never 0. Two states of one hash are taken for the same. */
  long hash() {
    long hash = 0x9e3779b97f4a7c15L;
    for (int i = 0; i < bytes.length; i += Long.BYTES) {
      hash = (hash ^ (long) LONGS.get(bytes, i)) * 0xff51afd7ed558ccdL;
      hash ^= hash >>> 32;
    }
    hash *= 0xc4ceb9fe1a85ec53L;
    hash ^= hash >>> 29;
    return hash == 0 ? 1 : hash;
  }

  /** What a client was told, or what is kept for it, isn't true. The first counts. */
  void fail(String what) {
    if (violation == null) {
      violation = what;
    }
  }

  /** Nothing false was said, but something stands still, stays for ever or ends without need. */
  void snag(String what) {
    if (snag == null) {
      snag = what;
    }
  }

  @Nullable String violation() {
    return violation;
  }

  /** What is wrong, if snags count; what is untrue goes before. */
  @Nullable String wrong() {
    return violation == null ? snag : violation;
  }

  boolean canSpend(Chance chance) {
    return bytes[chance.ordinal()] > 0;
  }

  void spend(Chance chance) {
    bytes[chance.ordinal()]--;
  }

  void allow(Chance chance, int times) {
    bytes[chance.ordinal()] = (byte) times;
  }

  /** Whether the database was away a moment ago, so that leases say nothing. */
  boolean isStormy() {
    return bytes[STORMY] != 0;
  }

  void stormy(boolean stormy) {
    bytes[STORMY] = (byte) (stormy ? 1 : 0);
  }

  /** One that nobody had; 0 if there are no more. */
  int newIncarnation() {
    return bytes[LAST_INCARNATION] < at.sizes.incarnations() ? ++bytes[LAST_INCARNATION] : 0;
  }

  boolean isUsed(int incarnation) {
    return incarnation <= bytes[LAST_INCARNATION];
  }

  boolean is(int incarnation, int flag) {
    return (bytes[at.incarnations + incarnation] & flag) != 0;
  }

  void mark(int incarnation, int flag) {
    bytes[at.incarnations + incarnation] |= (byte) flag;
  }

  void unmark(int incarnation, int flag) {
    bytes[at.incarnations + incarnation] &= (byte) ~flag;
  }

  int node(int node, int field) {
    return bytes[at.nodes + node * NODE_FIELDS + field];
  }

  void node(int node, int field, int value) {
    bytes[at.nodes + node * NODE_FIELDS + field] = (byte) value;
  }

  private int copyAt(int node, int session) {
    return at.copies + (node * at.sizes.sessions() + session) * COPY_FIELDS;
  }

  int copy(int node, int session, int field) {
    return bytes[copyAt(node, session) + field];
  }

  void copy(int node, int session, int field, int value) {
    bytes[copyAt(node, session) + field] = (byte) value;
  }

  int session(int session, int field) {
    return bytes[at.sessions + session * SESSION_FIELDS + field];
  }

  void session(int session, int field, int value) {
    bytes[at.sessions + session * SESSION_FIELDS + field] = (byte) value;
  }

  private int rowAt(int session, int number) {
    return at.rows + (session * (at.sizes.rows() + 1) + number) * ROW_FIELDS;
  }

  int row(int session, int number, int field) {
    return bytes[rowAt(session, number) + field];
  }

  void row(int session, int number, int field, int value) {
    bytes[rowAt(session, number) + field] = (byte) value;
  }

  void insert(int session, int number, int kind, int writer, int displaced, int content, int slot) {
    int row = rowAt(session, number);
    bytes[row + KIND] = (byte) kind;
    bytes[row + WRITER] = (byte) writer;
    bytes[row + DISPLACED] = (byte) displaced;
    bytes[row + CONTENT] = (byte) content;
    bytes[row + BY] = (byte) (slot + 1);
  }

  void delete(int session, int number) {
    int row = rowAt(session, number);
    Arrays.fill(bytes, row, row + ROW_FIELDS, (byte) 0);
  }

  private int slotAt(int slot) {
    return at.slots + slot * at.slotBytes;
  }

  int slot(int slot, int field) {
    return bytes[slotAt(slot) + field];
  }

  void slot(int slot, int field, int value) {
    bytes[slotAt(slot) + field] = (byte) value;
  }

  int entry(int slot, int session, int field) {
    return bytes[slotAt(slot) + SLOT_FIELDS + session * ENTRY_FIELDS + field];
  }

  void entry(int slot, int session, int field, int value) {
    bytes[slotAt(slot) + SLOT_FIELDS + session * ENTRY_FIELDS + field] = (byte) value;
  }

  void clearSlot(int slot) {
    int from = slotAt(slot);
    Arrays.fill(bytes, from, from + at.slotBytes, (byte) 0);
  }

  /** The other slot has all that this one has, and its rows are the other's. */
  void moveToOrphan(int slot, int orphan) {
    System.arraycopy(bytes, slotAt(slot), bytes, slotAt(orphan), at.slotBytes);
    for (int session = 0; session < at.sizes.sessions(); session++) {
      for (int number = 1; number <= at.sizes.rows(); number++) {
        if (row(session, number, BY) == slot + 1) {
          row(session, number, BY, orphan + 1);
        }
      }
    }
  }

  // What follows from it.

  boolean isCommitted(int session, int number) {
    return row(session, number, KIND) != 0 && row(session, number, BY) == 0;
  }

  /** The highest number that is committed. */
  int last(int session) {
    int number = at.sizes.rows();
    while (number > 0 && !isCommitted(session, number)) {
      number--;
    }
    return number;
  }

  /** The calls that whoever reads the records finds in the session's state. */
  int recorded(int session) {
    return recordedBelow(session, at.sizes.rows() + 1);
  }

  int recordedBelow(int session, int limit) {
    int calls = 0;
    for (int number = 1; number < limit; number++) {
      if (isCommitted(session, number)) {
        int kind = row(session, number, KIND);
        if (kind == WHOLE) {
          calls = row(session, number, CONTENT);
        } else if (kind == APPENDED) {
          calls |= row(session, number, CONTENT);
        }
      }
    }
    return calls;
  }

  boolean isStarted(int slot) {
    int stage = slot(slot, STAGE);
    return stage == WAITING || stage == READY;
  }

  boolean isQuiet() {
    for (int slot = 0; slot < at.sizes.slots(); slot++) {
      if (slot(slot, WHAT) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether a node runs and has an incarnation. */
  boolean isActive(int node) {
    return node(node, STATUS) <= DRAINING;
  }
}
