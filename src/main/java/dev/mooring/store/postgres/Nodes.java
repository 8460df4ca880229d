package dev.mooring.store.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What nodes say of themselves and of each other in the database; each in a transaction. */
final class Nodes {
  /** What a node has of its lease. */
  record Renewal(boolean isAlive, long nowMillis) {}

  /** An owner's row that says that another has a session now. */
  record Displacement(String session, long number) {}

  /** How a node's fence is looked at. */
  enum FenceLock {
    /** It may be gone in the next moment. */
    NONE(""),
    /** It stays until this transaction ends. */
    SHARE(" FOR SHARE"),
    /** Likewise, and no other transaction of the node is under way. */
    ALONE(" FOR UPDATE");

    private final String clause;

    FenceLock(String clause) {
      this.clause = clause;
    }
  }

  private Nodes() {}

  /** Whether a node hasn't been declared dead. */
  static boolean isAlive(Connection connection, long incarnation, FenceLock lock)
      throws SQLException {
    return !Rows.texts(
            connection,
            "SELECT incarnation FROM mooring_fence WHERE incarnation = ?" + lock.clause,
            incarnation)
        .isEmpty();
  }

  /**
   * A process has started that goes by a node's name: those before it have ended, which perhaps
   * nobody has noticed.
   */
  static void supersede(Connection connection, String node) throws SQLException {
    Rows.update(
        connection,
        """
        DELETE FROM mooring_fence
        WHERE incarnation IN (SELECT incarnation FROM mooring_lease WHERE node = ?)""",
        node);
  }

  /** A node joins, under a number that nobody has had. */
  static void join(Connection connection, long incarnation, PostgresConfig config)
      throws SQLException {
    Rows.update(connection, "INSERT INTO mooring_fence (incarnation) VALUES (?)", incarnation);
    Rows.update(
        connection,
        "INSERT INTO mooring_lease (incarnation, node, until_ms) VALUES (?, ?, "
            + Rows.NOW
            + " + ?)",
        incarnation,
        config.node(),
        (long) config.leaseMillis());
  }

  static Renewal renew(Connection connection, long incarnation, long leaseMillis)
      throws SQLException {
    int renewed =
        Rows.update(
            connection,
            "UPDATE mooring_lease SET until_ms = " + Rows.NOW + " + ? WHERE incarnation = ?",
            leaseMillis,
            incarnation);
    boolean isAlive = renewed == 1 && isAlive(connection, incarnation, FenceLock.NONE);
    return new Renewal(isAlive, now(connection));
  }

  /** The time of day, in milliseconds since 1970. */
  static long now(Connection connection) throws SQLException {
    @Nullable Long now = Rows.first(connection, row -> row.getLong(1), "SELECT " + Rows.NOW);
    return now == null ? 0 : now;
  }

  /** Which of its sessions a node has lost to others, and doesn't know yet. */
  static List<Displacement> displaced(Connection connection, long incarnation) throws SQLException {
    return Rows.all(
        connection,
        row -> new Displacement(row.getString(1), row.getLong(2)),
        "SELECT session, number FROM mooring_record WHERE displaced = ?",
        incarnation);
  }

  /** A node has let go of what it lost: nothing needs to keep it out any more. */
  static void letGo(Connection connection, long incarnation, List<Displacement> of)
      throws SQLException {
    Rows.update(
        connection,
        """
        UPDATE mooring_record r SET displaced = 0 FROM unnest(?, ?) AS n (session, number)
        WHERE r.session = n.session AND r.number = n.number AND r.displaced = ?""",
        of.stream().map(Displacement::session).toArray(String[]::new),
        of.stream().map(Displacement::number).toArray(Long[]::new),
        incarnation);
    removeLeftOver(connection, of.stream().map(Displacement::session).toArray(String[]::new));
  }

