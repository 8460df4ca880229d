package dev.mooring.store.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.mooring.error.ErrorText;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreUnavailable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Connections to a database, for each that works at a time one.
 *
 * <p>Thread-safe.
 */
final class Database implements AutoCloseable {
  /** Besides those that write and read: one that renews the lease. */
  private static final int OTHER_CONNECTIONS = 1;

  /** After so long without an answer a connection is given up. */
  private static final int ANSWER_SECONDS = 10;

  /** Nobody waits longer for what another holds. */
  private static final int LOCK_MILLIS = 2_000;

  private static final int CONNECT_MILLIS = 5_000;
  private static final int VALIDATE_MILLIS = 1_000;

  /** A server that was written to, and may not be any more. */
  private static final String READ_ONLY = "25006";

  /** Something to do on a connection. */
  interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /** Something to do on a connection of which nothing comes. */
  interface Task {
    void on(Connection connection) throws SQLException;
  }

  /** Something to look for on a connection; null if it isn't there. */
  interface Query<T> {
    @Nullable T on(Connection connection) throws SQLException;
  }

  private final PostgresUrl url;
  private final HikariDataSource pool;

  private Database(PostgresUrl url, HikariDataSource pool) {
    this.url = url;
    this.pool = pool;
  }

  /**
   * To this database; nothing is asked of it yet.
   *
   * @throws StoreException if the password can't be read
   */
  static Database of(PostgresConfig config) throws StoreException {
    var pool = new HikariConfig();
    pool.setPoolName("mooring-store");
    pool.setJdbcUrl(config.url().toJdbc());
    String user = config.url().user();
    pool.setUsername(user == null ? System.getProperty("user.name") : user);
    pool.setPassword(password(config));
    pool.setMaximumPoolSize(config.writers() + config.readers() + OTHER_CONNECTIONS);
    pool.setAutoCommit(false);
    // What a server that stands still has begun keeps nobody waiting for longer than its lease.
    pool.setConnectionInitSql(
        "SET idle_in_transaction_session_timeout = %d; SET lock_timeout = %d"
            .formatted(config.leaseMillis(), LOCK_MILLIS));
    pool.setInitializationFailTimeout(-1);
    pool.setConnectionTimeout(CONNECT_MILLIS);
    pool.setValidationTimeout(VALIDATE_MILLIS);
    pool.addDataSourceProperty("connectTimeout", CONNECT_MILLIS / 1_000);
    pool.addDataSourceProperty("socketTimeout", ANSWER_SECONDS);
    pool.addDataSourceProperty("tcpKeepAlive", true);
    pool.addDataSourceProperty("gssEncMode", "disable");
    pool.addDataSourceProperty("ApplicationName", "mooring " + config.node());
    return new Database(config.url(), new HikariDataSource(pool));
  }

  private static @Nullable String password(PostgresConfig config) throws StoreException {
    Path file = config.passwordFile();
    if (file == null) {
      return config.password();
    }
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new StoreException("can't read the password in " + file + ": " + ErrorText.of(e), e);
    }
  }

  PostgresUrl url() {
    return url;
  }

  /**
   * Does it in a transaction of its own.
   *
   * @throws StoreUnavailable if it can't be done for now; it may have been done all the same
   */
  <T> T inTransaction(Work<T> work) throws StoreUnavailable {
    try (Connection connection = pool.getConnection()) {
      connection.clearWarnings();
      T result = work.on(connection);
      connection.commit();
      SQLWarning warning = connection.getWarnings();
      if (warning != null) { // It is committed here; perhaps its standby hasn't got it.
        throw new SQLException(warning.getMessage(), warning.getSQLState());
      }
      return result;
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  /** As {@link #inTransaction}, for what gives nothing. */
  void perform(Task task) throws StoreUnavailable {
    var _ =
        inTransaction(
            connection -> {
              task.on(connection);
              return true;
            });
  }

  /** As {@link #inTransaction}, for what may not be there. */
  <T> @Nullable T find(Query<T> query) throws StoreUnavailable {
    return inTransaction(connection -> Optional.ofNullable(query.on(connection))).orElse(null);
  }

  private StoreUnavailable unavailable(SQLException e) {
    if (READ_ONLY.equals(e.getSQLState())) {
      pool.getHikariPoolMXBean().softEvictConnections();
    }
    return new StoreUnavailable(
        url + ": " + (pool.isClosed() ? "the store is closed" : text(e)), e);
  }

  /** What the database says, or what kept it from saying something. */
  private static String text(SQLException e) {
    Throwable cause = e;
    while (cause.getCause() instanceof SQLException inner) {
      cause = inner;
    }
    String message = String.valueOf(cause.getMessage());
    return message.lines().findFirst().orElse("it can't be reached");
  }

  /**
   * Returns when everything that was committed here before is as safe as the database makes it.
   *
   * @throws StoreUnavailable if that isn't known
   */
  void barrier(long incarnation) throws StoreUnavailable {
    perform(
        connection ->
            Rows.update(
                connection,
                "UPDATE mooring_lease SET until_ms = until_ms WHERE incarnation = ?",
                incarnation));
  }

  @Override
  public void close() {
    pool.close();
  }
}
