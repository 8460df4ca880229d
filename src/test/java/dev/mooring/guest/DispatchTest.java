package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.server.testing.Optimized;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written in another way than Chicory's compiler does computes what Chicory's does. */
@Optimized
final class DispatchTest {
  private static final long SEED = 20_261_130;

  @ParameterizedTest
  @ValueSource(strings = {"run", "nested"})
  void loop_withAJumpAtItsHead_goesTheSameWay(String function) {
    var model = new PlainInstance.Maker(GuestFixture.bytes("dispatch")).make(Map.of());
    var random = new Random(SEED);
    try (var guests = new GuestFixture()) {
      Space space = guests.open("dispatch");
      for (int i = 0; i < 200; i++) {
        // Some are so long that the JIT takes them over while they run.
        int steps = i % 20 == 19 ? 200_000 : 1 + random.nextInt(200);
        long seed = random.nextInt();
        guests.call(space, "seed", seed);
        model.call("seed", new byte[0], seed);
        assertArrayEquals(
            model.call(function, new byte[0], steps),
            guests.results(space, function, steps),
            () -> function + " of " + steps + " steps, seed " + seed);
      }
    }
  }

  @Test
  void loop_withinAnExpression_keepsWhatIsOnTheStack() {
    var model = new PlainInstance.Maker(GuestFixture.bytes("dispatch")).make(Map.of());
    try (var guests = new GuestFixture()) {
      Space space = guests.open("dispatch");
      for (int steps = 0; steps < 300; steps++) {
        assertArrayEquals(
            model.call("values", new byte[0], 3, steps),
            guests.results(space, "values", 3, steps),
            "values of " + steps + " steps");
      }
    }
  }

  /** By the JVM's own unsigned operations, of which generated code uses none for constants. */
  @Test
  void division_byAConstant_isUnsigned() {
    var random = new Random(SEED);
    try (var guests = new GuestFixture()) {
      Space space = guests.open("dispatch");
      for (ExportedFunction function : guests.module("dispatch").exports()) {
        String[] words = function.name().split("_", -1);
        if (words.length == 3 && !words[2].equals("0")) {
          checkDivisions(guests, space, function.name(), Long.parseLong(words[2]), random);
        }
      }
      var byZero = new CallOutcome.Trapped(TrapKind.INTEGER_DIVIDE_BY_ZERO);
      assertEquals(byZero, guests.call(space, "i32.div_u_0", 5));
      assertEquals(byZero, guests.call(space, "i64.rem_u_0", -5));
    }
  }

  private static void checkDivisions(
      GuestFixture guests, Space space, String name, long by, Random random) {
    long[] edges = {
      0, 1, by - 1, by, by + 1, 2 * by - 1, 2 * by, Long.MAX_VALUE, Long.MIN_VALUE, -1
    };
    for (int i = 0; i < 1_000; i++) {
      long a = i < edges.length ? edges[i] : random.nextLong() >>> random.nextInt(64);
      long expected =
          switch (name.substring(0, "i32.div".length())) {
            case "i32.div" -> Integer.divideUnsigned((int) a, (int) by);
            case "i32.rem" -> Integer.remainderUnsigned((int) a, (int) by);
            case "i64.div" -> Long.divideUnsigned(a, by);
            default -> Long.remainderUnsigned(a, by);
          };
      assertEquals(expected, guests.result(space, name, argument(name, a)), name + " of " + a);
    }
  }

  private static long argument(String name, long a) {
    return name.startsWith("i32") ? (int) a : a;
  }
}
