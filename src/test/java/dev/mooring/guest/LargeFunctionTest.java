package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.compile.LargeFunction;
import dev.mooring.server.testing.Optimized;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Functions of more bytecode than HotSpot compiles on its own, as script engines have. */
@Optimized
class LargeFunctionTest {
  private static final int STEPS = 20_000;

  /** Interpreted it takes some seven times as long. */
  private static final int MOST_TIMES_AS_LONG = 3;

  private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(2);

  @Test
  @Timeout(300)
  void call_interpreterOf150Opcodes_isCompiledAsOneOf120Is() {
    assertTrue(LargeFunction.areCompiled(), "the test's JVM lacks -XX:-DontCompileHugeMethods");
    try (var guests = new GuestFixture()) {
      Space space = guests.open("large");
      long begun = System.nanoTime();
      // Until both are compiled: how long that takes is the machine's business.
      while (bestNanos(guests, space, 150) > MOST_TIMES_AS_LONG * bestNanos(guests, space, 120)) {
        assertTrue(System.nanoTime() - begun < PATIENCE_NANOS, "150 opcodes stay interpreted");
      }
    }
  }

  private static long bestNanos(GuestFixture guests, Space space, int opcodes) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 10; i++) {
      long start = System.nanoTime();
      guests.result(space, "run_interpret_" + opcodes, STEPS);
      best = Math.min(best, System.nanoTime() - start);
    }
    return best;
  }

  @Test
  void compile_moduleOfLargeFunctions_namesThemAndKeepsC1Away() throws Exception {
    try (var guests = new GuestFixture()) {
      List<LargeFunction> large = guests.module("large").largeFunctions();
      assertEquals(List.of(2, 1), large.stream().map(LargeFunction::index).toList());
      assertTrue(large.get(0).bytecodeBytes() > large.get(1).bytecodeBytes(), large.toString());
      assertTrue(
          large.get(1).bytecodeBytes() > LargeFunction.HOTSPOTS_LIMIT_BYTES, large.toString());
      assertEquals(List.of(), guests.module("counter").largeFunctions());
    }
    String directives =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "compilerDirectivesPrint",
                    new Object[] {},
                    new String[] {});
    assertTrue(directives.contains("dev/mooring/guest/compiled/*.large_*"), directives);
    assertTrue(directives.contains("Exclude:true"), directives);
  }

  @Test
  void describe_many_namesTheFirstFew() {
    List<LargeFunction> many =
        IntStream.range(0, 20).mapToObj(i -> new LargeFunction(i, 9_000 - i)).toList();
    String line = LargeFunction.describe(many);
    assertTrue(line.startsWith("0: 9000, 1: 8999, "), line);
    assertTrue(line.endsWith(", 7: 8993, and 12 more"), line);
    assertEquals("3: 8001", LargeFunction.describe(List.of(new LargeFunction(3, 8_001))));
  }
}
