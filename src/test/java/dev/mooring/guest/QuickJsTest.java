package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The engine's own tests, in sessions; and all that differs from the engine on this machine. */
final class QuickJsTest {
  private static final String RUNNER = "quickjs-tests.js";
  private static final String SURFACE = "quickjs-surface.js";

  /** A test's call of itself, at the end of its file. */
  private static final Pattern CALL = Pattern.compile("(?m)^(test\\w*)\\(\\);$");

  /** The files that don't run in sessions, and why. */
  private static final Map<String, String> LEFT_OUT =
      Map.of(
          "test_bjson.js", "a library in C",
          "test_std.js", "files and processes, of the program's library",
          "test_worker.js", "threads, of the program's library",
          "test_worker_module.js", "its other half");

  /** What the native engine has and sessions haven't, and why. */
  private static final Map<String, String> MISSING =
      Map.of(
          "Atomics", "a session has one thread",
          "__loadScript", "the program's",
          "print", "the program's",
          "scriptArgs", "the program's");

  /** What sessions have, or have another of. */
  private static final Set<String> ADDED =
      Set.of(
          "TextDecoder",
          "TextEncoder",
          "atob",
          "btoa",
          "clearInterval",
          "clearTimeout",
          "config",
          "console",
          "crypto",
          "emit",
          "fail",
          "log",
          "performance",
          "queueMicrotask",
          "setInterval",
          "setTimeout",
          "structuredClone",
          "traceparent");

  @TempDir static Path work = Path.of("");
  private static QuickJsSources sources;
  private static GuestFixture guests;

  @BeforeAll
  static void prepare() throws IOException, InterruptedException {
    sources = QuickJsSources.prepare(work);
    guests = new GuestFixture();
  }

  @AfterAll
  static void close() {
    if (guests != null) {
      guests.close();
    }
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = QuickJsTest.class.getResourceAsStream(name)) {
      return requireNonNull(in).readAllBytes();
    }
  }

  private static GuestModule compile(String name, byte[] text) {
    return GuestFixture.compile(ScriptFiles.of(Map.of(name, text)), guests.runtime);
  }

  @Test
  void files_ofTests_areRunOrNamed() throws IOException {
    var files = new TreeSet<>(LEFT_OUT.keySet());
    files.addAll(
        Set.of(
            "test_bigint.js",
            "test_builtin.js",
            "test_closure.js",
            "test_cyclic_import.js",
            "test_language.js",
            "test_loop.js"));
    assertEquals(List.copyOf(files), sources.tests());
  }

  @ParameterizedTest
  @CsvSource({
    "test_bigint.js, 4",
    "test_builtin.js, 21",
    "test_closure.js, 7",
    "test_language.js, 24",
    "test_loop.js, 18"
  })
  void tests_inASession_passAsInTheNativeEngine(String file, int count) throws Exception {
    assertEquals("", sources.runNative("--std", "tests/" + file));
    GuestModule runner = compile(RUNNER, resource(RUNNER));
    String source = new String(sources.test(file), UTF_8);
    List<String> tests = load(guests.open(runner), source);
    assertEquals(count, tests.size(), tests.toString());
    var failed = new TreeMap<String, String>();
    for (String test : tests) {
      Space session = guests.open(runner);
      load(session, source);
      String outcome = run(session, test);
      if (!outcome.isEmpty()) {
        failed.put(test, outcome);
      }
      guests.close(session);
    }
    assertEquals(Map.of(), failed);
  }

  /** Evaluates a file, whose calls of its tests are put off; gives the tests' names. */
  private static List<String> load(Space session, String source) {
    String text = CALL.matcher(source).replaceAll("tests.set(\"$1\", $1);");
    assertEquals(
        CallOutcome.Committed.INSTANCE, guests.callWith(session, "load", text.getBytes(UTF_8)));
    return guests.output().lines().toList();
  }

  /** What a test, and what it left for later, failed with; nothing if it passed. */
  private static String run(Space session, String test) {
    CallOutcome outcome = guests.callWith(session, "run", test.getBytes(UTF_8));
    int[] timers = new int[guests.invocation.timerChangeCount()];
    for (int i = 0; i < timers.length; i++) {
      timers[i] = guests.invocation.timerId(i);
    }
    for (int timer : timers) {
      if (outcome.committed()) {
        outcome = guests.fire(session, timer);
      }
    }
    return outcome.committed() ? "" : outcome.toString();
  }

  @Test
  void modules_thatImportEachOther_runInASession() throws Exception {
    assertEquals("", sources.runNative("tests/test_cyclic_import.js"));
    var files = new LinkedHashMap<String, byte[]>();
    for (String name : List.of("test_cyclic_import.js", "assert.js", "fixture_cyclic_import.js")) {
      files.put(name, sources.test(name));
    }
    Space session = guests.open(GuestFixture.compile(ScriptFiles.of(files), guests.runtime));
    assertEquals(
        CallOutcome.Committed.INSTANCE, guests.callWith(session, "f", "20".getBytes(UTF_8)));
    assertEquals("42", guests.output());
  }

  @Test
  void names_inASession_areTheNativeEnginesButForThose() throws Exception {
    Files.write(work.resolve(SURFACE), resource(SURFACE));
    Files.writeString(
        work.resolve("print.mjs"),
        "import { surface } from './" + SURFACE + "';\nprint(surface());\n");
    var nativeOnes = new TreeSet<>(sources.runNative("print.mjs").lines().toList());
    Space session = guests.open(compile(SURFACE, resource(SURFACE)));
    assertEquals(CallOutcome.Committed.INSTANCE, guests.call(session, "surface"));
    var ours = new TreeSet<>(guests.output().lines().toList());
    assertTrue(ours.size() > 1_500, ours.size() + " names");

    assertEquals(new TreeSet<>(ADDED), owners(ours, nativeOnes));
    var missing = owners(nativeOnes, ours);
    missing.remove("console"); // Ours has more, and its log takes any number.
    assertEquals(new TreeSet<>(MISSING.keySet()), missing);
  }

  /** Whose the lines are that only the first has: names of the global object. */
  private static Set<String> owners(Set<String> lines, Set<String> others) {
    return lines.stream()
        .filter(line -> !others.contains(line))
        .map(line -> line.split("[.:]", 2)[0])
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
