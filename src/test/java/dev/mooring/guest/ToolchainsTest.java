package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each toolchain of the table in GUESTS.md builds, as it builds it. */
final class ToolchainsTest {
  private static final long YEAR_2026_SECONDS = 1_767_225_600;
  private static final long FIXED_SECONDS = 946_684_800;
  private static final CallLimits PATIENT =
      new CallLimits(GuestFixture.PATIENT_MILLIS, GuestFixture.OUTPUT_BYTES, 0, 0);

  /** Modules of two MB are compiled once for all tests. */
  private static final GuestFixture GUESTS = new GuestFixture();

  private final GuestFixture guests = GUESTS;
  private final List<String> lines = new ArrayList<>();

  @BeforeEach
  void listen() {
    guests.config = Map.of("NAME", "value");
    guests.log = (level, message) -> lines.add(message);
    guests.limits = PATIENT;
    guests.timeoutMillis = GuestFixture.PATIENT_MILLIS;
  }

  @AfterAll
  static void close() {
    GUESTS.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"command", "cpp_command", "rust_command", "zig_command", "go_command"})
  void command_exitsWith0_outputIsWhatItPrinted(String guest) {
    Space space = guests.open(guest);
    assertEquals(
        CallOutcome.Committed.INSTANCE, guests.callWith(space, "_start", bytes("Ada")), guest);
    assertEquals("Hello, Ada\n", guests.output());
    assertEquals(List.of("read 3"), lines);
  }

  @ParameterizedTest
  @ValueSource(strings = {"command", "cpp_command", "rust_command", "zig_command", "go_command"})
  void command_withoutInput_readsItsEnd(String guest) {
    Space space = guests.open(guest);
    assertEquals(CallOutcome.Committed.INSTANCE, guests.call(space, "_start"), guest);
    assertEquals("Hello, \n", guests.output());
  }

  /** And the session is as it was, so that the next call may be the first that commits. */
  @ParameterizedTest
  @ValueSource(strings = {"command", "cpp_command", "rust_command", "zig_command", "go_command"})
  void command_exitsWithAnotherStatus_rollsBack(String guest) {
    Space space = guests.open(guest);
    assertEquals(new CallOutcome.Exited(7), guests.callWith(space, "_start", bytes("7")), guest);
    assertEquals(
        CallOutcome.Committed.INSTANCE, guests.callWith(space, "_start", bytes("Ada")), guest);
    assertEquals("Hello, Ada\n", guests.output());
  }

  /** It finds what the first has left; GUESTS.md says so. What a program makes of that differs. */
  @ParameterizedTest
  @CsvSource({
    "command, 'Hello, '", // Its standard input has been at its end.
    "cpp_command, ",
    "rust_command, ",
    "zig_command, 'Hello, Grace'",
    "go_command, "
  })
  void command_secondTime_findsWhatTheFirstHasLeft(String guest, @Nullable String output) {
    Space space = guests.open(guest);
    assertTrue(guests.callWith(space, "_start", bytes("Ada")).committed());
    CallOutcome second = guests.callWith(space, "_start", bytes("Grace"));
    assertEquals(output != null, second.committed(), second.toString());
    if (output != null) {
      assertEquals(output + "\n", guests.output());
    }
  }

  @Test
  void command_writesMoreThanItMay_exceedsTheLimit() {
    Space space = guests.open("command");
    guests.limits = new CallLimits(GuestFixture.PATIENT_MILLIS, 10, 0, 0);
    assertEquals(
        new CallOutcome.OverLimit(CallOutcome.Limit.OUTPUT, 10),
        guests.callWith(space, "_start", bytes("Ada")));
  }

  @Test
  void go_library_isInitialisedOnceForAll() {
    GuestModule module = guests.module("go_probe");
    assertTrue(module.preinitialised());
    assertEquals(
        GuestFixture.compile(module.bytes(), guests.runtime).imageDigest(), module.imageDigest());
    Space one = guests.open("go_probe");
    Space other = guests.open("go_probe");
    assertEquals(3, guests.result(one, "add", 3));
    assertEquals(5, guests.result(other, "add", 5));
    assertEquals(4, guests.result(one, "add", 1));
    for (String expected : List.of("1", "2")) {
      guests.callWith(one, "count", bytes("word"));
      assertEquals(expected, guests.output());
    }
    guests.callWith(other, "count", bytes("word"));
    assertEquals("1", guests.output());
    guests.callWith(one, "variable", bytes("NAME"));
    assertEquals("", guests.output(), "it had none when it looked");
  }

  /** What the runtime has drawn at its start is the same for all; what is drawn later isn't. */
  @Test
  void go_sharedInitialisation_fixesThePastAndNotTheFuture() {
    Space one = guests.open("go_probe");
    Space other = guests.open("go_probe");
    assertEquals(FIXED_SECONDS, guests.result(one, "started"));
    assertTrue(TimeUnit.NANOSECONDS.toSeconds(guests.result(one, "now")) > YEAR_2026_SECONDS);
    assertNotEquals(guests.result(one, "drawn"), guests.result(other, "drawn"));
    assertEquals(guests.result(one, "guessed"), guests.result(other, "guessed"));
  }

  @Test
  void go_withoutTheSection_isInitialisedInEachSession() {
    byte[] built = GuestFixture.bytes("go_probe");
    int section = new String(built, ISO_8859_1).lastIndexOf("mooring.initialisation") - 3;
    GuestModule module = GuestFixture.compile(Arrays.copyOf(built, section), guests.runtime);
    assertFalse(module.preinitialised());
    Space one = guests.open(module);
    Space other = guests.open(module);
    assertNotEquals(guests.result(one, "guessed"), guests.result(other, "guessed"));
    assertTrue(guests.result(one, "started") > YEAR_2026_SECONDS);
    guests.callWith(one, "variable", bytes("NAME"));
    assertEquals("value", guests.output());
  }

  @Test
  void go_library_speaksCollectsAndPanics() {
    Space space = guests.open("go_probe");
    guests.callWith(space, "speak", bytes("from Go"));
    assertEquals(List.of("from Go"), lines);
    assertTrue(guests.result(space, "collect") > 0);
    assertEquals(2, guests.result(space, "add", 2));
    assertFalse(guests.call(space, "panics").committed());
    assertTrue(lines.contains("panic: as it should"), lines.toString());
    assertEquals(4, guests.result(space, "add", 2));
  }

  /** It computes meanwhile: its deadline is what ends it otherwise. */
  @Test
  void go_sleep_lastsUntilTheTimeHasCome() {
    Space space = guests.open("go_probe");
    assertTrue(guests.result(space, "sleep", 5) >= TimeUnit.MILLISECONDS.toNanos(5));
    guests.timeoutMillis = 100;
    assertEquals(new CallOutcome.TimedOut(), guests.call(space, "sleep", 600_000));
    guests.timeoutMillis = GuestFixture.PATIENT_MILLIS;
    assertTrue(guests.result(space, "sleep", 0) >= 0);
  }

  @Test
  void zig_library_hasAllocatorClockAndRandomNumbers() {
    Space space = guests.open("zig_probe");
    assertEquals(3, guests.result(space, "add", 3));
    assertEquals(4, guests.result(space, "add", 1));
    assertEquals(300_000, guests.result(space, "allocate", 100_000));
    assertTrue(TimeUnit.NANOSECONDS.toSeconds(guests.result(space, "now")) > YEAR_2026_SECONDS);
    assertNotEquals(guests.result(space, "drawn"), guests.result(space, "drawn"));
    assertTrue(guests.call(space, "sleep", TimeUnit.DAYS.toNanos(1)).committed());
    assertTrue(guests.call(space, "speak", 7).committed());
    assertEquals(List.of("number 7"), lines);
  }
}
