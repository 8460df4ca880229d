package dev.mooring.postgres;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** That a test's PostgreSQL is one, fails as it is told to, and leaves nothing behind. */
@Timeout(180)
final class PostgresServerTest {
  private static final String WRONG_PASSWORD = "28P01";
  private static final String NOT_ALLOWED = "42501";

  @TempDir static Path folder;

  private static PostgresServer server;

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.start(folder.resolve("server"));
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
      assertNothingOf(folder.resolve("server"));
    }
  }

  @AfterEach
  void forget() throws Exception {
    server.goOn();
    server.psql("DROP TABLE IF EXISTS kept");
  }

  private static Connection connect(String password) throws SQLException {
    String url = server.url().replace("mooring@", "");
    return DriverManager.getConnection("jdbc:" + url, "mooring", password);
  }

  private static String failure(PostgresServer of, String sql) {
    return assertThrows(AssertionError.class, () -> of.psql(sql)).toString();
  }

  /** No process works there, and nothing is mounted. */
  private static void assertNothingOf(Path where) throws IOException {
    Path real = where.toRealPath();
    assertFalse(Files.readString(Path.of("/proc/mounts")).contains(real.toString()));
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        assertFalse(worksIn(process, real), process + " is left");
      }
    }
  }

  private static boolean worksIn(Path process, Path where) {
    try {
      return Files.readSymbolicLink(process.resolve("cwd")).startsWith(where);
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void start_ofAServer_makesItAsInProduction() throws Exception {
    assertEquals(
        "on|on|on|UTF8|127.0.0.1",
        server.psql(
            """
            SELECT current_setting('fsync'), current_setting('data_checksums'),
              current_setting('full_page_writes'), current_setting('server_encoding'),
              current_setting('listen_addresses')
            """));
  }

  @Test
  void mooring_withItsPassword_mayDoAsItLikesInItsDatabaseOnly() throws Exception {
    try (Connection connection = connect(server.password());
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE kept (number int)");
      var refused =
          assertThrows(SQLException.class, () -> statement.execute("ALTER SYSTEM SET fsync = off"));
      assertEquals(NOT_ALLOWED, refused.getSQLState());
    }
    var refused = assertThrows(SQLException.class, () -> connect("guessed"));
    assertEquals(WRONG_PASSWORD, refused.getSQLState());
  }

  @Test
  void psql_ofAStatementThatFails_saysWhyAndWhatIsLogged() {
    String said = failure(server, "SELECT nonsense");
    assertTrue(said.contains("column \"nonsense\" does not exist"), said);
    assertTrue(said.contains("STATEMENT:  SELECT nonsense"), said);
  }

  @Test
  void restart_ofAServer_keepsItsPortAndWhatItHas() throws Exception {
    String url = server.url();
    server.psql("CREATE TABLE kept AS SELECT 7 AS number");
    server.restart();
    assertEquals(url, server.url());
    assertEquals("7", server.psql("SELECT number FROM kept"));
  }

  @Test
  void kill_inTheMiddleOfAStatement_leavesNoProcessAndWhatWasCommitted() throws Exception {
    server.psql("CREATE TABLE kept AS SELECT 7 AS number");
    try (Connection connection = connect(server.password())) {
      var sleeping =
          CompletableFuture.runAsync(
              () -> assertThrows(SQLException.class, () -> sleep(connection)));
      assertEventually(() -> running("pg_sleep"), "a statement runs");
      List<Long> pids = server.pids();
      server.kill();
      assertTrue(pids.size() > 3, pids::toString);
      assertEquals(List.of(), pids.stream().filter(ProcessTree::isRunning).toList());
      sleeping.get(20, TimeUnit.SECONDS);
    }
    server.restart();
    assertTrue(server.log().contains("database system was not properly shut down"), server::log);
    assertEquals("7", server.psql("SELECT number FROM kept"));
  }

  private static void sleep(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SELECT pg_sleep(60)");
    }
  }

  private static boolean running(String what) {
    try {
      return server
          .psql(
              "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                  + " AND state = 'active' AND query LIKE '%"
                  + what
                  + "%'")
          .equals("1");
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Test
  void pause_ofAServer_delaysItsAnswersUntilItGoesOn() throws Exception {
    server.pause();
    var answer =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return server.psql("SELECT 7");
              } catch (IOException | InterruptedException e) {
                return e.toString();
              }
            });
    assertThrows(TimeoutException.class, () -> answer.get(500, TimeUnit.MILLISECONDS));
    server.goOn();
    assertEquals("7", answer.get(20, TimeUnit.SECONDS));
  }

  /** The old primary isn't the other tests' server: it would wait for its standby for ever. */
  @Test
  void standby_promotedWhenItsPrimaryIsKilled_hasWhatWasCommitted() throws Exception {
    var options = PostgresServer.Options.DEFAULTS.withFsync(false);
    try (var primary = PostgresServer.start(folder.resolve("primary"), options);
        var standby = primary.standby(folder.resolve("standby"))) {
      primary.psql("CREATE TABLE kept AS SELECT 7 AS number");
      primary.kill();
      String said = failure(standby, "INSERT INTO kept VALUES (8)");
      assertTrue(said.contains("read-only transaction"), said);
      standby.promote();
      standby.psql("INSERT INTO kept VALUES (8)");
      assertEquals("7\n8", standby.psql("SELECT number FROM kept ORDER BY number"));
    }
    assertNothingOf(folder.resolve("primary"));
    assertNothingOf(folder.resolve("standby"));
  }

  @Test
  void disk_full_refusesRowsUntilThereIsRoom() throws Exception {
    var options = PostgresServer.Options.DEFAULTS.withDiskMebibytes(128);
    String insert = "INSERT INTO kept SELECT repeat('x', 1000) FROM generate_series(1, 1000)";
    try (var small = PostgresServer.start(folder.resolve("small"), options)) {
      small.psql("CREATE TABLE kept (text text)");
      small.fillDisk();
      String said = failure(small, insert);
      assertTrue(said.contains("No space left on device"), said);
      small.freeDisk();
      small.psql(insert);
    }
    assertNothingOf(folder.resolve("small"));
  }

  @Test
  void server_whoseJvmIsKilled_isGone() throws Exception {
    Path abandoned = folder.resolve("abandoned");
    Process jvm = AbandonedServer.start(abandoned);
    try {
      String said = jvm.inputReader(StandardCharsets.UTF_8).readLine();
      assertNotNull(said, "it did not start");
      List<Long> pids = Arrays.stream(said.split(" ", -1)).map(Long::valueOf).toList();
      assertTrue(pids.size() > 3 && ProcessTree.isRunning(pids.getFirst()), said);
      jvm.destroyForcibly();
      assertEventually(
          () -> pids.stream().noneMatch(ProcessTree::isRunning) && !isMounted(abandoned),
          "nothing is left");
      assertNothingOf(abandoned);
    } finally {
      jvm.destroyForcibly();
    }
  }

  private static boolean isMounted(Path where) {
    try {
      return Files.readString(Path.of("/proc/mounts")).contains(where.toRealPath().toString());
    } catch (IOException e) {
      return true;
    }
  }
}
