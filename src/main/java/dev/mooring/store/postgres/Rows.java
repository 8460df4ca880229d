package dev.mooring.store.postgres;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Statements over arrays: what is to be done with many rows is one statement. */
final class Rows {
  /** The time of day on the database's clock, in milliseconds since 1970. */
  static final String NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

  private Rows() {}

  /** Changes rows; says how many. */
  static int update(Connection connection, String sql, @Nullable Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = prepare(connection, sql, parameters)) {
      return statement.executeUpdate();
    }
  }

  /** A row is made into something. */
  interface Reader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** All rows of a query, or of what a change returns. */
  static <T> List<T> all(
      Connection connection, Reader<T> reader, String sql, @Nullable Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = prepare(connection, sql, parameters);
        ResultSet rows = statement.executeQuery()) {
      var all = new ArrayList<T>();
      while (rows.next()) {
        all.add(reader.read(rows));
      }
      return all;
    }
  }

  /** The first column of all rows. */
  static Set<String> texts(Connection connection, String sql, @Nullable Object... parameters)
      throws SQLException {
    return new HashSet<>(all(connection, row -> row.getString(1), sql, parameters));
  }

  /** The first row; null if there is none. */
  static <T> @Nullable T first(
      Connection connection, Reader<T> reader, String sql, @Nullable Object... parameters)
      throws SQLException {
    List<T> rows = all(connection, reader, sql, parameters);
    return rows.isEmpty() ? null : rows.getFirst();
  }

  private static PreparedStatement prepare(
      Connection connection, String sql, @Nullable Object... parameters) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    try {
      for (int i = 0; i < parameters.length; i++) {
        set(connection, statement, i + 1, parameters[i]);
      }
      return statement;
    } catch (SQLException | RuntimeException e) {
      statement.close();
      throw e;
    }
  }

  private static void set(
      Connection connection, PreparedStatement statement, int at, @Nullable Object value)
      throws SQLException {
    switch (value) {
      case byte[] bytes -> statement.setBytes(at, bytes);
      case String text -> statement.setString(at, text);
      case Long number -> statement.setLong(at, number);
      case Integer number -> statement.setInt(at, number);
      case String[] texts -> array(connection, statement, at, "text", texts);
      case Long[] numbers -> array(connection, statement, at, "bigint", numbers);
      case Short[] numbers -> array(connection, statement, at, "smallint", numbers);
      case byte[][] pieces -> array(connection, statement, at, "bytea", pieces);
      case null, default -> throw new IllegalArgumentException("a parameter " + value);
    }
  }

  private static void array(
      Connection connection, PreparedStatement statement, int at, String type, Object[] values)
      throws SQLException {
    Array array = connection.createArrayOf(type, values);
    statement.setArray(at, array);
  }
}
