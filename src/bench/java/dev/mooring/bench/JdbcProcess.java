package dev.mooring.bench;

import dev.mooring.store.postgres.PostgresConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A process that does to a database what a server's batches do, by plain JDBC, on the processors
 * that a server would have: what the database can do without a server before it. It minds no fence,
 * no owner and no refusal.
 */
final class JdbcProcess implements AutoCloseable {
  private static final int HEAD_BYTES = 300;

  /** As many sessions take turns, over all threads. */
  private static final int SESSIONS = 1_000;

  private static final double NANOS_PER_SECOND = 1e9;
  private static final long SEED = 20_261_201;

  private static final List<String> TABLES =
      List.of(
          "DROP TABLE IF EXISTS alone_session, alone_record",
          """
          CREATE TABLE alone_session (
            id text PRIMARY KEY, owner bigint NOT NULL, head bytea NOT NULL, wake_ms bigint NOT NULL)""",
          "CREATE INDEX ON alone_session (owner, wake_ms)",
          """
          CREATE TABLE alone_record (
            session text NOT NULL, number bigint NOT NULL, kind smallint NOT NULL,
            writer bigint NOT NULL, displaced bigint NOT NULL, content bytea NOT NULL,
            PRIMARY KEY (session, number))""",
          "CREATE INDEX ON alone_record (displaced) WHERE displaced <> 0");

  /**
   * What is written at a time.
   *
   * @param rows sessions of which something is written
   * @param changeBytes what is written of one
   * @param wholeBytes likewise, if it is written whole
   * @param wholeEvery one of so many rows is
   */
  record Batches(int rows, int changeBytes, int wholeBytes, int wholeEvery) {}

  private final Peer process;

  private JdbcProcess(Peer process) {
    this.process = process;
  }

  static JdbcProcess start(Setting setting, Placement placement) throws IOException {
    return new JdbcProcess(
        Peer.start(
            Placement.on(
                placement.serverCpus(), setting.java(List.of("-Xmx512m"), JdbcProcess.class))));
  }

  /** How many rows in a second are committed, after a second that isn't measured. */
  double commitsPerSecond(DatabasePair database, Batches batches, int millis)
      throws IOException, InterruptedException {
    return Orders.ask(
            process,
            "write %s %s %s %d %d %d %d %d"
                .formatted(
                    database.jdbcUrl(),
                    database.user(),
                    database.passwordFile(),
                    batches.rows,
                    batches.changeBytes,
                    batches.wholeBytes,
                    batches.wholeEvery,
                    millis))
        .value();
  }

  @Override
  public void close() {
    process.close();
  }

