package dev.mooring.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.cli.TestConsole.Ending;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.cli.text.HostAndPort;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Patient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client commands against a server in this process, over TCP. */
@Patient
final class CommandsIT {
  private static final Path TEXT = Path.of("main/dist/LICENSE");

  @TempDir static Path modules = Path.of("");
  @TempDir Path folder = Path.of("");
  private static MooringServer server;

  @BeforeAll
  static void start() throws IOException {
    for (String guest : List.of("conformance", "counter", "echo", "kv", "ticker", "wordcount")) {
      Files.copy(Path.of("guests/c", guest + ".wasm"), modules.resolve(guest + ".wasm"));
    }
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = MooringServer.start(ServerConfig.of(anyPort, modules));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void conformance_goodServer_printsATableAndExitsWith0() {
    Ending ending = conformance("--only", "F,C1", "--only", "u1");
    assertEquals("", ending.err());
    List<String> lines = ending.out().lines().toList();
    assertTrue(lines.getFirst().startsWith("F1   pass  Frames "), ending.out());
    assertTrue(ending.out().contains("\nC1   pass  Calls "), ending.out());
    assertTrue(ending.out().contains("\nU1   skip  How it ends "), ending.out());
    assertTrue(
        lines.getLast().startsWith("10 rules: 9 passed, 0 failed, 1 skipped, in "), ending.out());
    assertEquals(ExitCode.OK, ending.exitCode());
  }

  @Test
  void conformance_moduleOfOtherBehaviour_failsAndSaysWhy() {
    Ending ending = conformance("--only", "C1,C2", "--module", "echo");
    assertTrue(ending.out().contains("C1   FAIL  Calls "), ending.out());
    assertTrue(ending.out().contains("expected the Result of call 1, got error"), ending.out());
    assertEquals(ExitCode.FAILED, ending.exitCode());
  }

  @Test
  void conformance_json_isForPrograms() {
    Ending ending = conformance("--only", "C1,U1", "--json");
    assertTrue(ending.out().startsWith("{\n  \"server\": \"127.0.0.1:"), ending.out());
    assertTrue(ending.out().contains("\"passed\": 1"), ending.out());
    assertTrue(ending.out().contains("\"outcome\": \"skipped\""), ending.out());
    assertEquals(ExitCode.OK, ending.exitCode());
  }

  @Test
  void conformance_list_asksNoServer() {
    Ending ending = TestConsole.run("conformance", "127.0.0.1:1", "--list");
    assertTrue(ending.out().lines().count() > 70, ending.out());
    assertTrue(ending.out().startsWith("F1 "), ending.out());
    assertEquals(ExitCode.OK, ending.exitCode());
  }

  @Test
  void conformance_nobodyThere_saysSoOnce() {
    Ending ending = TestConsole.run("conformance", "127.0.0.1:1");
    assertTrue(ending.err().startsWith("mooring: no server at 127.0.0.1:1: "), ending.err());
    assertEquals(1, ending.err().lines().count(), ending.err());
    assertEquals(ExitCode.NO_SERVER, ending.exitCode());
  }

  private static Ending conformance(String... options) {
    var words = new ArrayList<>(List.of("conformance", HostAndPort.name(server.address())));
    words.addAll(List.of(options));
    return TestConsole.run(words.toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "counter add 5 | 5",
        "counter add -5 | -5",
        "counter add 0x10 | 16",
        "counter sample -1.5 | -1.5",
        "counter sample -- -inf | -inf",
        "counter sample -inf | -inf",
        "conformance f32 -inf | -inf",
        "conformance f32 -nan:0x200000 | -nan:0x200000",
        "conformance f64 -nan | -nan",
        "conformance f64 nan:0x1 | nan:0x1",
        "conformance mix 1 2 -inf -3e0 | -inf",
        "counter sample nan | nan",
        "counter mean | nan",
      })
  void call_typed_printsTheResult(String line, String expected) {
    Ending ending = call(line.split(" ", -1));
    assertEquals(expected + "\n", ending.out());
    assertEquals("", ending.err());
    assertEquals(ExitCode.OK, ending.exitCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "f32 1e39 | '1e39' is not an f32: expected at most 3.4028235e38, or inf",
        "f64 -1e309 | '-1e309' is not an f64: expected at most 1.7976931348623157e308, or inf",
        "i32 0.5 | '0.5' is not an i32: expected an integer, decimal or 0x and hexadecimal",
        "i32 4294967296 | '4294967296' is not an i32: expected an integer of 32 bits",
        "i64 -inf | '-inf' is not an i64: expected an integer, decimal or 0x and hexadecimal",
      })
  void call_numberThatItsTypeHasNot_isRefused(String line, String why) {
    Ending ending = call(("conformance " + line).split(" ", -1));
    assertTrue(ending.err().contains(why), ending.err());
    assertEquals(ExitCode.USAGE, ending.exitCode());
  }

  @Test
  void call_bytes_printsTheOutputAsItIs() {
    assertEquals("Größe", call("echo", "echo", "--input-text", "Größe").out());
    assertEquals("ababab", call("echo", "repeat", "3", "-i", "ab").out());
    assertEquals("", call("echo", "echo").out());
  }

  @Test
  void call_inputFromStdin_readsItAll() {
    String text = "a\nb\n".repeat(50_000);
    byte[] stdin = text.getBytes(StandardCharsets.UTF_8);
    assertEquals(text, TestConsole.runWithInput(stdin, with("echo", "echo", "-i", "-")).out());
  }

  @Test
  void call_config_reachesTheGuest() {
    Ending ending = call("kv", "-c", "max_keys=0", "size");
    assertEquals(ExitCode.FAILED, ending.exitCode());
    assertTrue(ending.err().contains("max_keys"), ending.err());
    assertEquals("0\n", call("kv", "-c", "max_keys=3", "size").out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "counter subtract 5 | 1 | it has add, get,",
        "nobody add 5 | 1 | MODULE_NOT_FOUND: ",
        "kv get -i missing | 1 | GUEST_FAILED: no such key: \"missing\"",
        "kv -c nonsense=1 size | 1 | UNKNOWN_CONFIG_KEY: ",
        "counter add | 2 | add takes 1 argument, got 0",
        "counter add 5 6 | 2 | add takes 1 argument, got 2",
        "counter add five | 2 | argument 1 of add(i64) -> (i64)",
      })
  void call_wrong_saysWhatWasExpectedInOneLine(String line, int exitCode, String expected) {
    Ending ending = call(line.split(" ", -1));
    assertEquals("", ending.out());
    assertTrue(ending.err().startsWith("mooring: "), ending.err());
    assertTrue(ending.err().contains(expected), ending.err());
    assertEquals(1, ending.err().lines().count(), ending.err());
    assertEquals(exitCode, ending.exitCode());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 65_536})
  void stream_anyPiece_countsAsAnIndependentCounterDoes(int pieceBytes) throws IOException {
    Ending ending =
        TestConsole.run(
            "stream",
            "--server",
            address(),
            "-m",
            "wordcount",
            "-f",
            "feed",
            "--piece",
            Integer.toString(pieceBytes),
            "--then",
            "top 1000",
            TEXT.toString());
    assertEquals(expectedCounts(Files.readString(TEXT)), ending.out());
    assertEquals(ExitCode.OK, ending.exitCode(), ending.err());
  }

