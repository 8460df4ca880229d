package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.call.CallOutcome;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That a script's garbage is found before memory is full of it. */
final class ScriptGarbageTest {
  /** Of each kind many times what a session may have. */
  private static final String SCRIPT =
      """
      const makers = {
        arrays: (i) => new Array(1_000).fill(i),
        bytes: (i) => new Uint8Array(20_000),
        texts: (i) => "ab".repeat(10_000 + i),
      };
      export function make(kind) {
        for (let i = 0; i < 3_000; i++) {
          const circle = { held: makers[kind](i) };
          circle.itself = circle;
        }
      }
      """;

  @ParameterizedTest
  @ValueSource(strings = {"arrays", "bytes", "texts"})
  void garbage_thatKeepsItselfAlive_isCollected(String kind) {
    try (var guests = new GuestFixture()) {
      byte[] script = ScriptFiles.of(Map.of("garbage.js", SCRIPT.getBytes(UTF_8)));
      Space space = guests.open(GuestFixture.compile(script, guests.runtime));
      byte[] input = ('"' + kind + '"').getBytes(UTF_8);
      assertEquals(CallOutcome.Committed.INSTANCE, guests.callWith(space, "make", input));
    }
  }
}
