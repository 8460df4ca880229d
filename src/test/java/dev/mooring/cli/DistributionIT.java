package dev.mooring.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.ChildJvm;
import dev.mooring.server.testing.Patient;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The distribution as an operator has it: {@code bin/mooring} as a process. */
@Patient
final class DistributionIT {
  private static final Path HOME =
      Path.of(System.getProperty("mooring.distribution", "target/mooring")).toAbsolutePath();
  private static final int PATIENCE_SECONDS = 60;

  @TempDir Path folder;

  /** What a run left behind. */
  private record Run(int exitCode, String out, String err) {}

  @Test
  void folder_isComplete() throws IOException {
    assertTrue(Files.isExecutable(HOME.resolve("bin/mooring")));
    assertTrue(Files.readString(HOME.resolve("LICENSE")).contains("Apache License"));
    assertTrue(Files.isRegularFile(HOME.resolve("conf/mooring.toml")));
    assertTrue(Files.isRegularFile(HOME.resolve("conf/logback.xml")));
    for (String module :
        List.of("conformance", "counter", "echo", "kv", "lines", "stats", "ticker", "wordcount")) {
      assertTrue(Files.isRegularFile(HOME.resolve("modules/" + module + ".wasm")), module);
    }
  }

  @Test
  void archive_holdsTheSameFiles() throws Exception {
    Run list = run(List.of("tar", "-tzf", HOME + ".tar.gz"));
    List<String> packed = list.out().lines().filter(name -> !name.endsWith("/")).sorted().toList();
    try (var files = Files.walk(HOME)) {
      assertEquals(
          files
              .filter(Files::isRegularFile)
              .map(file -> "mooring/" + HOME.relativize(file))
              .sorted()
              .toList(),
          packed);
    }
  }

