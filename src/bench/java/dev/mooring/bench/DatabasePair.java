package dev.mooring.bench;

import dev.mooring.postgres.PostgresServer;
import dev.mooring.store.StoreException;
import dev.mooring.store.postgres.PostgresAdmin;
import dev.mooring.store.postgres.PostgresConfig;
import dev.mooring.store.postgres.PostgresUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;

/** A database, and the synchronous standby without which it commits nothing. One thread. */
final class DatabasePair implements AutoCloseable {
  /** Larger than a test's, as an operator has it: what is measured is not how often it saves. */
  private static final String SETTINGS =
      "shared_buffers = 512MB\nmax_wal_size = 2GB\nlog_autovacuum_min_duration = 0\n";

  /** Where in what Linux says of a process its ticks are, from its state on. */
  private static final int USER_TICKS = 11;

  private static final double TICKS_PER_SECOND = 100;

  private final PostgresServer primary;
  private final PostgresServer standby;
  private final Path passwordFile;

  private DatabasePair(PostgresServer primary, PostgresServer standby, Path passwordFile) {
    this.primary = primary;
    this.standby = standby;
    this.passwordFile = passwordFile;
  }

  /**
   * Starts both, with tables for sessions.
   *
   * @param folder on the disk that is measured
   * @throws IOException if there is no PostgreSQL, or it doesn't start
   */
  static DatabasePair start(Path folder) throws IOException, InterruptedException {
    if (!PostgresServer.isAvailable()) {
      throw new IOException("there is no PostgreSQL; Debian: apt-get install postgresql");
    }
    var options = PostgresServer.Options.DEFAULTS.withSettings(SETTINGS);
    PostgresServer primary = PostgresServer.start(folder.resolve("primary"), options);
    boolean isWhole = false;
    try {
      PostgresUrl url = PostgresUrl.parse(primary.url());
      PostgresAdmin.init(PostgresConfig.of(url, primary.password(), "bench"));
      Path passwordFile =
          Files.createFile(
              folder.resolve("password"),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(passwordFile, primary.password());
      var pair =
          new DatabasePair(primary, primary.standby(folder.resolve("standby")), passwordFile);
      isWhole = true;
      return pair;
    } catch (StoreException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      if (!isWhole) {
        primary.close();
      }
    }
  }

  /** The table of a server's configuration by which it is one of those that share it. */
  String config(String node, int leaseMillis) {
    return """
    [store]
    url = '%s'
    password_file = '%s'
    node = '%s'
    lease_ms = %d
    """
        .formatted(primary.url(), passwordFile, node, leaseMillis);
  }

  /** Of a server, in this process. */
  PostgresConfig config(String node) {
    return PostgresConfig.of(PostgresUrl.parse(primary.url()), primary.password(), node);
  }

  /** Has the database believe that so many other servers live, for longer than any run. */
  void addNodes(int count) throws IOException, InterruptedException {
    primary.psql(
        """
        INSERT INTO mooring_fence SELECT -n FROM generate_series(1, %1$d) AS n;
        INSERT INTO mooring_lease
        SELECT -n, 'paper' || n, 8000000000000 FROM generate_series(1, %1$d) AS n;"""
            .formatted(count));
  }

  /** Those aren't there any more. */
  void removeNodes() throws IOException, InterruptedException {
    primary.psql(
        "DELETE FROM mooring_fence WHERE incarnation < 0; DELETE FROM mooring_lease WHERE incarnation"
            + " < 0;");
  }

  Path passwordFile() {
    return passwordFile;
  }

  /** For JDBC. */
  String jdbcUrl() {
    return "jdbc:" + primary.url().replaceFirst("//[^@]*@", "//");
  }

  /** Who may do what servers do. */
  String user() {
    return PostgresUrl.parse(primary.url()).user() + "";
  }

  /**
   * What the database has counted.
   *
   * @param commits of all transactions
   * @param records rows of sessions' records that were inserted
   * @param removed of those, deleted
   * @param heads rows of sessions that were changed
   * @param logBytes written to its log, which the standby gets
   */
  record Counts(double commits, double records, double removed, double heads, double logBytes) {
    Counts since(Counts before) {
      return new Counts(
          commits - before.commits,
          records - before.records,
          removed - before.removed,
          heads - before.heads,
          logBytes - before.logBytes);
    }
  }

  Counts counts() throws IOException, InterruptedException {
    double[] numbers =
        numbers(
            """
            SELECT d.xact_commit, r.n_tup_ins, r.n_tup_del, s.n_tup_upd,
              pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')
            FROM pg_stat_database d, pg_stat_user_tables r, pg_stat_user_tables s
            WHERE d.datname = current_database() AND r.relname = 'mooring_record'
              AND s.relname = 'mooring_session'""");
    return new Counts(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
  }

  /** How many bytes a record has that isn't a whole session, and how many one that is. */
  double[] recordBytes() throws IOException, InterruptedException {
    return numbers(
        """
        SELECT coalesce(avg(length(content)) FILTER (WHERE kind = 1), 0),
          coalesce(avg(length(content)) FILTER (WHERE kind = 0), 0) FROM mooring_record""");
  }

  /**
   * What its tables take.
   *
   * @param bytes on the disk, with indexes
   * @param dead rows that are nobody's any more, and not yet removed
   * @param live rows
   */
  record Size(double bytes, double dead, double live) {}

  Size size() throws IOException, InterruptedException {
    double[] numbers =
        numbers(
            """
            SELECT sum(pg_total_relation_size(relid)), sum(n_dead_tup), sum(n_live_tup)
            FROM pg_stat_user_tables WHERE relname LIKE 'mooring\\_%'""");
    return new Size(numbers[0], numbers[1], numbers[2]);
  }

  private double[] numbers(String sql) throws IOException, InterruptedException {
    return Arrays.stream(primary.psql(sql).strip().split("\\|", -1))
        .mapToDouble(Double::parseDouble)
        .toArray();
  }

  /** What the primary's processes have used of processors, in seconds: also those that ended. */
  double cpuSeconds() throws IOException {
    long ticks = 0;
    for (int i = USER_TICKS;
        i < USER_TICKS + 4;
        i++) { // Its own, and those of children that ended.
      ticks += Long.parseLong(stat(primary.pid())[i]);
    }
    for (ProcessHandle child :
        ProcessHandle.of(primary.pid()).stream().flatMap(ProcessHandle::descendants).toList()) {
      String[] stat = stat(child.pid());
      if (stat.length > USER_TICKS) {
        ticks += Long.parseLong(stat[USER_TICKS]) + Long.parseLong(stat[USER_TICKS + 1]);
      }
    }
    return ticks / TICKS_PER_SECOND;
  }

  /** What Linux says of a process after its name; nothing of one that has ended meanwhile. */
  private static String[] stat(long pid) throws IOException {
    try {
      String text = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
    } catch (NoSuchFileException e) {
      return new String[0];
    }
  }

  /** All that the primary has logged. */
  String log() throws IOException {
    return Files.readString(primary.logFile());
  }

  @Override
  public void close() throws IOException {
    standby.close();
    primary.close();
  }
}