  /** Obeys orders from stdin until it ends. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Orders.serve(JdbcProcess::obey);
  }

  private static String obey(String[] order) throws IOException, InterruptedException {
    if (!order[0].equals("write")) {
      return "no order called " + order[0];
    }
    var numbers = new int[order.length];
    for (int i = 4; i < order.length; i++) {
      numbers[i] = Integer.parseInt(order[i]);
    }
    var database = new Access(order[1], order[2], Files.readString(Path.of(order[3])).strip());
    var batches = new Batches(numbers[4], numbers[5], numbers[6], numbers[7]);
    try {
      return Orders.ok(write(database, batches, numbers[8]));
    } catch (SQLException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private record Access(String url, String user, String password) {
    Connection connect() throws SQLException {
      Connection connection = DriverManager.getConnection(url, user, password);
      connection.setAutoCommit(false);
      return connection;
    }
  }

  private static double write(Access database, Batches batches, int millis)
      throws SQLException, IOException, InterruptedException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      for (String table : TABLES) {
        statement.execute(table);
      }
      connection.commit();
    }
    var threads = new ArrayList<Callable<Double>>();
    for (int i = 0; i < PostgresConfig.DEFAULT_WRITERS; i++) {
      var thread = new WritingThread(database, batches, i);
      threads.add(() -> thread.rowsPerSecond(millis));
    }
    double sum = 0;
    try (var executor = Executors.newCachedThreadPool()) {
      for (Future<Double> each : executor.invokeAll(threads)) {
        sum += each.get();
      }
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    }
    return sum;
  }

  private static final class WritingThread {
    private static final int WARM_UP_MILLIS = 1_000;

    private final Access database;
    private final Batches batches;
    private final String[] ids;
    private final long[] numbers;
    private final byte[] head = new byte[HEAD_BYTES];
    private final byte[] change;
    private final byte[] whole;
    private int next;
    private int untilWhole;

    WritingThread(Access database, Batches batches, int index) {
      this.database = database;
      this.batches = batches;
      var random = new Random(SEED + index);
      ids = new String[Math.max(SESSIONS / PostgresConfig.DEFAULT_WRITERS, batches.rows)];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = HexFormat.of().toHexDigits(random.nextLong());
      }
      numbers = new long[ids.length];
      change = new byte[batches.changeBytes];
      whole = new byte[batches.wholeBytes];
      random.nextBytes(head);
      random.nextBytes(change);
      random.nextBytes(whole);
      untilWhole = batches.wholeEvery;
    }

    double rowsPerSecond(int millis) throws SQLException {
      try (Connection connection = database.connect();
          PreparedStatement insert =
              connection.prepareStatement(
                  """
                  INSERT INTO alone_record
                  SELECT session, number, kind, 1, 0, content
                  FROM unnest(?, ?, ?, ?) AS n (session, number, kind, content)""");
          PreparedStatement update =
              connection.prepareStatement(
                  """
                  UPDATE alone_session s SET head = n.head, wake_ms = s.wake_ms + 1
                  FROM unnest(?, ?) AS n (id, head) WHERE s.id = n.id""");
          PreparedStatement delete =
              connection.prepareStatement(
                  """
                  DELETE FROM alone_record r USING unnest(?, ?) AS n (session, number)
                  WHERE r.session = n.session AND r.number < n.number""")) {
        make(connection);
        write(connection, insert, update, delete, WARM_UP_MILLIS);
        long start = System.nanoTime();
        long rows = write(connection, insert, update, delete, millis);
        return rows * NANOS_PER_SECOND / (System.nanoTime() - start);
      }
    }

    private void make(Connection connection) throws SQLException {
      try (PreparedStatement statement =
          connection.prepareStatement(
              "INSERT INTO alone_session SELECT id, 1, ?, 0 FROM unnest(?) AS n (id)")) {
        statement.setBytes(1, head);
        statement.setArray(2, connection.createArrayOf("text", ids));
        statement.executeUpdate();
      }
      connection.commit();
    }

    private long write(
        Connection connection,
        PreparedStatement insert,
        PreparedStatement update,
        PreparedStatement delete,
        int millis)
        throws SQLException {
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
      long rows = 0;
      while (System.nanoTime() < end) {
        var sessions = new String[batches.rows];
        var ofEach = new Long[batches.rows];
        var kinds = new Short[batches.rows];
        var contents = new byte[batches.rows][];
        var wholeIds = new ArrayList<String>();
        var wholeNumbers = new ArrayList<Long>();
        for (int i = 0; i < batches.rows; i++) {
          boolean isWhole = --untilWhole == 0;
          sessions[i] = ids[next];
          ofEach[i] = ++numbers[next];
          kinds[i] = (short) (isWhole ? 0 : 1);
          contents[i] = isWhole ? whole : change;
          if (isWhole) {
            untilWhole = batches.wholeEvery;
            wholeIds.add(ids[next]);
            wholeNumbers.add(numbers[next]);
          }
          next = next + 1 == ids.length ? 0 : next + 1;
        }
        bind(connection, insert, sessions, ofEach, kinds, contents);
        insert.executeUpdate();
        if (!wholeIds.isEmpty()) {
          String[] those = wholeIds.toArray(String[]::new);
          var heads = new byte[those.length][];
          Arrays.fill(heads, head);
          bind(connection, update, those, heads);
          update.executeUpdate();
          bind(connection, delete, those, wholeNumbers.toArray(Long[]::new));
          delete.executeUpdate();
        }
        connection.commit();
        rows += batches.rows;
      }
      return rows;
    }

    private static void bind(Connection connection, PreparedStatement statement, Object... arrays)
        throws SQLException {
      for (int i = 0; i < arrays.length; i++) {
        String type =
            switch (arrays[i]) {
              case String[] _ -> "text";
              case Long[] _ -> "int8";
              case Short[] _ -> "int2";
              default -> "bytea";
            };
        Array array = connection.createArrayOf(type, (Object[]) arrays[i]);
        statement.setArray(i + 1, array);
      }
    }
  }
}
