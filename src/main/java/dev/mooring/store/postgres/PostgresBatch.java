package dev.mooring.store.postgres;

import static java.util.Objects.requireNonNull;

import dev.mooring.store.SessionStore.Change;
import dev.mooring.store.SessionStore.Head;
import dev.mooring.store.StoreKey;
import dev.mooring.store.StoredValue;
import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is written at a time: of each session one row, whatever changed of it.
 *
 * <p>One thread. It may be tried several times, until it is known what became of it.
 */
final class PostgresBatch {
  /** What a record is. */
  static final short WHOLE = 0;

  static final short APPENDED = 1;
  static final short OWNER = 2;

  /** What is to be written of a session. */
  private static final class Entry {
    private final String id;
    private final boolean isNew;
    private final Owned owned;
    private final List<Change> changes = new ArrayList<>(1);
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private boolean isWhole;
    private boolean isRemoved;
    private @Nullable Head head;

    /** Those of its head, once they are asked for. */
    private @Nullable List<byte[]> keys;

    Entry(String id, boolean isNew, Owned owned) {
      this.id = id;
      this.isNew = isNew;
      this.owned = owned;
    }

    void add(Change change) {
      changes.add(change);
      switch (change) {
        case Change.Put put -> {
          isWhole = true;
          isRemoved = false;
          head(put.head());
          content.reset();
          content.writeBytes(StoredValue.of(StoreKey.of(id), put.body()));
        }
        case Change.Append append -> {
          if (append.head() != null) {
            head(append.head());
          }
          content.writeBytes(StoredValue.of(StoreKey.of(id), append.appended()));
        }
        case Change.Remove _ -> isRemoved = true;
      }
    }

    /** Whether there is something to be done with its row in {@code mooring_session}. */
    boolean touchesSession() {
      return !isNew && (head != null || isRemoved);
    }

    boolean insertsRecord() {
      return !isRemoved;
    }

    private void head(Head newest) {
      head = newest;
      keys = null;
    }

    List<byte[]> keys() {
      List<byte[]> known = keys;
      if (known == null) {
        known = requireNonNull(head).keys().get();
        keys = known;
      }
      return known;
    }

    int keysHash() {
      return head == null ? owned.keysHash() : hash(keys());
    }
  }

  /** What became of it. */
  sealed interface Result {
    /** It is written, but for what these sessions had, which aren't this node's any more. */
    record Written(Set<String> refused) implements Result {}

    /** Nothing is: this node was declared dead. */
    record Fenced() implements Result {}
  }

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /** Changes of sessions that aren't this node's any more, as far as it knows. */
  private final List<Change> strays = new ArrayList<>();

  /**
   * Of these changes.
   *
   * @param all what this node has
   */
  PostgresBatch(List<Change> changes, Map<String, Owned> all) {
    for (Change change : changes) {
      Entry entry = entries.get(change.id());
      if (entry != null && isOf(change, entry)) {
        entry.add(change);
      } else {
        begin(change, all.get(change.id()));
      }
    }
  }

  private static boolean isOf(Change change, Entry entry) {
    return change.incarnation() == entry.owned.incarnation()
        || (change.incarnation() == Change.NEW && entry.isNew);
  }

  private void begin(Change change, @Nullable Owned owned) {
    StoreKey.of(change.id()); // It is one.
    boolean isNew = change.incarnation() == Change.NEW && owned == null;
    if (isNew) {
      entry(change, true, new Owned(0, 1, 0));
    } else if (owned != null && owned.incarnation() == change.incarnation()) {
      entry(change, false, owned);
    } else {
      strays.add(change);
    }
  }

  private void entry(Change change, boolean isNew, Owned owned) {
    var entry = new Entry(change.id(), isNew, owned);
    entry.add(change);
    entries.put(change.id(), entry);
  }

