package dev.mooring.server.protocol;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.access.Tokens;
import dev.mooring.client.MooringClient;
import dev.mooring.client.TlsOptions;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.Pki;
import dev.mooring.server.testing.StoredServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The clients of {@code client/raw}: their own tests, one script that they and the bundled client
 * go through, which all three must tell in the same words, and programs that outlive their server.
 * Needs {@code python3} (3.11) and {@code node} (20) on the path.
 */
@Timeout(300)
@Patient
final class RawClientsIT {
  private static final Path RAW = Path.of("..", "client", "raw").toAbsolutePath().normalize();
  private static final int LIMIT_SECONDS = 120;
  private static final int KILLS = 2;
  private static final String TOKEN = "a-token-that-only-tests-know";

  @TempDir Path modules = Path.of("");
  @TempDir Path folder = Path.of("");

  /** A client that is no part of this process. */
  enum Client {
    PYTHON("python3", "mooring.py", "scenario.py", "outlive.py"),
    NODE("node", "mooring.mjs", "scenario.mjs", "outlive.mjs");

    final String command;
    final String library;
    final String script;
    final String outliving;

    Client(String command, String library, String script, String outliving) {
      this.command = command;
      this.library = library;
      this.script = script;
      this.outliving = outliving;
    }

    List<String> tests() {
      return this == PYTHON ? List.of("-m", "unittest") : List.of("--test");
    }

    Path home() {
      return RAW.resolve(this == PYTHON ? "python" : "node");
    }
  }

  @ParameterizedTest
  @EnumSource
  void itsOwnTests_pass(Client client) throws Exception {
    run(client, client.tests());
  }

  @Test
  void script_plainServer_isToldTheSameByAllClients() throws Exception {
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (var server = MooringServer.start(ServerConfig.of(anyPort, conformance()));
        var java = MooringClient.create()) {
      assertToldTheSame(java, server, null, List.of());
    }
  }

  @Test
  void script_tlsServerWithTokens_isToldTheSameByAllClients() throws Exception {
    try (var server = startSecure();
        var java =
            MooringClient.builder().tls(TlsOptions.trusting(folder.resolve("ca.pem"))).build()) {
      var options = List.of("--token", TOKEN, "--ca", folder.resolve("ca.pem").toString());
      assertToldTheSame(java, server, TOKEN, options);
    }
  }

  @ParameterizedTest
  @EnumSource
  void open_tlsServerWithoutAToken_isUnauthenticated(Client client) throws Exception {
    try (var server = startSecure()) {
      var words = new ArrayList<>(List.of(client.library, address(server)));
      words.addAll(List.of("conformance", "get", "--ca", folder.resolve("ca.pem").toString()));
      Ending ending = start(client, words);
      assertEquals(1, ending.exitCode(), ending.err());
      assertTrue(ending.err().contains("UNAUTHENTICATED"), ending.err());
      words.addAll(List.of("--token", TOKEN));
      assertEquals("0\n", run(client, words));
    }
  }

  @ParameterizedTest
  @EnumSource
  void open_certificateOfAStranger_isRefusedByTheClient(Client client) throws Exception {
    try (var server = startSecure()) {
      var words = List.of(client.library, address(server), "conformance", "get", "--tls");
      Ending ending = start(client, words);
      assertEquals(1, ending.exitCode(), ending.err());
      assertTrue(ending.err().contains("CONNECT_FAILED"), ending.err());
    }
  }

  @ParameterizedTest
  @EnumSource
  void shell_numbersOfAllKinds_areTakenAndPrinted(Client client) throws Exception {
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (var server = MooringServer.start(ServerConfig.of(anyPort, conformance()))) {
      String address = address(server);
      for (String call :
          List.of(
              "i32 -5",
              "i64 -9223372036854775808",
              "f32 -inf",
              "f32 -nan:0x200000",
              "f64 nan",
              "f64 nan:0x1",
              "f64 -1.5")) {
        String[] words = call.split(" ", 2);
        var line = List.of(client.library, address, "conformance", words[0], words[1]);
        assertEquals(words[1] + "\n", run(client, line));
      }
      var line = List.of(client.library, "--token=x", address, "conformance", "f32", "-1e39");
      Ending ending = start(client, line);
      assertEquals(1, ending.exitCode(), ending.out());
      assertTrue(ending.err().contains("'-1e39' is not an f32: expected at most 3"), ending.err());
    }
  }

