package dev.mooring.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.cli.TestConsole.Ending;
import dev.mooring.cli.text.ExitCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands say and return that need no server. */
final class MooringTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "| expected a command (see 'mooring --help')",
        "cal | there is no command 'cal'; did you mean call? (see 'mooring --help')",
        "help cal | there is no command 'cal'; did you mean call?",
        "help loadtest compar | there is no command 'compar'; did you mean compare",
        "token alice bob | nothing is expected where 'bob' is (see 'mooring token --help')",
        "serve --lisen | unknown option: '--lisen'; did you mean --listen?",
        "serve --listen 7070 | expected HOST:PORT, got '7070'",
        "serve --store postgresql://u:p@h/d | --store: 'postgresql://u:…@h/d' has a password in it",
        "serve --config /no/such.toml | there is no configuration file /no/such.toml",
        "call add | missing required option: '--module=M'",
        "call -m counter | missing required parameter: 'FUNCTION'",
        "call -m counter --timeout 5 add | expected a time such as 50ms",
        "call -m counter -i a --input-text b add | mutually exclusive",
        "call -m counter -i @/no/file add | there is no file /no/file",
        "call -m counter -c novalue add | novalue",
        "stream -m w -f feed | missing required parameter",
        "stream -m w -f feed --piece 0 x | --piece is 0, expected 1 to",
        "stream -m w -f feed --pipeline -1 x | --pipeline is -1, expected 1 to",
        "stream -m w -f feed /no/file | there is no file /no/file",
        "inspect /no/file | there is no file /no/file",
        "replay /no/file | /no/file: there is no such file",
        "replay --step --json a | --step and --json exclude each other",
        "replay | missing required parameter: 'FILE'",
        "loadtest --connections 0 | --connections is 0, expected 1 to",
        "loadtest --pipeline 0 | --pipeline is 0, expected 1 to",
        "loadtest --rate 0 | --rate is 0, expected more than 0",
        "loadtest --rate 5 --arrivals often | expected constant or poisson",
        "loadtest --arrivals poisson | expected --rate with it",
        "loadtest --duration 1s --count 5 | exclude each other",
        "loadtest --step x2 | expected --rate with it",
        "loadtest --rate 5 --step x0 | expected +N calls per second, or xF",
        "loadtest --payload much | is no payload, expected a length",
        "loadtest --call 5: | names no function",
        "loadtest --expect speed=5 | --expect knows no figure 'speed'",
        "loadtest --expect p99<5 | expected us, ms or s",
        "loadtest --insecure --ca /no/file | expected one of them",
        "loadtest --ca /no/file | there is no file /no/file that can be read",
        "loadtest --cert /no/file | --cert and --key go together",
        "loadtest --token-file /no/file | there is no file /no/file",
        "loadtest --server-pid 999999999 | there is no such process",
        "loadtest --connections 900000 | file descriptors",
        "loadtest --source nowhere.invalid | expected an address of this machine",
        "loadtest --source 192.0.2.1 | --source is '192.0.2.1', expected an address of this machine",
        "loadtest compare /no/a /no/b | there is no file /no/a",
        "conformance | missing required parameter: '[SCHEME://]HOST:PORT'",
        "conformance 127.0.0.1:1 --only Z9 | there is no rule 'Z9'; --list shows them",
        "call -m counter --server nowhere add | 'nowhere' is not an address: there is no port",
        "inspect . | . is a folder without index.js",
        "conformance 127.0.0.1:1 --ca /no/file | there is no file /no/file that can be read",
        "admin sessions | missing required parameter: 'HOST:PORT'",
        "admin 127.0.0.1:1 | expected a command (see 'mooring admin --help')",
        "admin 127.0.0.1:1 session | missing required parameter: 'ID'",
        "admin 7071 loops | expected HOST:PORT, got '7071'",
        "admin 127.0.0.1:1 --token-file /no/file loops | there is no file /no/file",
        "top | missing required parameter: 'HOST:PORT'",
        "top 127.0.0.1:1 --token-file /no/file | there is no file /no/file",
        "modules --modules /no/folder | there is no folder /no/folder",
      })
  void execute_nonsense_saysWhatIsWrongInOneLine(String line, String expected) {
    Ending ending = TestConsole.run(line == null ? new String[0] : line.strip().split(" ", -1));
    assertEquals("", ending.out());
    assertTrue(ending.err().contains(expected), ending.err());
    assertTrue(ending.err().startsWith("mooring: "), ending.err());
    assertEquals(1, ending.err().lines().count(), ending.err());
    assertEquals(ExitCode.USAGE, ending.exitCode());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "serve",
        "call",
        "stream",
        "shell",
        "modules",
        "inspect",
        "replay",
        "loadtest",
        "demo",
        "conformance",
        "admin",
        "top"
      })
  void execute_help_hasAnExampleAndTheExitCodes(String command) {
    Ending ending = TestConsole.run(command, "--help");
    assertEquals(ExitCode.OK, ending.exitCode());
    assertTrue(ending.out().contains("mooring " + command), ending.out());
    assertTrue(ending.out().contains("Example"), ending.out());
    assertTrue(ending.out().contains("Exit codes:"), ending.out());
    assertEquals(ending.out(), TestConsole.run("help", command).out());
    ending.out().lines().forEach(line -> assertTrue(line.length() <= 100, line));
  }

  @Test
  void execute_helpOfACommandBelowAnother_isThat() {
    Ending ending = TestConsole.run("help", "loadtest", "compare");
    assertTrue(ending.out().contains("mooring loadtest compare"), ending.out());
    assertEquals(TestConsole.run("loadtest", "compare", "--help").out(), ending.out());
    assertEquals(TestConsole.run("--help").out(), TestConsole.run("help").out());
  }

  @Test
  void execute_version_namesMooringAndJava() {
    Ending ending = TestConsole.run("--version");
    assertTrue(ending.out().startsWith("mooring "), ending.out());
    assertTrue(ending.out().contains(Runtime.version().toString()), ending.out());
    assertEquals(ExitCode.OK, ending.exitCode());
  }

  @Test
  void call_nobodyListens_exitsWith3() throws IOException {
    int freePort;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      freePort = socket.getLocalPort();
    }
    String server = "127.0.0.1:" + freePort;
    for (String[] command :
        new String[][] {
          {"call", "--server", server, "-m", "counter", "get"},
          {"stream", "--server", server, "-m", "wordcount", "-f", "feed", "-"},
          {"shell", "--server", server, "-m", "counter"}
        }) {
      Ending ending = TestConsole.run(command);
      assertEquals(ExitCode.NO_SERVER, ending.exitCode(), ending.err());
      assertTrue(ending.err().startsWith("mooring: no server at " + server), ending.err());
      assertEquals(1, ending.err().lines().count(), ending.err());
    }
  }

  @Test
  void inspect_guest_saysWhatItOffers() {
    Ending ending = TestConsole.run("inspect", "guests/c/kv.wasm");
    assertEquals(ExitCode.OK, ending.exitCode());
    assertTrue(ending.out().contains("let in    yes"), ending.out());
    assertTrue(ending.out().contains("size() -> (i64)"), ending.out());
    assertTrue(ending.out().contains("mooring.input_read(i32, i32, i32) -> (i32)"), ending.out());
    assertTrue(ending.out().contains("max_keys"), ending.out());
    assertTrue(ending.out().contains("hooks     mooring_open"), ending.out());
  }

  @Test
  void inspect_initialisationThatMayBeFixed_saysWhatIsTheSame() {
    String once = TestConsole.run("inspect", "test/guests/fixed_init.wasm").out();
    assertTrue(
        once.contains(
            "initialised once, for all sessions, with the same clock and random numbers"
                + " (mooring.initialisation)"),
        once);
    String each = TestConsole.run("inspect", "test/guests/fixed_clock.wasm").out();
    assertTrue(each.contains("or sends something, and allows no more than the same clock"), each);
    Ending json = TestConsole.run("inspect", "--json", "test/guests/fixed_init.wasm");
    String words = json.out().replaceAll("\\s", "");
    assertTrue(words.contains("\"fixed_inputs\":[\"clock\",\"random\"]"), json.out());
  }

  @Test
  void inspect_guestThatLosesItsState_warns() {
    Ending ending = TestConsole.run("inspect", "test/guests/wrapped.wasm");
    assertEquals(ExitCode.OK, ending.exitCode());
    assertTrue(ending.out().contains("warning   each call runs the"), ending.out());
    Ending json = TestConsole.run("inspect", "--json", "test/guests/wrapped.wasm");
    assertTrue(json.out().contains("\"warnings\": [\n    \"each call runs the"), json.out());
    Ending right = TestConsole.run("inspect", "test/guests/constructed.wasm");
    assertFalse(right.out().contains("warning"), right.out());
  }

  @Test
  void inspect_largeFunctions_areNamedWithTheirSize() {
    Ending ending = TestConsole.run("inspect", "bench/guests/large.wasm");
    assertTrue(
        ending.out().contains("large     function 2 (run_interpret_250): 15,256 bytes"),
        ending.out());
    assertTrue(ending.out().contains("the JIT may give up"), ending.out());
    assertTrue(
        TestConsole.run("inspect", "--json", "bench/guests/large.wasm")
            .out()
            .contains("\"bytecode_bytes\": 15256"));
    assertFalse(TestConsole.run("inspect", "guests/c/kv.wasm").out().contains("large "));
  }

  @Test
  void inspect_json_isAnObject() {
    Ending ending = TestConsole.run("inspect", "--json", "guests/c/counter.wasm");
    assertTrue(ending.out().startsWith("{\n  \"module\": \"counter\""), ending.out());
    assertTrue(ending.out().contains("\"let_in\": true"), ending.out());
    assertTrue(ending.out().contains("\"config_keys\": null"), ending.out());
  }

  @Test
  void inspect_cutOff_saysWhyItIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(Path.of("guests/c/counter.wasm"));
    Path cut = Files.write(folder.resolve("cut.wasm"), Arrays.copyOf(whole, 100));
    Ending ending = TestConsole.run("inspect", cut.toString());
    assertEquals(ExitCode.FAILED, ending.exitCode());
    assertTrue(ending.out().contains("let in    no: TRUNCATED: "), ending.out());
  }

  @Test
  void modules_folder_listsThemByName() throws IOException {
    Files.copy(Path.of("guests/c/echo.wasm"), folder.resolve("b.wasm"));
    Files.copy(Path.of("guests/c/counter.wasm"), folder.resolve("a.wasm"));
    Files.writeString(folder.resolve("c.wasm"), "no module");
    Files.writeString(folder.resolve("notes.txt"), "not listed");
    Ending ending = TestConsole.run("modules", "--modules", folder.toString());
    String[] lines = ending.out().split("\n", -1);
    assertTrue(lines[0].startsWith("a "), ending.out());
    assertTrue(lines[0].endsWith("add get mean sample samples reset"), ending.out());
    assertTrue(lines[1].startsWith("b "), ending.out());
    assertTrue(lines[2].contains("refused: "), ending.out());
    assertEquals(4, lines.length, ending.out());
    assertEquals("", ending.err());
  }

  @Test
  void modules_filesThatAreNone_areNamedWithTheReasonAndTheRestIsListed() throws IOException {
    Files.copy(Path.of("guests/c/echo.wasm"), folder.resolve("echo.wasm"));
    Files.copy(Path.of("guests/c/counter.wasm"), folder.resolve("my module.wasm"));
    Files.copy(Path.of("guests/c/counter.wasm"), folder.resolve("shout.WASM"));
    Files.createDirectory(folder.resolve("folder.wasm"));
    Files.createSymbolicLink(folder.resolve("gone.wasm"), folder.resolve("nothing"));
    Files.createSymbolicLink(folder.resolve("loop.wasm"), Path.of("loop.wasm"));
    Files.writeString(folder.resolve(".hidden.wasm"), "not named");
    Ending ending = TestConsole.run("modules", "--modules", folder.toString());
    assertEquals(ExitCode.OK, ending.exitCode(), ending.err());
    assertTrue(ending.out().startsWith("echo "), ending.out());
    assertEquals(1, ending.out().lines().count(), ending.out());
    String[] passed = ending.err().split("\n", -1);
    assertEquals(6, passed.length, ending.err());
    assertEquals("mooring: folder.wasm is no module: it is a folder", passed[0]);
    assertEquals(
        "mooring: gone.wasm is no module: it is a link to a file that isn't there", passed[1]);
    assertTrue(passed[2].startsWith("mooring: loop.wasm can't be looked at: "), passed[2]);
    assertTrue(passed[3].startsWith("mooring: my module.wasm is no module: "), passed[3]);
    assertTrue(
        passed[3].endsWith(
            "in its name is ' '; expected NAME.wasm, where NAME is an ASCII letter, a digit or _, then up to 127 of these, '.' and '-'"),
        passed[3]);
    assertTrue(passed[4].startsWith("mooring: shout.WASM is no module: "), passed[4]);
  }

  @Test
  void compare_reportsOfOtherEncodings_areReadOrToldWhere() throws IOException {
    String report = "\uFEFF{\"schema\": \"mooring-loadtest/1\", \"seconds\": 1, \"settings\": {}}";
    Path marked = Files.writeString(folder.resolve("marked.json"), report);
    Ending read = TestConsole.run("loadtest", "compare", marked.toString(), marked.toString());
    assertEquals(ExitCode.OK, read.exitCode(), read.err());
    Path utf16 = Files.writeString(folder.resolve("b.json"), report, StandardCharsets.UTF_16LE);
    Ending told = TestConsole.run("loadtest", "compare", marked.toString(), utf16.toString());
    assertEquals(ExitCode.USAGE, told.exitCode());
    assertTrue(told.err().contains(utf16 + ": this is UTF-16"), told.err());
  }

  @Test
  void call_filesOfOtherEncodings_areToldBeforeAnyConnection() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "\uFEFFx", StandardCharsets.UTF_16BE);
    Path ca = Files.write(folder.resolve("ca.pem"), new byte[] {'a', '\n', (byte) 0xE4, 'b'});
    String[] words = {"call", "--server", "127.0.0.1:1", "-m", "m", "--token-file", "", "f"};
    words[6] = token.toString();
    Ending ending = TestConsole.run(words);
    assertEquals(ExitCode.USAGE, ending.exitCode(), ending.err());
    assertTrue(
        ending.err().contains(token + ": this is UTF-16, as it begins with FE FF"), ending.err());
    words[5] = "--ca";
    words[6] = ca.toString();
    ending = TestConsole.run(words);
    assertEquals(ExitCode.USAGE, ending.exitCode(), ending.err());
    assertTrue(
        ending.err().contains(ca + ", line 2, offset 2: the byte E4 is not UTF-8; expected PEM"),
        ending.err());
  }
}