  List<Change> strays() {
    return strays;
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  /** The sessions that are in it. */
  Set<String> ids() {
    return entries.keySet();
  }

  long incarnation(String id) {
    return requireNonNull(entries.get(id)).owned.incarnation();
  }

  /** All that was to be made of these sessions. */
  List<Change> changes(Set<String> of) {
    return of.stream().flatMap(id -> requireNonNull(entries.get(id)).changes.stream()).toList();
  }

  /** Notes what these sessions have come to by it. */
  void note(Set<String> refused, Map<String, Owned> all) {
    for (Entry entry : entries.values()) {
      if (refused.contains(entry.id) || entry.isRemoved) {
        // A session that was claimed anew meanwhile is another matter.
        all.computeIfPresent(
            entry.id, (_, now) -> now.incarnation() == entry.owned.incarnation() ? null : now);
      } else {
        all.put(
            entry.id,
            new Owned(entry.owned.incarnation(), entry.owned.next() + 1, entry.keysHash()));
      }
    }
  }

  /** Writes it, in the connection's transaction. */
  Result write(Connection connection, long writer) throws SQLException {
    if (!Nodes.isAlive(connection, writer, Nodes.FenceLock.SHARE)) {
      return new Result.Fenced();
    }
    var refused = new HashSet<String>();
    lockSessions(connection, writer, refused);
    insertSessions(connection, writer, refused);
    insertRecords(connection, writer, refused);
    writeHeads(connection, refused);
    removeOldRecords(connection, refused);
    removeSessions(connection, refused);
    return new Result.Written(refused);
  }

  private List<Entry> those(Set<String> refused, Predicate<Entry> which) {
    return entries.values().stream()
        .filter(entry -> !refused.contains(entry.id))
        .filter(which)
        .toList();
  }

  private static String[] ids(List<Entry> of) {
    return of.stream().map(entry -> entry.id).toArray(String[]::new);
  }

  private static void refuse(List<Entry> all, Set<String> accepted, Set<String> refused) {
    for (Entry entry : all) {
      if (!accepted.contains(entry.id)) {
        refused.add(entry.id);
      }
    }
  }

  /** Before any record: whoever takes a session over locks it and then inserts, too. */
  private void lockSessions(Connection connection, long writer, Set<String> refused)
      throws SQLException {
    List<Entry> touched = those(refused, Entry::touchesSession);
    if (!touched.isEmpty()) {
      Set<String> mine =
          Rows.texts(
              connection,
              "SELECT id FROM mooring_session WHERE id = ANY(?) AND owner = ? ORDER BY id FOR UPDATE",
              ids(touched),
              writer);
      refuse(touched, mine, refused);
    }
  }

  /** A new one that has a key of another's is refused. */
  private void insertSessions(Connection connection, long writer, Set<String> refused)
      throws SQLException {
    List<Entry> made = those(refused, entry -> entry.isNew && !entry.isRemoved);
    if (made.isEmpty()) {
      return;
    }
    Set<String> inserted =
        Rows.texts(
            connection,
            """
            INSERT INTO mooring_session (id, owner, head, wake_ms, ttl_ms, freed_ms)
            SELECT n.id, ?, n.head, n.wake, NULLIF(n.ttl, ?), 0
            FROM unnest(?, ?, ?, ?) AS n (id, head, wake, ttl)
            ON CONFLICT DO NOTHING RETURNING id""",
            writer,
            Long.MAX_VALUE,
            ids(made),
            heads(made),
            numbers(made, Head::wakeMillis),
            numbers(made, Head::ttlMillis));
    refuse(made, inserted, refused);
    List<Entry> keyed = those(refused, entry -> inserted.contains(entry.id));
    var clashing = new HashSet<String>();
    insertKeys(connection, keyed, clashing);
    if (!clashing.isEmpty()) {
      deleteSessions(connection, clashing.toArray(String[]::new));
      refused.addAll(clashing);
    }
  }

  private static byte[][] heads(List<Entry> of) {
    return of.stream()
        .map(entry -> StoredHead.of(entry.id, requireNonNull(entry.head).bytes()))
        .toArray(byte[][]::new);
  }

  private static Long[] numbers(List<Entry> of, ToLongFunction<Head> number) {
    return of.stream()
        .map(entry -> number.applyAsLong(requireNonNull(entry.head)))
        .toArray(Long[]::new);
  }

  /** The numbers of the records that are written of them. */
  private static Long[] nexts(List<Entry> of) {
    return of.stream().map(entry -> entry.owned.next()).toArray(Long[]::new);
  }

  /** Sessions that have a key which is another's are in {@code clashing} then. */
  private static void insertKeys(Connection connection, List<Entry> of, Set<String> clashing)
      throws SQLException {
    var keys = new ArrayList<byte[]>();
    var sessions = new ArrayList<String>();
    for (Entry entry : of) {
      for (byte[] key : entry.keys()) {
        keys.add(key);
        sessions.add(entry.id);
      }
    }
    if (keys.isEmpty()) {
      return;
    }
    Object[] both = {keys.toArray(byte[][]::new), sessions.toArray(String[]::new)};
    Rows.update(
        connection,
        """
        INSERT INTO mooring_key (key, session)
        SELECT n.key, n.session FROM unnest(?, ?) AS n (key, session)
        ON CONFLICT DO NOTHING""",
        both);
    clashing.addAll(
        Rows.texts(
            connection,
            """
            SELECT n.session FROM unnest(?, ?) AS n (key, session)
            JOIN mooring_key k ON k.key = n.key WHERE k.session <> n.session""",
            both));
  }

  /**
   * In the order of their sessions, as whoever takes sessions over inserts his: so nobody waits for
   * each other. One whose number was there once, and is gone since others have written the session
   * whole, is refused too: it can be of a batch that is tried again, and was written before.
   */
  private void insertRecords(Connection connection, long writer, Set<String> refused)
      throws SQLException {
    List<Entry> written = those(refused, Entry::insertsRecord);
    if (written.isEmpty()) {
      return;
    }
    Set<String> accepted =
        Rows.texts(
            connection,
            """
            INSERT INTO mooring_record (session, number, kind, writer, displaced, content)
            SELECT n.session, n.number, n.kind, ?, 0, n.content
            FROM unnest(?, ?, ?, ?) AS n (session, number, kind, content)
            WHERE NOT EXISTS (
              SELECT 1 FROM mooring_record r
              WHERE r.session = n.session AND r.number > n.number)
            ORDER BY n.session
            ON CONFLICT DO NOTHING RETURNING session""",
            writer,
            ids(written),
            nexts(written),
            written.stream().map(entry -> entry.isWhole ? WHOLE : APPENDED).toArray(Short[]::new),
            written.stream().map(entry -> entry.content.toByteArray()).toArray(byte[][]::new));
    refuse(written, accepted, refused);
    String[] unmade =
        written.stream()
            .filter(entry -> entry.isNew && refused.contains(entry.id))
            .map(entry -> entry.id)
            .toArray(String[]::new);
    if (unmade.length > 0) {
      deleteSessions(connection, unmade);
    }
  }

  private void writeHeads(Connection connection, Set<String> refused) throws SQLException {
    List<Entry> headed =
        those(refused, entry -> entry.head != null && !entry.isNew && !entry.isRemoved);
    if (headed.isEmpty()) {
      return;
    }
    Rows.update(
        connection,
        """
        UPDATE mooring_session s
        SET head = n.head, wake_ms = n.wake, ttl_ms = NULLIF(n.ttl, ?), freed_ms = 0
        FROM unnest(?, ?, ?, ?) AS n (id, head, wake, ttl) WHERE s.id = n.id""",
        Long.MAX_VALUE,
        ids(headed),
        heads(headed),
        numbers(headed, Head::wakeMillis),
        numbers(headed, Head::ttlMillis));
    List<Entry> rekeyed =
        headed.stream().filter(entry -> entry.keysHash() != entry.owned.keysHash()).toList();
    if (!rekeyed.isEmpty()) {
      byte[][] keys =
          rekeyed.stream().flatMap(entry -> entry.keys().stream()).toArray(byte[][]::new);
      Rows.update(
          connection,
          "DELETE FROM mooring_key WHERE session = ANY(?) AND NOT (key = ANY(?))",
          ids(rekeyed),
          keys);
      insertKeys(connection, rekeyed, new HashSet<>()); // A token is nobody else's.
    }
  }

  /** What lies before a whole one is needed no more, but for what still keeps somebody out. */
  private void removeOldRecords(Connection connection, Set<String> refused) throws SQLException {
    List<Entry> whole =
        those(refused, entry -> entry.isWhole && entry.insertsRecord() && entry.owned.next() > 1);
    if (!whole.isEmpty()) {
      Rows.update(
          connection,
          """
          DELETE FROM mooring_record r USING unnest(?, ?) AS n (session, number)
          WHERE r.session = n.session AND r.number < n.number AND r.displaced = 0""",
          ids(whole),
          nexts(whole));
    }
  }

  /** With their keys. */
  private static void deleteSessions(Connection connection, String[] ids) throws SQLException {
    Rows.update(connection, "DELETE FROM mooring_session WHERE id = ANY(?)", (Object) ids);
    Rows.update(connection, "DELETE FROM mooring_key WHERE session = ANY(?)", (Object) ids);
  }

  private void removeSessions(Connection connection, Set<String> refused) throws SQLException {
    List<Entry> removed = those(refused, entry -> entry.isRemoved && !entry.isNew);
    if (!removed.isEmpty()) {
      String[] ids = ids(removed);
      deleteSessions(connection, ids);
      Rows.update(
          connection,
          "DELETE FROM mooring_record WHERE session = ANY(?) AND displaced = 0",
          (Object) ids);
    }
  }

  /**
   * Finds out what became of it. No transaction of this node is under way any more when it looks.
   *
   * @return null if nothing of it is written
   */
  @Nullable Result readBack(Connection connection, long writer) throws SQLException {
    if (!Nodes.isAlive(connection, writer, Nodes.FenceLock.ALONE)) {
      return new Result.Fenced();
    }
    List<Entry> written = those(Set.of(), Entry::insertsRecord);
    Set<String> there =
        Rows.texts(
            connection,
            """
            SELECT r.session FROM unnest(?, ?) AS n (session, number)
            JOIN mooring_record r ON r.session = n.session AND r.number = n.number
            WHERE r.writer = ?""",
            ids(written),
            nexts(written),
            writer);
    if (there.isEmpty()) {
      return null;
    }
    var refused = new HashSet<String>();
    refuse(written, there, refused);
    return new Result.Written(refused);
  }

  private static int hash(List<byte[]> keys) {
    int hash = 1;
    for (byte[] key : keys) {
      hash = 31 * hash + Arrays.hashCode(key);
    }
    return hash == 0 ? 1 : hash;
  }
}
