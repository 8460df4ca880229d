package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.NodePrograms.Answer;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.intake.IntakeLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That programs of other people's answer as guests what they answer in Node, byte for byte. */
final class ScriptLibrariesTest {
  private static final int SHOWN_DIFFERENCES = 5;
  private static final ModuleOptions PATIENT =
      new ModuleOptions(IntakeLimits.DEFAULTS, GuestFixture.PATIENT_MILLIS);

  @TempDir static Path folder = Path.of("");
  private static NodePrograms programs;
  private static GuestRuntime runtime;

  @BeforeAll
  static void prepare() throws IOException, InterruptedException {
    programs = NodePrograms.prepare(folder);
    runtime = new GuestRuntime(1L << 30);
  }

  @AfterAll
  static void close() {
    if (runtime != null) {
      runtime.close();
    }
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          decimals,  a library of numbers,           200, true
          ledger,    a program in TypeScript,         25, true
          orders,    a state machine,                 40, true
          query,     a generated parser,             100, true
          shapes,    a validator with types,         200, true
          store,     a library of immutable values,  100, true
          dates,     a date library with a clock,    150, false
          templates, a template engine,               60, true
          schemas,   a validator of JSON,             60, true
          markdown,  a Markdown renderer,             80, true
          """)
  void calls_ofALibrary_areAnsweredAsByNode(
      String program, String kind, int leastCalls, boolean isRunOnce)
      throws IOException, ModuleRefused {
    List<Answer> answers = programs.answers(program);
    assertTrue(answers.size() >= leastCalls, answers.size() + " calls of " + kind);
    try (var guests = new GuestFixture(runtime)) {
      GuestModule module = GuestModule.compile(programs.script(program), PATIENT, runtime);
      assertEquals(isRunOnce, module.preinitialised(), "its top level runs once for all sessions");
      List<String> differences = differences(answers, guests, module);
      assertEquals(
          List.of(),
          differences.stream().limit(SHOWN_DIFFERENCES).toList(),
          () -> "%d of %d calls of %s".formatted(differences.size(), answers.size(), kind));
    }
  }

  /** All sessions are there at once: none sees another's state. */
  private static List<String> differences(
      List<Answer> answers, GuestFixture guests, GuestModule module) {
    Map<Integer, Space> sessions = new HashMap<>();
    for (Answer answer : answers) {
      sessions.computeIfAbsent(answer.session(), session -> guests.open(module));
    }
    var differences = new ArrayList<String>();
    for (Answer answer : answers) {
      Space session = requireNonNull(sessions.get(answer.session()));
      CallOutcome outcome =
          guests.callWith(session, answer.function(), answer.input().getBytes(UTF_8));
      CallOutcome expected =
          answer.failed() ? new CallOutcome.Failed(answer.text()) : CallOutcome.Committed.INSTANCE;
      boolean isSame =
          outcome.equals(expected) && (answer.failed() || guests.output().equals(answer.text()));
      if (!isSame) {
        differences.add(
            "%s(%s): %s instead of %s"
                .formatted(
                    answer.function(),
                    answer.input(),
                    outcome.committed() ? guests.output() : outcome,
                    answer.text()));
      }
    }
    return differences;
  }
}
