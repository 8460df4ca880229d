package dev.mooring.store.postgres;

import dev.mooring.store.SharedStore;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreKey;
import dev.mooring.store.StoreUnavailable;
import dev.mooring.store.StoredValue;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store in PostgreSQL, or in what speaks its wire, that several servers have in common.
 *
 * <p>What it does in which order, and why that keeps two from having a session, is said with the
 * package. What becomes of a batch whose answer is lost is read back, and never assumed.
 *
 * <p>Thread-safe.
 */
public final class PostgresStore implements SharedStore {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresStore.class);

  /** A batch that couldn't be written is tried again after so long. */
  private static final long RETRY_MILLIS = 200;

  /** Who takes a session over meets what its owner is writing so often at most. */
  private static final int TAKEOVER_TRIES = 100;

  /** So many heads are read at a time. */
  private static final int SCAN_ROWS = 1_000;

  private final Database database;
  private final PostgresConfig config;
  private final NodeClock clock = new NodeClock();
  private final Map<String, Owned> owned = new ConcurrentHashMap<>();

  /** Sessions that may be this node's without its knowing: who took them over heard no answer. */
  private final Set<String> doubtful = ConcurrentHashMap.newKeySet();

  /** Batches share it; whoever says that a session is gone has it alone. */
  private final ReentrantReadWriteLock batches = new ReentrantReadWriteLock();

  /** Whether a thread is within {@link #scan}. */
  private final ThreadLocal<@Nullable Boolean> scanning = new ThreadLocal<>();

  private final NodeWatch watch;

  /** This node's, until it is declared dead; then the next one. */
  private volatile long incarnation;

  private volatile @Nullable Listener listener;
  private volatile @Nullable String trouble;
  private volatile boolean closing;
  private volatile boolean closed;
  private volatile long sizeBytes;

  private PostgresStore(Database database, PostgresConfig config) {
    this.database = database;
    this.config = config;
    watch = new NodeWatch(this, database, config);
  }

  /**
   * Joins those that share the database.
   *
   * @throws StoreException if it can't be reached, or has no tables of this version
   */
  public static PostgresStore open(PostgresConfig config) throws StoreException {
    Database database = Database.of(config);
    boolean whole = false;
    try {
      PostgresSchema.check(config.url(), database.inTransaction(PostgresSchema::version));
      var store = new PostgresStore(database, config);
      store.clock.set(database.inTransaction(Nodes::now));
      database.perform(connection -> Nodes.supersede(connection, config.node()));
      store.join();
      for (String promise : database.inTransaction(PostgresAdmin::promises)) {
        LOG.info("the database: {}", promise);
      }
      store.watch.start();
      whole = true;
      return store;
    } finally {
      if (!whole) {
        database.close();
      }
    }
  }

  /** Under a number that nobody has had. */
  private void join() throws StoreUnavailable {
    long next = new SecureRandom().nextLong() >>> 1;
    long mine = next == 0 ? 1 : next;
    database.perform(connection -> Nodes.join(connection, mine, config));
    incarnation = mine;
    LOG.atInfo().addKeyValue("node", config.node()).log("shares the store with others");
  }

  @Override
  public int writers() {
    return config.writers();
  }

  @Override
  public long currentTimeMillis() {
    return clock.currentTimeMillis();
  }

  @Override
  public @Nullable String trouble() {
    String known = trouble;
    return known != null ? known : watch.silence();
  }

  long incarnation() {
    return incarnation;
  }

  NodeClock clock() {
    return clock;
  }

  @Nullable Listener listener() {
    return listener;
  }

  /** The database can't be had; null: it can. */
  void trouble(@Nullable StoreUnavailable now) {
    String before = trouble;
    if (now != null && before == null) {
      LOG.atWarn()
          .log("the store can't be had for now: {}; what is kept in it waits", now.getMessage());
    } else if (now == null && before != null) {
      LOG.atInfo().log("the store can be had again");
    }
    trouble = now == null ? null : now.getMessage();
  }

  void sizeBytes(long bytes) {
    sizeBytes = bytes;
  }

  @Override
  public void listen(Listener to) {
    listener = to;
  }

  @Override
  public Collection<Change> write(List<Change> changes, boolean sync) throws StoreException {
    batches.readLock().lock();
    try {
      checkOpen();
      var batch = new PostgresBatch(changes, owned);
      if (batch.isEmpty()) {
        return batch.strays();
      }
      long writer = incarnation;
      Set<String> refused =
          switch (write(batch, writer)) {
            case PostgresBatch.Result.Written(Set<String> ids) -> ids;
            case PostgresBatch.Result.Fenced() -> {
              batch.ids().forEach(id -> tellLost(id, batch.incarnation(id), false));
              yield Set.copyOf(batch.ids());
            }
          };
      batch.note(refused, owned);
      var unmade = new ArrayList<>(batch.strays());
      unmade.addAll(batch.changes(refused));
      return unmade;
    } finally {
      batches.readLock().unlock();
    }
  }

  /** Until it is known what became of it. */
  private PostgresBatch.Result write(PostgresBatch batch, long writer) throws StoreException {
    boolean isKnown = true;
    while (true) {
      try {
        PostgresBatch.Result result =
            isKnown
                ? database.inTransaction(connection -> batch.write(connection, writer))
                : readBack(batch, writer);
        if (result != null) {
          trouble(null);
          return result;
        }
        isKnown = true;
      } catch (StoreUnavailable e) {
        isKnown = false;
        trouble(e);
        pause(e);
      }
    }
  }

  /**
   * What became of a batch; null if nothing of it is written. What is read back is as safe as the
   * database makes it when this returns.
   */
  private PostgresBatch.@Nullable Result readBack(PostgresBatch batch, long writer)
      throws StoreUnavailable {
    PostgresBatch.Result found = database.find(connection -> batch.readBack(connection, writer));
    if (found instanceof PostgresBatch.Result.Written) {
      database.barrier(writer);
    }
    return found;
  }

  private void pause(StoreUnavailable why) throws StoreException {
    if (closing) {
      throw why;
    }
    try {
      TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException("whoever writes is to end", e);
    }
  }

  void tellLost(String id, long as, boolean isTaken) {
    Listener told = listener;
    if (told != null) {
      told.lost(id, as, isTaken);
    }
  }

  /**
   * Others have these. No batch is under way that has any of them when it returns.
   *
   * @return false if batches are under way that take their time: it is to be tried again
   */
  boolean giveUp(List<Nodes.Displacement> lost) throws InterruptedException {
    if (!batches.writeLock().tryLock(NodeWatch.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
      return false;
    }
    try {
      for (Nodes.Displacement one : lost) {
        Owned had = owned.get(one.session());
        if (had != null && had.incarnation() < one.number()) { // Else it was taken back since.
          owned.remove(one.session());
          tellLost(one.session(), had.incarnation(), true);
        }
      }
      return true;
    } finally {
      batches.writeLock().unlock();
    }
  }

  /**
   * This node was declared dead: it has nothing any more, and begins anew; at the next look if not
   * now.
   */
  void beginAnew() throws StoreUnavailable, InterruptedException {
    if (!batches.writeLock().tryLock(NodeWatch.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
      return;
    }
    try {
      LOG.atWarn()
          .addKeyValue("node", config.node())
          .log("others took this server for dead: its kept sessions are theirs");
      owned.forEach((id, had) -> tellLost(id, had.incarnation(), false));
      owned.clear();
      doubtful.clear();
      join();
    } finally {
      batches.writeLock().unlock();
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // Nobody else's.
  private record FoundRow(String id, byte[] head, long owner) {}

  @Override
  public @Nullable Found find(byte[] key) throws StoreException {
    checkReachable();
    FoundRow found =
        find(
            connection ->
                Rows.first(
                    connection,
                    row -> new FoundRow(row.getString(1), row.getBytes(2), row.getLong(3)),
                    """
                    SELECT s.id, s.head, s.owner FROM mooring_key k
                    JOIN mooring_session s ON s.id = k.session WHERE k.key = ?""",
                    key));
    if (found == null) {
      return null;
    }
    String problem = StoredHead.problem(found.id(), found.head());
    if (problem != null) {
      throw StoredHead.damaged(where(), found.id(), problem);
    }
    return new Found(found.id(), StoredHead.content(found.head()), found.owner() == incarnation);
  }

  /** While it is known that nothing can be had, nobody waits for that. */
  private void checkReachable() throws StoreException {
    checkOpen();
    String now = trouble();
    if (now != null) {
      throw new StoreUnavailable(now, null);
    }
  }

  private void checkOpen() throws StoreException {
    if (closed) {
      throw new StoreException(where() + ": the store is closed");
    }
  }

  /** Twice if need be: the first connection may be one that has broken since it was used last. */
  private <T> T read(Database.Work<T> work) throws StoreUnavailable {
    try {
      return database.inTransaction(work);
    } catch (StoreUnavailable e) {
      watch.look(); // It says whether it is only this once.
      if (closing) {
        throw e;
      }
      return database.inTransaction(work);
    }
  }

  private <T> @Nullable T find(Database.Query<T> query) throws StoreUnavailable {
    return read(connection -> Optional.ofNullable(query.on(connection))).orElse(null);
  }

  private String where() {
    return database.url().toString();
  }

  @Override
  public Claims claim(Collection<String> ids) throws StoreException {
    return claim(ids, false);
  }

  Claims claim(Collection<String> ids, boolean isOnlyFree) throws StoreException {
    checkReachable();
    var claims = new Claims(new HashMap<>(), new HashMap<>());
    var left = new HashSet<>(ids);
    for (int i = 0; i < TAKEOVER_TRIES && !left.isEmpty(); i++) {
      Map<String, Takeover.Outcome> outcomes;
      try {
        outcomes = takeOver(left, isOnlyFree);
      } catch (StoreUnavailable e) {
        if (claims.claimed().isEmpty()) {
          throw e;
        }
        left.forEach(id -> claims.failed().put(id, e));
        return claims; // Those that it has are had.
      }
      var again = new HashSet<String>();
      outcomes.forEach(
          (id, outcome) -> {
            switch (outcome) {
              case Takeover.Outcome.Taken(Claimed session, long _) ->
                  claims.claimed().put(id, session);
              case Takeover.Outcome.None() -> {}
              case Takeover.Outcome.Damaged(String why) ->
                  claims.failed().put(id, StoredHead.damaged(where(), id, why));
              case Takeover.Outcome.Again() -> again.add(id);
            }
          });
      left = again;
    }
    for (String id : left) {
      claims
          .failed()
          .put(
              id,
              new StoreUnavailable(
                  where() + ": session " + id + " is being written all the time", null));
    }
    return claims;
  }

  /** What this node has doesn't change otherwise meanwhile, nor what it is. */
  private Map<String, Takeover.Outcome> takeOver(Set<String> ids, boolean isOnlyFree)
      throws StoreUnavailable {
    batches.readLock().lock();
    try {
      long node = incarnation;
      Map<String, Takeover.Outcome> outcomes =
          find(connection -> Takeover.run(connection, ids, node, isOnlyFree));
      if (outcomes == null) {
        watch.look();
        throw new StoreUnavailable(where() + ": others took this server for dead", null);
      }
      outcomes.forEach(
          (id, outcome) -> {
            if (outcome instanceof Takeover.Outcome.Taken(Claimed session, long next)) {
              owned.put(id, new Owned(session.incarnation(), next, 0));
            }
          });
      return outcomes;
    } catch (StoreUnavailable e) {
      doubtful.addAll(ids);
      throw e;
    } finally {
      batches.readLock().unlock();
    }
  }

  /** Gives up what this node has without its knowing, if anything. */
  void releaseDoubtful() throws StoreUnavailable, InterruptedException {
    if (doubtful.isEmpty()
        || !batches.writeLock().tryLock(NodeWatch.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
      return;
    }
    try {
      String[] ids = doubtful.toArray(String[]::new);
      String[] unknown =
          doubtful.stream().filter(id -> !owned.containsKey(id)).toArray(String[]::new);
      long mine = incarnation;
      database.perform(connection -> Nodes.release(connection, mine, unknown));
      doubtful.removeAll(List.of(ids));
    } finally {
      batches.writeLock().unlock();
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // Nobody else's.
  private record StoredRecord(long number, short kind, byte[] content) {}

  @Override
  public List<byte[]> read(String id) throws StoreException {
    checkOpen();
    byte[] key = StoreKey.of(id);
    List<StoredRecord> rows =
        read(
            connection ->
                Rows.all(
                    connection,
                    row -> new StoredRecord(row.getLong(1), row.getShort(2), row.getBytes(3)),
                    """
                    SELECT number, kind, content FROM mooring_record
                    WHERE session = ? ORDER BY number""",
                    id));
    int first = rows.size() - 1;
    while (first >= 0 && rows.get(first).kind() != PostgresBatch.WHOLE) {
      first--;
    }
    if (first < 0) {
      return List.of(); // There may be owners' rows still, of one that has ended.
    }
    var parts = new ArrayList<byte[]>();
    long expected = rows.get(first).number();
    for (StoredRecord row : rows.subList(first, rows.size())) {
      if (row.number() != expected) {
        throw StoredHead.damaged(where(), id, "record " + expected + " isn't there");
      }
      expected++;
      if (row.kind() != PostgresBatch.OWNER) {
        String problem = StoredValue.problem(key, row.content());
        if (problem != null) {
          throw StoredHead.damaged(
              where(), id, "record %d is damaged: %s".formatted(row.number(), problem));
        }
        parts.addAll(StoredValue.contents(row.content()));
      }
    }
    return parts;
  }

  @Override
  public void scan(Visitor visitor) throws StoreException {
    checkOpen();
    scanning.set(true);
    try {
      database.perform(
          connection -> {
            try (Statement statement = connection.createStatement()) {
              // The visitor may take his time: nobody waits for this, as it locks nothing.
              statement.execute("SET LOCAL idle_in_transaction_session_timeout = 0");
              statement.setFetchSize(SCAN_ROWS);
              try (ResultSet rows =
                  statement.executeQuery("SELECT id, head FROM mooring_session ORDER BY id")) {
                while (rows.next()) {
                  visit(visitor, rows.getString(1), rows.getBytes(2));
                }
              }
            }
          });
    } finally {
      scanning.remove();
    }
  }

  private static void visit(Visitor visitor, String id, byte[] head) {
    String problem = StoredHead.problem(id, head);
    if (problem == null) {
      visitor.session(id, StoredHead.content(head));
    } else {
      visitor.damaged(id, problem);
    }
  }

  @Override
  public byte @Nullable [] module(String key) throws StoreException {
    checkOpen();
    byte[] value =
        find(
            connection ->
                Rows.first(
                    connection,
                    row -> row.getBytes(1),
                    "SELECT content FROM mooring_module WHERE key = ?",
                    key));
    String problem = value == null ? null : StoredValue.problem(StoreKey.of(key), value);
    if (problem != null) {
      throw new StoreException("%s: module %s is damaged: %s".formatted(where(), key, problem));
    }
    return value == null ? null : StoredValue.contents(value).getFirst();
  }

  @Override
  public void putModule(String key, byte[] module) throws StoreException {
    checkOpen();
    byte[] value = StoredValue.of(StoreKey.of(key), module);
    while (true) {
      try {
        database.inTransaction(
            connection ->
                Rows.update(
                    connection,
                    """
                    INSERT INTO mooring_module AS m (key, content) VALUES (?, ?)
                    ON CONFLICT (key) DO UPDATE SET content = excluded.content
                    WHERE m.content <> excluded.content""",
                    key,
                    value));
        return;
      } catch (StoreUnavailable e) {
        trouble(e);
        pause(e);
      }
    }
  }

  @Override
  public void retainModules(Set<String> keys) throws StoreException {
    checkOpen();
    String[] retained = keys.toArray(String[]::new);
    read(
        connection ->
            Rows.update(
                connection,
                "DELETE FROM mooring_module WHERE NOT (key = ANY(?))",
                (Object) retained));
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  /**
   * There is none: the database has ways of its own.
   *
   * @throws StoreException always
   */
  @Override
  public void backup(Path folder) throws StoreException {
    checkOpen();
    throw new StoreException(
        where() + ": it is backed up as a database is, by pg_dump or pg_basebackup");
  }

  @Override
  public void waitNoLonger() {
    closing = true;
  }

  /** What it has of sessions is nobody's from now on. */
  @Override
  public void close() {
    if (scanning.get() != null) {
      throw new IllegalStateException("close() within scan()");
    }
    if (closed) {
      return;
    }
    closing = true;
    watch.close();
    batches.writeLock().lock();
    try {
      leave();
    } finally {
      batches.writeLock().unlock();
    }
  }

  /** Nothing of this node is under way. */
  private void leave() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      database.perform(connection -> Nodes.leave(connection, incarnation));
    } catch (StoreUnavailable e) {
      LOG.atWarn()
          .log(
              "this server's sessions are others' to have when its lease runs out: {}",
              e.getMessage());
    }
    database.close();
  }
}