  @Test
  void stream_severalFilesAndStdin_areOneStream() throws IOException {
    Path first = Files.writeString(folder.resolve("first"), "har");
    Path last = Files.writeString(folder.resolve("last"), "r sea");
    byte[] stdin = "bou".getBytes(StandardCharsets.UTF_8);
    Ending ending =
        TestConsole.runWithInput(
            stdin,
            "stream",
            "--server",
            address(),
            "-m",
            "wordcount",
            "-f",
            "feed",
            "--piece",
            "2",
            "--then",
            "top",
            first.toString(),
            "-",
            last.toString());
    assertEquals(expectedCounts("harbour sea"), ending.out());
  }

  @Test
  void stream_guestThatWrites_givesItsOutputInOrder() throws IOException {
    Ending ending =
        TestConsole.run(
            "stream",
            "--server",
            address(),
            "-m",
            "echo",
            "-f",
            "echo",
            "--piece",
            "100",
            "" + TEXT);
    assertEquals(Files.readString(TEXT), ending.out());
  }

  @Test
  void stream_failingPiece_saysWhereAndStops() throws IOException {
    Path pairs = Files.writeString(folder.resolve("pairs"), "a=1b=2nopec=3");
    Ending ending =
        TestConsole.run(
            "stream",
            "--server",
            address(),
            "-m",
            "kv",
            "-f",
            "put",
            "--piece",
            "3",
            "--then",
            "scan",
            pairs.toString());
    assertEquals(ExitCode.FAILED, ending.exitCode());
    assertTrue(ending.err().contains("at byte 6: GUEST_FAILED: "), ending.err());
    assertEquals("", ending.out());
  }

  @Test
  void shell_pipedLines_keepOneSessionsState() {
    Ending ending = shell("counter", "add 5\n\n# a comment\nadd 0x10\nget\n:ping\n");
    assertTrue(ending.out().startsWith("5\n21\n21\nanswered in "), ending.out());
    assertEquals("", ending.err());
    assertEquals(ExitCode.OK, ending.exitCode());
  }

