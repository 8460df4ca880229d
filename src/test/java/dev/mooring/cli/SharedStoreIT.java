package dev.mooring.cli;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.cli.TestConsole.Ending;
import dev.mooring.client.Keep;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringException;
import dev.mooring.client.OpenOptions;
import dev.mooring.postgres.PostgresServer;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Patient;
import dev.mooring.store.StoreConfig;
import dev.mooring.store.postgres.PostgresConfig;
import dev.mooring.store.postgres.PostgresUrl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers on one database, and {@code mooring store} beside them. */
@Patient
final class SharedStoreIT {
  private static final int PATIENCE_SECONDS = 60;

  @TempDir Path folder = Path.of("");
  private PostgresServer database;
  private Path passwordFile = Path.of("");
  private final List<MooringServer> servers = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    Guests.in(Files.createDirectory(folder.resolve("modules")));
    database = PostgresServer.start(folder.resolve("database"));
    passwordFile = Files.writeString(folder.resolve("password"), database.password() + "\n");
  }

  @AfterEach
  void stop() throws Exception {
    servers.forEach(MooringServer::close);
    database.close();
  }

  private MooringServer serve(String node) throws Exception {
    return serve(node, folder.resolve("modules"));
  }

  private MooringServer serve(String node, Path modules) throws Exception {
    PostgresConfig shared =
        PostgresConfig.of(PostgresUrl.parse(database.url()), null, node)
            .withPasswordFile(passwordFile);
    MooringServer server =
        MooringServer.start(
            ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules)
                .withStore(StoreConfig.NONE.withPostgres(shared)));
    servers.add(server);
    return server;
  }

  private static String add(MooringServer server, int amount) {
    return StoreCommandIT.add(server, "disk", amount);
  }

  private Ending store(String... arguments) {
    var words =
        new ArrayList<>(
            List.of("store", "--password-file", passwordFile.toString(), database.url()));
    words.addAll(List.of(arguments));
    return TestConsole.run(words.toArray(new String[0]));
  }

  private static String said(Ending ending) {
    assertEquals(0, ending.exitCode(), ending.err());
    return ending.out();
  }

  @Test
  void session_goesWhereItsClientComes_andItsStoreIsLookedIntoMeanwhile() throws Exception {
    Ending before = store("check");
    assertEquals(1, before.exitCode());
    assertTrue(before.err().contains("init` makes them"), before.err());
    assertEquals("the tables are there\n", said(store("init")));
    assertEquals("the tables are there\n", said(store("init")));
    String promises = said(store("check"));
    assertTrue(promises.contains("fsync = on\n"), promises);
    assertTrue(promises.contains("without a synchronous standby"), promises);
    MooringServer a = serve("a");
    MooringServer b = serve("b", Files.createDirectory(folder.resolve("none")));
    assertEquals("1", add(a, 1));
    assertEquals("3", add(b, 2)); // It has no such module, but for this session.
    assertEquals("6", add(a, 3));
    String list = said(store("list"));
    assertTrue(list.matches("[0-9a-f]{16}  visits +counter  disk  until [0-9TZ:-]+\n"), list);
    assertTrue(said(store("show", "visits")).contains("committed_id   3\n"));
    Path exported = folder.resolve("visits.session");
    assertEquals("", said(store("export", "visits", exported.toString())));
    assertEquals("deleted visits\n", said(store("delete", "visits")));
    assertEquals("1", add(a, 1));
    Ending taken = store("import", exported.toString());
    assertEquals(1, taken.exitCode());
    assertTrue(taken.err().contains("a server has it, or another has its name"), taken.err());
    assertEquals("deleted visits\n", said(store("delete", "visits")));
    // Who had it last doesn't know yet that it is gone, and is kept out until then.
    Eventually.assertEventually(
        () -> store("import", exported.toString()).exitCode() == 0, "it can't be imported");
    assertEquals("10", add(b, 4));
    a.close();
    servers.remove(a);
    assertEquals("11", add(b, 1));
  }

  @Test
  void name_thatMustBeNew_isKnownToAllServers() throws Exception {
    said(store("init"));
    MooringServer a = serve("a");
    MooringServer b = serve("b");
    try (var client = MooringClient.create()) {
      open(client, a, keep("one", Keep.NamePolicy.MUST_BE_NEW));
      var refused =
          assertThrows(
              ExecutionException.class,
              () -> open(client, b, keep("one", Keep.NamePolicy.MUST_BE_NEW)));
      assertEquals("SESSION_EXISTS", code(refused));
      refused =
          assertThrows(
              ExecutionException.class,
              () -> open(client, b, keep("two", Keep.NamePolicy.MUST_EXIST)));
      assertEquals("SESSION_NOT_FOUND", code(refused));
      open(client, b, keep("one", Keep.NamePolicy.MUST_EXIST));
    }
  }

  private static Keep keep(String name, Keep.NamePolicy policy) {
    return new Keep(Duration.ofMinutes(1), Keep.Durability.DISK, name, policy);
  }

  private static String code(ExecutionException refused) {
    return ((MooringException) requireNonNull(refused.getCause())).code().name();
  }

  private static void open(MooringClient client, MooringServer server, Keep keep) throws Exception {
    client
        .open(server.address(), OpenOptions.module("counter").withKeep(keep))
        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
