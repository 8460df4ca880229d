package dev.mooring.cli.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mooring.client.Keep;
import dev.mooring.postgres.CutProxy;
import dev.mooring.postgres.PostgresServer;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.StoredServer;
import dev.mooring.server.testing.programs.Load;
import dev.mooring.store.postgres.PostgresAdmin;
import dev.mooring.store.postgres.PostgresConfig;
import dev.mooring.store.postgres.PostgresUrl;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three servers that share a database and its synchronous standby, behind a balancer that knows
 * nothing, under clients and faults at random. Each call that was answered is in the state, none
 * twice; no event is lost or doubled; and by what the database noted of each row that was inserted,
 * of each session's numbers none was written twice or left out, and each by who owned it. {@code
 * src/bench/run faults} has more of them, and more clients.
 */
@Timeout(7_200)
@Patient
final class NodesIT {
  private static final int FAULTS = Integer.getInteger("mooring.faults", 12);
  private static final int CLIENTS = Integer.getInteger("mooring.clients", 8);
  private static final int LEASE_MILLIS = 2_000;
  private static final int MOST_MILLIS = 1_000;
  private static final int DISK_MEBIBYTES = 1_500;

  /** What goes wrong. */
  private enum Fault {
    /** A server is killed, and another started in its place. */
    KILL,
    /** A server stands still for longer than its lease, and goes on. */
    STOP,
    /** A server is drained and started anew. */
    DRAIN,
    /** What a server says doesn't come to the database, or the other way round, or both. */
    CUT,
    /** The way between a server and the database is slow, then ends. */
    DELAY,
    /** The database is killed, and started anew. */
    DATABASE_KILL,
    /** The database is started anew in good order. */
    DATABASE_RESTART,
    /** The database is killed for good: its standby takes its place, and gets one itself. */
    FAILOVER,
    /** The database's disk is full for a while. */
    DISK_FULL
  }

  private final long seed = Long.getLong("mooring.seed", new Random().nextLong());
  private final Random random = new Random(seed);
  private final List<StoredServer> nodes = new ArrayList<>();
  private final List<CutProxy> ways = new ArrayList<>();
  private final Map<Fault, Integer> faults = new TreeMap<>();
  private final List<Fault> possible = new ArrayList<>(List.of(Fault.values()));

  @TempDir Path folder = Path.of("");
  private PostgresServer database;
  private PostgresServer standby;
  private int standbys;
  private CutProxy balancer;

  @BeforeEach
  void start() throws Exception {
    var options = PostgresServer.Options.DEFAULTS;
    if (PostgresServer.canHaveDisk()) {
      options = options.withDiskMebibytes(DISK_MEBIBYTES);
    } else {
      leaveOut(Fault.DISK_FULL, "only root can mount a disk");
    }
    database = PostgresServer.start(folder.resolve("database"), options);
    PostgresAdmin.init(
        PostgresConfig.of(PostgresUrl.parse(database.url()), database.password(), "init"));
    noteEachRow();
    standBy();
    for (String name : List.of("a", "b", "c")) {
      var way = new CutProxy(database.address());
      ways.add(way);
      String url = "postgresql://mooring@127.0.0.1:%d/mooring".formatted(way.address().getPort());
      StoredServer node =
          StoredServer.node(
              Files.createDirectory(folder.resolve(name)),
              url,
              name,
              Map.of(
                  "MOORING_STORE_PASSWORD",
                  database.password(),
                  "MOORING_STORE_LEASE_MS",
                  "" + LEASE_MILLIS));
      nodes.add(node);
      node.start();
    }
    balancer =
        new CutProxy(nodes.stream().map(StoredServer::address).toArray(InetSocketAddress[]::new));
  }

  private void leaveOut(Fault fault, String why) {
    assertNull(System.getenv("CI"), why);
    System.err.println("NodesIT: no " + fault + ": " + why);
    possible.remove(fault);
  }

  private void standBy() throws Exception {
    standby = database.standby(folder.resolve("standby" + ++standbys));
  }

  @AfterEach
  void stop() throws Exception {
    balancer.close();
    nodes.forEach(StoredServer::close);
    ways.forEach(CutProxy::close);
    standby.close();
    database.close();
  }