  @Test
  void demo_tellsTheTourAndExitsWith0() throws Exception {
    Run demo = mooring("demo");
    assertEquals(0, demo.exitCode(), demo.err());
    assertEquals("", demo.err());
    assertTrue(demo.out().contains("No instance is left."), demo.out());
    assertFalse(demo.out().contains("\u001b"), "no colours in a pipe");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void serve_signal_drainsAndExitsWith0(String signal) throws Exception {
    Path log = folder.resolve("log");
    Process serve =
        builder(List.of(launcher(), "serve", "--listen", "127.0.0.1:0"))
            .redirectError(log.toFile())
            .start();
    try (BufferedReader out = serve.inputReader(StandardCharsets.UTF_8)) {
      String ready = String.valueOf(out.readLine());
      assertTrue(ready.matches("mooring: listening on 127\\.0\\.0\\.1:[1-9][0-9]*"), ready);
      String address = ready.substring(ready.lastIndexOf(' ') + 1);

      String[] flags = serve.info().arguments().orElse(new String[] {"-ea"});
      assertTrue(List.of(flags).contains("-ea"), "it runs without assertions");

      Run call = mooring("call", "--server", address, "--module", "counter", "add", "5");
      assertEquals("5\n", call.out(), call.err());

      run(List.of("kill", "-" + signal, Long.toString(serve.pid())));
      assertTrue(serve.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "serve did not end");
      assertEquals(0, serve.exitValue());
      assertEquals(null, out.readLine(), "stdout has the one line");
    } finally {
      serve.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(log);
    lines.forEach(line -> assertTrue(line.startsWith("time="), line));
    assertTrue(lines.getLast().contains("msg=\"stopped\""), lines.getLast());
  }

  /** Blanks separate words, and colons the folders of a class path. */
  @ParameterizedTest
  @ValueSource(strings = {"a copy", "a:copy"})
  void aot_madeOnce_serverStartsWithIt(String name) throws Exception {
    Path copy = folder.resolve(name);
    run(List.of("cp", "-Rp", HOME.toString(), copy.toString()));
    String mooring = copy.resolve("bin/mooring").toString();
    Run aot = run(List.of(mooring, "aot"));
    assertEquals(0, aot.exitCode(), aot.err());
    assertTrue(Files.size(copy.resolve("lib/mooring.aot")) > 1 << 20, aot.out());
    assertFalse(Files.exists(copy.resolve("lib/mooring.aot.record")));
    Run version = run(List.of(mooring, "--version"));
    assertEquals(0, version.exitCode(), version.err());
    for (boolean fits : new boolean[] {true, false}) {
      if (!fits) {
        Files.write(copy.resolve("lib/mooring.aot"), new byte[] {1, 2, 3});
      }
      ProcessBuilder builder =
          builder(List.of(mooring, "serve", "--listen", "127.0.0.1:0"))
              .redirectError(folder.resolve("log").toFile());
      if (fits) { // Then nothing passes it over in silence.
        builder
            .environment()
            .merge("MOORING_JAVA_OPTIONS", "-XX:AOTMode=on", (a, b) -> a + " " + b);
      }
      Process serve = builder.start();
      try (BufferedReader out = serve.inputReader(StandardCharsets.UTF_8)) {
        String said = String.valueOf(out.readLine());
        assertTrue(
            said.startsWith("mooring: listening on "),
            said + Files.readString(folder.resolve("log")));
      } finally {
        serve.destroyForcibly();
      }
    }
  }

  @Test
  void serve_unusableConfiguration_exitsWith2() throws Exception {
    Path file = Files.writeString(folder.resolve("bad.toml"), "[session]\nmemroy_bytes = 1\n");
    Run serve = mooring("serve", "--config", file.toString());
    assertEquals(2, serve.exitCode());
    assertTrue(serve.err().startsWith("mooring: " + file + ", line 2"), serve.err());
    assertEquals(1, serve.err().lines().count(), serve.err());
  }

  @Test
  void serve_hangUp_readsTheConfigurationAgain() throws Exception {
    Path log = folder.resolve("log");
    Path file = Files.writeString(folder.resolve("mooring.toml"), "");
    Process serve =
        builder(
                List.of(
                    launcher(), "serve", "--listen", "127.0.0.1:0", "--config", file.toString()))
            .redirectError(log.toFile())
            .start();
    try (BufferedReader out = serve.inputReader(StandardCharsets.UTF_8)) {
      assertTrue(String.valueOf(out.readLine()).startsWith("mooring: listening on "));
      for (String[] step :
          new String[][] {
            {"[session]\ncall_timeout_ms = 60\n", "configuration reloaded\""},
            {"[session]\ncall_timeuot_ms = 60\n", "did you mean"},
            {"[transport]\nevent_loops = 5\n", "needRestart=\"transport.event_loops\""},
          }) {
        Files.writeString(file, step[0]);
        run(List.of("kill", "-HUP", Long.toString(serve.pid())));
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Files.readString(log).contains(step[1])) {
          assertTrue(System.nanoTime() < end, step[1] + " is not in " + Files.readString(log));
          Thread.sleep(20);
        }
      }
      assertTrue(serve.isAlive());
    } finally {
      serve.destroyForcibly();
    }
  }

  @Test
  void call_textOutsideAscii_survivesTheCLocale() throws Exception {
    Path log = folder.resolve("log");
    Process serve =
        builder(List.of(launcher(), "serve", "--listen", "127.0.0.1:0"))
            .redirectError(log.toFile())
            .start();
    try (BufferedReader out = serve.inputReader(StandardCharsets.UTF_8)) {
      String ready = String.valueOf(out.readLine());
      String address = ready.substring(ready.lastIndexOf(' ') + 1);
      // Octal by way of a shell: this JVM may itself not know how to hand on what isn't ASCII.
      String script =
          "\"$0\" call -m echo --server "
              + address
              + " echo --input-text "
              + "\"$(printf 'Gr\\303\\266\\303\\237e')\"";
      Run call = run(List.of("sh", "-c", script, launcher()));
      assertEquals("Größe", call.out(), call.err());
    } finally {
      serve.destroyForcibly();
    }
  }

  private Run mooring(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(launcher()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  private Run run(List<String> command) throws Exception {
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    Process process =
        builder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), command + " did not end");
    return new Run(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  private static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = ChildJvm.ofLauncher(command);
    builder.environment().put("LC_ALL", "C");
    return builder;
  }

  private static String launcher() {
    return HOME.resolve("bin/mooring").toString();
  }
}