  /**
   * Kill -9 under load, both clients at a time: every call is answered, the sums are exact, no tick
   * is missing or doubled; and another program goes on from there by the sessions' names.
   */
  @Test
  void serverKilled_underLoad_everyCallHasHappenedOnce() throws Exception {
    var programs = new EnumMap<Client, Process>(Client.class);
    try (var server = new StoredServer(folder, Map.of())) {
      server.start();
      String address = address(server.address());
      Supplier<String> said = () -> errors() + server.log();
      for (Client client : Client.values()) {
        programs.put(
            client, outlive(client, address, client.name(), Integer.toString(KILLS)).start());
      }
      for (int i = 0; i < KILLS; i++) {
        for (Process program : programs.values()) {
          assertEquals("under way", program.inputReader().readLine(), said);
        }
        server.kill();
        server.start();
      }
      for (Client client : Client.values()) {
        Process program = requireNonNull(programs.get(client));
        assertEquals("under way", program.inputReader().readLine(), said);
        String last = program.inputReader().readLine();
        assertNotNull(last, said);
        System.out.printf("RawClientsIT: %s: sum, ticks, calls, resumed: %s%n", client, last);
        String[] words = last.split(" ", -1);
        Process next = outlive(client, address, client.name(), "again", words[0], words[1]).start();
        programs.put(client, next);
        assertEquals("gone on", next.inputReader().readLine(), said);
      }
    } finally {
      programs.values().forEach(Process::destroyForcibly);
    }
  }

  /** The program that outlives its server; what it says is for the caller. */
  private ProcessBuilder outlive(Client client, String... words) {
    var command = new ArrayList<>(List.of(client.outliving));
    command.addAll(List.of(words));
    return builder(client, command)
        .redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve("err").toFile()));
  }

  /** What programs complained of. */
  private String errors() {
    try {
      return Files.readString(folder.resolve("err"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** TLS, with a certificate of an authority of the test's own, and one tenant, by token. */
  private MooringServer startSecure() throws Exception {
    var pki = new Pki(folder);
    pki.issueServer("server");
    Path tokens = Files.writeString(folder.resolve("tokens"), Tokens.line("tester", TOKEN) + "\n");
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return MooringServer.start(
        ServerConfig.of(anyPort, conformance())
            .withTls(pki.certificate("server"), pki.key("server"), null)
            .withTokens(tokens));
  }

  /** A folder with the one module that the script needs. */
  private Path conformance() throws IOException {
    Files.copy(Path.of("guests/c/conformance.wasm"), modules.resolve("conformance.wasm"));
    return modules;
  }

  private static String address(MooringServer server) {
    return address((InetSocketAddress) server.address());
  }

  private static String address(InetSocketAddress server) {
    return "127.0.0.1:" + server.getPort();
  }

  /** Every client tells what the script says; the file is the one that people read. */
  private void assertToldTheSame(
      MooringClient java, MooringServer server, @Nullable String token, List<String> options)
      throws Exception {
    String expected = script();
    String address = address(server);
    assertEquals(expected, new ClientScenario(java, address, token).run(), "Java");
    for (Client client : Client.values()) {
      var words = new ArrayList<>(List.of(client.script, address));
      words.addAll(options);
      assertEquals(expected, run(client, words), client.name());
    }
  }

  private static String script() throws IOException {
    String script =
        Files.readAllLines(RAW.resolve("scenario.txt")).stream()
            .filter(line -> !line.startsWith("#"))
            .collect(Collectors.joining("\n", "", "\n"))
            .stripLeading();
    assertTrue(script.startsWith("opening\n"), script);
    return script;
  }

  /** What a client left behind. */
  private record Ending(int exitCode, String out, String err) {}

  /** Runs a client in its own folder; what it printed on stdout. It must end well. */
  private String run(Client client, List<String> words) throws Exception {
    Ending ending = start(client, words);
    assertEquals(0, ending.exitCode(), words + "\n" + ending.out() + ending.err());
    return ending.out();
  }

  private Ending start(Client client, List<String> words) throws Exception {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Process process =
        builder(client, words).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    try {
      assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), words + " didn't end");
    } finally {
      process.destroyForcibly();
    }
    return new Ending(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static ProcessBuilder builder(Client client, List<String> words) {
    var command = new ArrayList<>(List.of(client.command));
    command.addAll(words);
    var builder = new ProcessBuilder(command).directory(client.home().toFile());
    // Whatever the locale, the script has letters beyond ASCII.
    builder.environment().put("PYTHONIOENCODING", "utf-8");
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    return builder;
  }
}
