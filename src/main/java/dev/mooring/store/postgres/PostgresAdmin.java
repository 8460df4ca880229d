package dev.mooring.store.postgres;

import dev.mooring.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What an operator does with a database before servers use it. */
public final class PostgresAdmin {
  private PostgresAdmin() {}

  /**
   * Makes the tables, or what is missing of them.
   *
   * @throws StoreException if it can't, or they are a newer server's
   */
  public static void init(PostgresConfig config) throws StoreException {
    try (Database database = Database.of(config)) {
      int version = database.inTransaction(PostgresSchema::version);
      if (version > PostgresSchema.VERSION) {
        PostgresSchema.check(config.url(), version);
      }
      database.perform(PostgresSchema::init);
    }
  }

  /**
   * What the database promises, and what that means for sessions, a line each.
   *
   * @throws StoreException if it can't be asked, or has no tables of this version
   */
  public static List<String> check(PostgresConfig config) throws StoreException {
    try (Database database = Database.of(config)) {
      PostgresSchema.check(config.url(), database.inTransaction(PostgresSchema::version));
      return database.inTransaction(PostgresAdmin::promises);
    }
  }

  /** A setting that says what a commit means, by its name. */
  private static String setting(Connection connection, String name) throws SQLException {
    String value =
        Rows.first(connection, row -> row.getString(1), "SELECT current_setting(?, true)", name);
    return value == null ? "" : value;
  }

  static List<String> promises(Connection connection) throws SQLException {
    String version = Rows.first(connection, row -> row.getString(1), "SELECT version()");
    var lines = new ArrayList<String>();
    lines.add(String.valueOf(version).split(" on ", 2)[0]);
    var is = new HashMap<String, String>();
    for (String name : List.of("fsync", "synchronous_commit", "synchronous_standby_names")) {
      String value = setting(connection, name);
      is.put(name, value);
      lines.add("%s = %s".formatted(name, value.isEmpty() ? "''" : value));
    }
    lines.add(meaning(is));
    return lines;
  }

  /** What of what was acknowledged survives. */
  private static String meaning(Map<String, String> is) {
    String commit = is.getOrDefault("synchronous_commit", "");
    boolean hasStandby = !is.getOrDefault("synchronous_standby_names", "").isEmpty();
    if (is.getOrDefault("fsync", "").equals("off")) {
      return "durability \"disk\": may be lost, and the whole database damaged, if its machine fails"
          + " (fsync is off)";
    }
    if (commit.equals("off")) {
      return "durability \"disk\": the last moments may be lost if the database or its machine fails"
          + " (synchronous_commit is off)";
    }
    if (!hasStandby || commit.equals("local")) {
      return "durability \"disk\": survives the database's end and its machine's restart; without a"
          + " synchronous standby it is lost with the machine's disk";
    }
    if (commit.equals("remote_write")) {
      return "durability \"disk\": survives the loss of the database's machine, but for the last moments"
          + " if its standby's fails with it (synchronous_commit is remote_write)";
    }
    return "durability \"disk\": survives the loss of the database's machine: a standby has it, too";
  }
}
