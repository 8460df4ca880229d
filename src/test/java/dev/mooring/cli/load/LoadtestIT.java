package dev.mooring.cli.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.cli.TestConsole;
import dev.mooring.cli.TestConsole.Ending;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.cli.text.HostAndPort;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Patient;
import dev.mooring.session.SessionLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mooring loadtest} against a server in this process, over TCP. */
@Patient
final class LoadtestIT {
  @TempDir static Path modules = Path.of("");
  @TempDir Path folder = Path.of("");
  private static MooringServer server;

  @BeforeAll
  static void start() throws IOException {
    for (String guest : List.of("counter", "echo")) {
      Files.copy(Path.of("guests/c", guest + ".wasm"), modules.resolve(guest + ".wasm"));
    }
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    // A call has time also on a busy machine.
    server =
        MooringServer.start(
            ServerConfig.of(anyPort, modules)
                .withSession(SessionLimits.DEFAULTS.withCallTimeouts(2_000, 2_000)));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void loadtest_countedCalls_areAllAnsweredAndReported() throws IOException {
    Path json = folder.resolve("run.json");
    Path html = folder.resolve("run.html");
    Path hlog = folder.resolve("run.hlog");
    long before = server.counts().committed();
    Ending ending =
        run(
            "--count 3000 --connections 4 --pipeline 8 --warm-up 0 --payload 1..2KiB",
            "--json",
            json.toString(),
            "--html",
            html.toString(),
            "--hlog",
            hlog.toString(),
            "--expect",
            "errors=0,calls.answered=3000");

    assertEquals("", ending.err());
    assertEquals(ExitCode.OK, ending.exitCode());
    assertEquals(3_000, server.counts().committed() - before);
    assertTrue(ending.out().contains("3,000 answered"), ending.out());
    assertTrue(ending.out().contains("errors       none"), ending.out());
    assertTrue(ending.out().contains("expected     errors=0: met"), ending.out());
    assertTrue(Files.readString(json).contains("\"answered\" : 3000"));
    assertTrue(!Files.readString(json).contains("mooring loadtest development"));
    assertTrue(Files.readString(html).startsWith("<!doctype html>"));
    assertTrue(Files.readString(hlog).contains("[StartTime:"));
    Ending compared = TestConsole.run("loadtest", "compare", json.toString(), json.toString());
    assertEquals(ExitCode.OK, compared.exitCode(), compared.err());
    assertTrue(compared.out().contains("the same"), compared.out());
  }

  @Test
  void loadtest_openLoopOfTypedCalls_isServed() {
    Ending ending =
        run("--rate 500 --duration 1s --warm-up 0 --module counter --json -", "--call", "add 5");

    assertEquals(ExitCode.OK, ending.exitCode(), ending.err());
    assertTrue(ending.out().startsWith("{"), ending.out());
    assertTrue(ending.out().contains("\"failed\" : 0"), ending.out());
  }

  @Test
  void loadtest_keptSessions_areServed() {
    Ending ending =
        run(
            "--durability memory --count 5000 --connections 4 --pipeline 64 --warm-up 0"
                + " --expect errors=0,calls.answered=5000");

    assertEquals(ExitCode.OK, ending.exitCode(), ending.err());
  }

  @Test
  void loadtest_durabilityThatIsNotThere_saysWhy() {
    Ending unavailable = run("--durability disk");
    assertEquals(ExitCode.FAILED, unavailable.exitCode());
    assertTrue(unavailable.err().contains("DURABILITY_UNAVAILABLE"), unavailable.err());
    Ending unknown = run("--durability safe");
    assertEquals(ExitCode.USAGE, unknown.exitCode());
    assertTrue(unknown.err().contains("expected memory, async or disk, got 'safe'"), unknown.err());
    Ending deep = run("--durability memory --pipeline 1000");
    assertEquals(ExitCode.USAGE, deep.exitCode());
    assertTrue(deep.err().contains("--pipeline is 1000, expected at most 512"), deep.err());
  }

  @Test
  void loadtest_expectationThatIsNotMet_fails() {
    Ending ending = run("--count 10 --warm-up 0 --connections 1 --expect p50<0.001us");

    assertEquals(ExitCode.FAILED, ending.exitCode());
    assertTrue(ending.err().startsWith("mooring: not met: p50<0.001us"), ending.err());
  }

  @Test
  void loadtest_whatTheServerRefuses_fails() {
    Ending module = run("--module missing");
    assertEquals(ExitCode.FAILED, module.exitCode());
    assertTrue(module.err().contains("MODULE_NOT_FOUND"), module.err());
    Ending function = run("--call missing");
    assertEquals(ExitCode.FAILED, function.exitCode());
    assertTrue(function.err().contains("it has echo"), function.err());
  }

  @Test
  void loadtest_serverThatEnds_failsWithoutAnExpectation() throws Exception {
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    MooringServer mortal = MooringServer.start(ServerConfig.of(anyPort, modules));
    Thread end =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (mortal.counts().committed() < 1_000) {
                    LockSupport.parkNanos(1_000_000);
                  }
                  mortal.close();
                });
    Ending ending =
        TestConsole.run(
            "loadtest",
            "--server",
            HostAndPort.name(mortal.address()),
            "--duration",
            "3s",
            "--warm-up",
            "0");
    assertTrue(end.join(Duration.ofSeconds(30)));

    assertEquals(ExitCode.FAILED, ending.exitCode(), ending.out());
    assertEquals(1, ending.err().lines().count(), ending.err());
    assertTrue(
        ending.err().startsWith("mooring: no connection was open at the end: "), ending.err());
  }

  @Test
  void loadtest_nobodyThere_saysSoWithItsExitCode() {
    Ending ending = TestConsole.run("loadtest", "--server", "127.0.0.1:1");

    assertEquals(ExitCode.NO_SERVER, ending.exitCode());
    assertTrue(ending.err().startsWith("mooring: no server at 127.0.0.1:1"), ending.err());
  }

  /** Words that hold no blanks, and then those that may. */
  private static Ending run(String words, String... more) {
    var line = new ArrayList<>(List.of("loadtest", "--server", HostAndPort.name(server.address())));
    line.addAll(List.of(words.split(" ", -1)));
    line.addAll(List.of(more));
    return TestConsole.run(line.toArray(String[]::new));
  }
}
