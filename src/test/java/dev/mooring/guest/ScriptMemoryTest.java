package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.call.CallOutcome;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a session's memory with a script in it. */
final class ScriptMemoryTest {
  /** Of each kind many times what a session may have. */
  private static final String SCRIPT =
      """
      const makers = {
        arrays: (i) => new Array(1_000).fill(i),
        bytes: (i) => new Uint8Array(20_000),
        texts: (i) => "ab".repeat(10_000 + i),
      };
      export function keep(bytes) {
        const kept = [];
        for (;;) kept.push(bytes > 0 ? new Uint8Array(bytes) : {});
      }
      export function make(kind) {
        for (let i = 0; i < 3_000; i++) {
          const circle = { held: makers[kind](i) };
          circle.itself = circle;
        }
      }
      """;

  /** All tests': its engine is compiled once. */
  private static final GuestRuntime RUNTIME = new GuestRuntime(1L << 30);

  @AfterAll
  static void stop() {
    RUNTIME.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"arrays", "bytes", "texts"})
  void garbage_thatKeepsItselfAlive_isCollected(String kind) {
    try (var guests = new GuestFixture(RUNTIME)) {
      byte[] script = ScriptFiles.of(Map.of("memory.js", SCRIPT.getBytes(UTF_8)));
      Space space = guests.open(GuestFixture.compile(script, RUNTIME));
      byte[] input = ('"' + kind + '"').getBytes(UTF_8);
      assertEquals(CallOutcome.Committed.INSTANCE, guests.callWith(space, "make", input));
    }
  }

  /** With small objects there is no memory left for an error, either. */
  @ParameterizedTest
  @ValueSource(ints = {100_000, 0})
  void memory_isFull_failsTheCallAndSaysSo(int bytes) {
    try (var guests = new GuestFixture(RUNTIME)) {
      byte[] script = ScriptFiles.of(Map.of("memory.js", SCRIPT.getBytes(UTF_8)));
      Space space = guests.open(GuestFixture.compile(script, RUNTIME));
      byte[] input = String.valueOf(bytes).getBytes(UTF_8);
      for (int i = 0; i < 2; i++) {
        assertEquals(
            new CallOutcome.Failed("InternalError: out of memory"),
            guests.callWith(space, "keep", input));
      }
      assertEquals(
          CallOutcome.Committed.INSTANCE,
          guests.callWith(space, "make", "\"bytes\"".getBytes(UTF_8)));
    }
  }
}
