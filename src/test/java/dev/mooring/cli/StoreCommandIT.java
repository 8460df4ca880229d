package dev.mooring.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.cli.TestConsole.Ending;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Patient;
import dev.mooring.store.RocksStore;
import dev.mooring.store.SessionStore.Change;
import dev.mooring.store.SessionStore.Change.Put;
import dev.mooring.store.SessionStore.Head;
import dev.mooring.store.StoreConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --session} of the clients' commands, and {@code mooring store}, on a real store. */
@Patient
final class StoreCommandIT {
  @TempDir Path folder = Path.of("");

  @BeforeEach
  void modules() throws IOException {
    Guests.in(Files.createDirectory(folder.resolve("modules")));
  }

  private MooringServer serve(String store) throws IOException {
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return MooringServer.start(
        ServerConfig.of(anyPort, folder.resolve("modules"))
            .withStore(StoreConfig.in(folder.resolve(store), 64L << 30)));
  }

  private static String address(MooringServer server) {
    return "127.0.0.1:" + ((InetSocketAddress) server.address()).getPort();
  }

  /** Adds to the session {@code visits} of a server; says what that has come to. */
  static String add(MooringServer server, String durability, int amount) {
    Ending ending =
        TestConsole.run(
            "call",
            "--server",
            address(server),
            "--module",
            "counter",
            "--session",
            "visits",
            "--durability",
            durability,
            "add",
            Integer.toString(amount));
    assertEquals(0, ending.exitCode(), ending.err());
    return ending.out().strip();
  }

  private static Ending shell(MooringServer server, String lines) {
    return TestConsole.runWithInput(
        lines.getBytes(StandardCharsets.UTF_8),
        "shell",
        "--server",
        address(server),
        "--module",
        "counter",
        "--session",
        "visits");
  }

  private Ending store(String name, String... arguments) {
    var all = new String[arguments.length + 2];
    all[0] = "store";
    all[1] = folder.resolve(name).toString();
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return TestConsole.run(all);
  }

  private String said(Ending ending) {
    assertEquals(0, ending.exitCode(), ending.err());
    return ending.out();
  }

  @Test
  void session_named_isThereForTheNextCommandUntilItIsClosed() throws IOException {
    try (var server = serve("store")) {
      assertEquals("1", add(server, "memory", 1));
      assertEquals("3", add(server, "memory", 2));
      assertEquals(new Ending(0, "8\n", ""), shell(server, "add 5\n"));
      assertEquals(new Ending(0, "8\n", ""), shell(server, "get\n:close\nget\n"));
      assertEquals("1", add(server, "memory", 1));
    }
  }

  @Test
  void store_ofAServerThatEnded_isListedShownExportedImportedAndBackedUp() throws IOException {
    try (var server = serve("store")) {
      assertEquals("5", add(server, "disk", 5));
      Ending inUse = store("store", "list");
      assertEquals(1, inUse.exitCode());
    }
    String list = said(store("store", "list"));
    assertTrue(list.matches("[0-9a-f]{16}  visits +counter  disk  until [0-9TZ:-]+\n"), list);
    String shown = said(store("store", "show", "visits"));
    assertTrue(shown.contains("committed_id   1\n"), shown);
    assertTrue(shown.contains("module bytes   sha256:"), shown);

    Path exported = folder.resolve("visits.session");
    assertEquals("", said(store("store", "export", "visits", exported.toString())));
    assertEquals(
        "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(exported)));
    assertEquals(1, store("store", "export", "visits", exported.toString()).exitCode());
    assertEquals("", said(store("store", "backup", folder.resolve("copy").toString())));
    assertEquals(list, said(store("copy", "list")));
    assertEquals("deleted visits\n", said(store("store", "delete", "visits")));
    assertEquals("", said(store("store", "list")));
    try (var server = serve("copy")) {
      assertEquals("6", add(server, "disk", 1));
    }
    assertTrue(said(store("store", "import", exported.toString())).startsWith("imported "));
    assertEquals(1, store("store", "import", exported.toString()).exitCode());
    try (var server = serve("store")) {
      assertEquals("7", add(server, "disk", 2));
    }
  }

  @Test
  void delete_ofADamagedSession_removesIt() throws IOException {
    try (var store = RocksStore.open(folder.resolve("store"), Long.MAX_VALUE)) {
      store.write(
          List.of(new Put("0123456789abcdef", Change.NEW, Head.of(new byte[] {1}), new byte[] {2})),
          true);
    }
    Ending list = store("store", "list");
    assertTrue((list.out() + list.err()).contains("0123456789abcdef"), list.out() + list.err());
    assertEquals(1, store("store", "delete", "another").exitCode());
    assertEquals("deleted 0123456789abcdef\n", said(store("store", "delete", "0123456789abcdef")));
    assertEquals("", said(store("store", "list")));
  }

  @Test
  void import_ofAnythingElse_saysWhatIsWrong() throws IOException {
    try (var server = serve("store")) {
      add(server, "async", 1);
    }
    Path exported = folder.resolve("visits.session");
    said(store("store", "export", "visits", exported.toString()));
    said(store("store", "delete", "visits"));
    byte[] bytes = Files.readAllBytes(exported);
    Path other = folder.resolve("other");
    for (int length = 0; length < bytes.length; length += 1 + bytes.length / 100) {
      Files.write(other, Arrays.copyOf(bytes, length));
      assertEquals(1, store("store", "import", other.toString()).exitCode(), "cut at " + length);
    }
    for (int at = 0; at < bytes.length; at += 1 + bytes.length / 100) {
      byte[] flipped = bytes.clone();
      flipped[at] ^= 4;
      Files.write(other, flipped);
      assertEquals(1, store("store", "import", other.toString()).exitCode(), "flipped at " + at);
    }
    assertEquals("", said(store("store", "list")));
  }

  @Test
  void arguments_wrong_areUsage() {
    assertEquals(2, store("store", "look").exitCode());
    assertEquals(2, store("store", "show").exitCode());
    assertEquals(2, store("store", "list", "visits").exitCode());
    Ending missing = store("nowhere", "list");
    assertEquals(1, missing.exitCode());
    assertTrue(missing.err().contains("there is no store"), missing.err());
    assertFalse(Files.exists(folder.resolve("nowhere")));
  }
}
