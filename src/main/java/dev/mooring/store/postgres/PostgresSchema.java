package dev.mooring.store.postgres;

import dev.mooring.store.StoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The tables, and which version of them a database has. */
final class PostgresSchema {
  /** Counts up with every change of the tables. */
  static final int VERSION = 1;

  /** Of a table that isn't there. */
  private static final String UNDEFINED_TABLE = "42P01";

  private static final List<String> TABLES =
      List.of(
          """
          CREATE TABLE IF NOT EXISTS mooring_schema (version int PRIMARY KEY)""",
          """
          CREATE TABLE IF NOT EXISTS mooring_fence (incarnation bigint PRIMARY KEY)""",
          """
          CREATE TABLE IF NOT EXISTS mooring_lease (
            incarnation bigint PRIMARY KEY,
            node text NOT NULL,
            until_ms bigint NOT NULL)""",
          """
          CREATE TABLE IF NOT EXISTS mooring_session (
            id text PRIMARY KEY,
            owner bigint NOT NULL,
            head bytea NOT NULL,
            wake_ms bigint NOT NULL,
            ttl_ms bigint,
            freed_ms bigint NOT NULL)""",
          """
          CREATE INDEX IF NOT EXISTS mooring_session_owner ON mooring_session (owner, wake_ms)""",
          """
          CREATE TABLE IF NOT EXISTS mooring_key (key bytea PRIMARY KEY, session text NOT NULL)""",
          """
          CREATE INDEX IF NOT EXISTS mooring_key_session ON mooring_key (session)""",
          """
          CREATE TABLE IF NOT EXISTS mooring_record (
            session text NOT NULL,
            number bigint NOT NULL,
            kind smallint NOT NULL,
            writer bigint NOT NULL,
            displaced bigint NOT NULL,
            content bytea NOT NULL,
            PRIMARY KEY (session, number))""",
          """
          CREATE INDEX IF NOT EXISTS mooring_record_displaced ON mooring_record (displaced)
            WHERE displaced <> 0""",
          """
          CREATE TABLE IF NOT EXISTS mooring_module (key text PRIMARY KEY, content bytea NOT NULL)""");

  private PostgresSchema() {}

  /** Makes what isn't there. */
  static void init(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String table : TABLES) {
        statement.execute(table);
      }
      statement.execute(
          "INSERT INTO mooring_schema SELECT "
              + VERSION
              + " WHERE NOT EXISTS (SELECT 1 FROM mooring_schema)");
    }
  }

  /** The version of the tables; 0 if there are none. */
  static int version(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT max(version) FROM mooring_schema")) {
      return rows.next() ? rows.getInt(1) : 0;
    } catch (SQLException e) {
      if (UNDEFINED_TABLE.equals(e.getSQLState())) {
        return 0;
      }
      throw e;
    }
  }

  /**
   * Whether they are those that this server expects.
   *
   * @throws StoreException if not
   */
  static void check(PostgresUrl url, int version) throws StoreException {
    if (version == 0) {
      throw new StoreException(
          "%s: the database has no tables for sessions: `mooring store %s init` makes them"
              .formatted(url, url));
    }
    if (version != VERSION) {
      throw new StoreException(
          "%s: its tables are of version %d, %s; this one expects version %d"
              .formatted(
                  url,
                  version,
                  version > VERSION
                      ? "a newer server's"
                      : "an older server's (`mooring store %s init` brings them up)".formatted(url),
                  VERSION));
    }
  }
}