  @Test
  void shell_failingCall_goesOnAndExitsWith1() {
    Ending ending = shell("kv", "put a=1\nget b\nput c\n:nonsense\nnope\nget a\n");
    assertEquals("1\n", ending.out());
    assertEquals(
        List.of(true, true, true, true),
        ending.err().lines().map(line -> line.startsWith("error: ")).toList(),
        ending.err());
    assertEquals(ExitCode.FAILED, ending.exitCode());
  }

  @Test
  void shell_scriptThatBeginsWithAByteOrderMark_isObeyed() {
    Ending ending = shell("counter", "\uFEFFadd 5\r\nadd 2\radd 1");
    assertEquals("5\n7\n8\n", ending.out(), ending.err());
  }

  @Test
  void shell_scriptThatIsNotUtf8_isObeyedUpToThereAndToldWhere() {
    Ending ending =
        TestConsole.runWithInput(
            "add 5\nadd \u00FC\nadd 6\n".getBytes(StandardCharsets.ISO_8859_1),
            "shell",
            "--server",
            address(),
            "-m",
            "counter");
    assertEquals("5\n", ending.out());
    assertEquals(
        "mooring: stdin, line 2, offset 10: the byte FC is not UTF-8; expected lines in UTF-8\n",
        ending.err());
    assertEquals(ExitCode.FAILED, ending.exitCode());
  }

  @Test
  void shell_quit_ignoresTheRest() {
    assertEquals("1\n", shell("counter", "add 1\nquit\nadd 1\n").out());
    assertEquals("1\n", shell("counter", "add 1\n:quit\nadd 1\n").out());
  }

  @Test
  void shell_exports_listsSignatures() {
    assertTrue(shell("counter", "exports\n").out().startsWith("add(i64) -> (i64)\nget()"));
  }

  @Test
  void shell_events_areShownOnStderrAsTheyCome() {
    Ending ending = shell("ticker", "start 10\n:wait 500ms\nstop\n");
    assertTrue(ending.err().startsWith("event: {\"tick\":1,"), ending.err());
    assertTrue(ending.err().contains("event: {\"tick\":2,"), ending.err());
    assertEquals("", ending.out());
  }

  @Test
  void shell_twoAtOnce_haveStatesOfTheirOwn() {
    assertEquals("7\n", shell("counter", "add 7\n").out());
    assertEquals("1\n", shell("counter", "add 1\n").out());
  }

  @Test
  void stream_manyPieces_arePipelinedWithinTheBound() throws IOException {
    byte[] bytes = new byte[3 << 20];
    Arrays.fill(bytes, (byte) 'x');
    Path file = Files.write(folder.resolve("large"), bytes);
    Ending ending =
        TestConsole.run(
            "stream",
            "--server",
            address(),
            "-m",
            "echo",
            "-f",
            "echo",
            "--piece",
            "1000",
            "--pipeline",
            "3",
            file.toString());
    assertArrayEquals(bytes, ending.out().getBytes(StandardCharsets.UTF_8));
  }

  private static Ending call(String... words) {
    return TestConsole.run(with(words));
  }

  /** {@code mooring call} with a module, then what else there is. */
  private static String[] with(String... words) {
    List<String> all = new ArrayList<>(List.of("call", "--server", address(), "-m"));
    all.addAll(List.of(words));
    return all.toArray(String[]::new);
  }

  private static Ending shell(String module, String lines) {
    return TestConsole.runWithInput(
        lines.getBytes(StandardCharsets.UTF_8), "shell", "--server", address(), "-m", module);
  }

  private static String address() {
    return HostAndPort.name(server.address());
  }

  /** What wordcount should say, by other means: a regular expression and a map. */
  private static String expectedCounts(String text) {
    Map<String, Integer> counts = new HashMap<>();
    for (String word : text.toLowerCase(Locale.ROOT).split("[^a-z]+", -1)) {
      if (!word.isEmpty()) {
        counts.merge(word, 1, Integer::sum);
      }
    }
    String top =
        counts.entrySet().stream()
            .sorted(
                Comparator.comparingInt((Map.Entry<String, Integer> word) -> -word.getValue())
                    .thenComparing(Map.Entry::getKey))
            .map(word -> "{\"word\":\"%s\",\"count\":%d}".formatted(word.getKey(), word.getValue()))
            .collect(Collectors.joining(","));
    int words = counts.values().stream().mapToInt(Integer::intValue).sum();
    return "{\"words\":%d,\"distinct\":%d,\"top\":[%s]}".formatted(words, counts.size(), top);
  }
}