  /** Of sessions that have ended, nothing is needed but what keeps somebody out still. */
  private static void removeLeftOver(Connection connection, String[] sessions) throws SQLException {
    Rows.update(
        connection,
        """
        DELETE FROM mooring_record r WHERE r.session = ANY(?) AND r.displaced = 0
        AND NOT EXISTS (SELECT 1 FROM mooring_session s WHERE s.id = r.session)""",
        (Object) sessions);
  }

  /** What keeps nodes out that were declared dead, and were found alive a moment before. */
  static void sweep(Connection connection) throws SQLException {
    String[] sessions =
        Rows.texts(
                connection,
                """
                UPDATE mooring_record r SET displaced = 0 WHERE r.displaced <> 0
                AND NOT EXISTS (SELECT 1 FROM mooring_fence f WHERE f.incarnation = r.displaced)
                RETURNING r.session""")
            .toArray(String[]::new);
    removeLeftOver(connection, sessions);
  }

  /** Those whose leases have run out. */
  static List<Long> expired(Connection connection) throws SQLException {
    return Rows.all(
        connection,
        row -> row.getLong(1),
        "SELECT incarnation FROM mooring_lease WHERE until_ms < " + Rows.NOW);
  }

  /**
   * Declares a node dead whose lease has run out. It waits for what that is writing; nothing of it
   * commits afterwards.
   */
  static void fence(Connection connection, long incarnation) throws SQLException {
    Rows.update(
        connection,
        "DELETE FROM mooring_fence WHERE incarnation = ? AND EXISTS (SELECT 1 FROM mooring_lease"
            + " WHERE incarnation = ? AND until_ms < "
            + Rows.NOW
            + ")",
        incarnation,
        incarnation);
  }

  /** Those that were declared dead, or have left, and whose sessions are theirs still. */
  static List<Long> fenced(Connection connection) throws SQLException {
    return Rows.all(
        connection,
        row -> row.getLong(1),
        """
        SELECT l.incarnation FROM mooring_lease l
        WHERE NOT EXISTS (SELECT 1 FROM mooring_fence f WHERE f.incarnation = l.incarnation)""");
  }

  /** The sessions of a dead node are nobody's. */
  static void free(Connection connection, long incarnation) throws SQLException {
    Rows.update(
        connection,
        "UPDATE mooring_session SET owner = 0, freed_ms = "
            + Rows.NOW
            + ", wake_ms = least(wake_ms, coalesce("
            + Rows.NOW
            + " + ttl_ms, wake_ms)) WHERE owner = ?",
        incarnation);
    sweep(connection);
    Rows.update(connection, "DELETE FROM mooring_lease WHERE incarnation = ?", incarnation);
  }

  /** A node leaves: what it has is nobody's. */
  static void leave(Connection connection, long incarnation) throws SQLException {
    Rows.update(connection, "DELETE FROM mooring_fence WHERE incarnation = ?", incarnation);
    free(connection, incarnation);
  }

  /** Sessions that are nobody's and want something, those first that have waited longest. */
  static List<String> due(Connection connection, int most) throws SQLException {
    return Rows.all(
        connection,
        row -> row.getString(1),
        "SELECT id FROM mooring_session WHERE owner = 0 AND wake_ms <= "
            + Rows.NOW
            + " ORDER BY wake_ms LIMIT ?",
        most);
  }

  /** What the tables take on the database's disk, with their indexes. */
  static long sizeBytes(Connection connection) throws SQLException {
    Long bytes =
        Rows.first(
            connection,
            row -> row.getLong(1),
            """
            SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(ARRAY[
              'mooring_session', 'mooring_key', 'mooring_record', 'mooring_module']) AS t (name)""");
    return bytes == null ? 0 : bytes;
  }

  /** Gives up sessions that a node has by an accident: it doesn't know that it has them. */
  static void release(Connection connection, long incarnation, String[] sessions)
      throws SQLException {
    Rows.update(
        connection,
        "UPDATE mooring_session SET owner = 0 WHERE owner = ? AND id = ANY(?)",
        incarnation,
        sessions);
  }
}