  /** Rows are removed when they are needed no more; that they were there is noted. */
  private void noteEachRow() throws Exception {
    database.psql(
        """
        CREATE TABLE noted (
          at bigserial PRIMARY KEY, session text, number bigint, kind smallint, writer bigint);
        CREATE INDEX ON noted (session, number);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
          INSERT INTO noted (session, number, kind, writer)
          VALUES (NEW.session, NEW.number, NEW.kind, NEW.writer);
          RETURN NULL;
        END $$;
        CREATE TRIGGER note AFTER INSERT ON mooring_record FOR EACH ROW EXECUTE FUNCTION note();""");
  }

  @Test
  void faults_underLoad_everythingHasHappenedOnce() throws Exception {
    System.out.println("NodesIT: -Dmooring.seed=" + seed);
    try (var load = new Load(balancer.address(), seed, StoredServer.TIMEOUTS)) {
      load.begin(CLIENTS / 2, CLIENTS / 4, Keep.Durability.DISK);
      for (int i = 0; i < FAULTS; i++) {
        Thread.sleep(random.nextInt(MOST_MILLIS));
        Fault fault = possible.get(i < possible.size() ? i : random.nextInt(possible.size()));
        faults.merge(fault, 1, Integer::sum);
        strike(fault, random.nextInt(nodes.size()));
        load.awaitMoreOfEach();
      }
      load.finish();
      System.out.printf("NodesIT: %s, %s%n", faults, load.tally());
    }
    checkRows();
  }

  private void strike(Fault fault, int which) throws Exception {
    StoredServer node = nodes.get(which);
    CutProxy way = ways.get(which);
    switch (fault) {
      case KILL -> {
        node.kill();
        Thread.sleep(random.nextInt(MOST_MILLIS));
        node.start();
      }
      case STOP -> {
        node.signal("STOP");
        Thread.sleep(LEASE_MILLIS + random.nextInt(LEASE_MILLIS));
        node.signal("CONT");
      }
      case DRAIN -> {
        node.terminate();
        node.start();
      }
      case CUT -> {
        CutProxy.Direction[] directions = CutProxy.Direction.values();
        way.cut(directions[random.nextInt(directions.length)]);
        Thread.sleep(random.nextInt(2 * LEASE_MILLIS));
        if (random.nextBoolean()) {
          way.reset();
        }
        way.heal();
      }
      case DELAY -> {
        way.delay(random.nextInt(300));
        Thread.sleep(random.nextInt(LEASE_MILLIS));
        way.reset();
        way.heal();
      }
      case DATABASE_KILL -> {
        database.kill();
        Thread.sleep(random.nextInt(LEASE_MILLIS));
        database.restart();
      }
      case DATABASE_RESTART -> database.restart();
      case FAILOVER -> failOver();
      case DISK_FULL -> {
        database.fillDisk();
        Thread.sleep(random.nextInt(LEASE_MILLIS));
        database.freeDisk();
        if (!database.isRunning()) {
          database.restart();
        }
      }
    }
  }

  private void failOver() throws Exception {
    database.kill();
    Thread.sleep(random.nextInt(LEASE_MILLIS));
    standby.promote();
    for (CutProxy way : ways) {
      way.target(standby.address());
      way.reset();
    }
    database.close();
    database = standby;
    standBy();
  }

  private void checkRows() throws Exception {
    assertEquals(
        "0",
        database.psql(
            "SELECT count(*) FROM (SELECT session, number FROM noted GROUP BY session, number"
                + " HAVING count(*) > 1) AS twice"),
        "numbers that were written twice");
    assertEquals(
        "0",
        database.psql(
            "SELECT count(*) FROM (SELECT session FROM noted GROUP BY session"
                + " HAVING max(number) <> count(*) OR min(number) <> 1) AS gaps"),
        "sessions with numbers that are left out");
    assertEquals(
        "0",
        database.psql(
            """
            SELECT count(*) FROM noted n WHERE n.number > 1 AND n.kind <> 2 AND n.writer <>
              (SELECT b.writer FROM noted b WHERE b.session = n.session AND b.number = n.number - 1)
            """),
        "rows of who wasn't the owner");
    System.out.println(
        "NodesIT: "
            + database.psql("SELECT count(*) FROM noted")
            + " rows, of them "
            + database.psql("SELECT count(*) FROM noted WHERE kind = 2")
            + " owners'");
  }
}
