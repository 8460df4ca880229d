package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The stack ends anywhere: at each depth near the last, a guest does each thing that it can do, and
 * either it is done or it has never been.
 */
final class StackExhaustionTest {
  private static final int KINDS = 21;
  private static final int FAIL = 20;
  private static final long STACK_BYTES = 1 << 20;

  /** How far around the last depth that works; frames shrink as they are compiled. */
  private static final int BELOW = 120;

  private static final int ABOVE = 30;

  /** In a JVM where nothing has run before: classes that load here load on a stack that ends. */
  public static void main(String[] arguments) {
    sweep(Layout.valueOf(arguments[0]), 1);
    System.out.println("swept");
  }

  @ParameterizedTest
  @EnumSource
  void call_stackEndsAnywhere_commitsOrNeverWas(Layout layout) throws InterruptedException {
    onStack(() -> sweep(layout, 1));
  }

  @ParameterizedTest
  @EnumSource
  void call_stackEndsInAFreshProcess_commitsOrNeverWas(Layout layout)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-ea",
                "-Xss1m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                StackExhaustionTest.class.getName(),
                layout.name())
            .redirectErrorStream(true)
            .redirectOutput(File.createTempFile("sweep", ".txt"))
            .start();
    try {
      assertTrue(process.waitFor(120, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  private static void onStack(Runnable body) throws InterruptedException {
    var thrown = new AtomicReference<Throwable>();
    Thread thread = new Thread(null, body, "stack", STACK_BYTES);
    thread.setUncaughtExceptionHandler((t, e) -> thrown.set(e));
    thread.start();
    thread.join();
    if (thrown.get() != null) {
      throw new AssertionError(thrown.get());
    }
  }

  private static void sweep(Layout layout, int rounds) {
    try (var guests = new GuestFixture()) {
      guests.config = Map.of("key", "a value");
      Space neighbour = guests.open("deep", layout);
      assertEquals(3, guests.result(neighbour, "deep", 3, 3));
      String neighbours = States.text(GuestFixture.state(neighbour));
      for (int round = 0; round < rounds; round++) {
        for (int what = 0; what < KINDS; what++) {
          sweep(guests, layout, what);
          assertEquals(neighbours, States.text(GuestFixture.state(neighbour)), "what " + what);
        }
      }
      assertEquals(1, guests.result(neighbour, "get"));
    }
  }

  private static void sweep(GuestFixture guests, Layout layout, int what) {
    Space space = guests.open("deep", layout);
    int exhausted = 0;
    for (int attempt = 0; exhausted < ABOVE && attempt < 10; attempt++) {
      exhausted += sweepOnce(guests, space, what);
    }
    assertTrue(exhausted > 0, "the stack ended at no depth");
    guests.close(space);
  }

  /** Answers at how many depths the stack ended. */
  private static int sweepOnce(GuestFixture guests, Space space, int what) {
    int last = lastDepth(guests, space);
    long committed = guests.result(space, "get");
    int exhausted = 0;
    for (int depth = Math.max(0, last - BELOW); depth < last + ABOVE; depth++) {
      boolean compared = depth % 32 == 0;
      String before = compared ? States.text(GuestFixture.state(space)) : "";
      CallOutcome outcome = call(guests, space, depth, what);
      if (outcome.committed()) {
        committed++;
      } else {
        if (outcome instanceof CallOutcome.Trapped) {
          assertEquals(new CallOutcome.Trapped(TrapKind.STACK_EXHAUSTED), outcome);
          exhausted++;
        } else {
          assertEquals(FAIL, what);
          assertEquals(new CallOutcome.Failed("key"), outcome);
        }
        if (compared) {
          assertEquals(before, States.text(GuestFixture.state(space)), what + " at " + depth);
        }
      }
      assertEquals(committed, guests.result(space, "get"), what + " at " + depth);
    }
    return exhausted;
  }

  private static CallOutcome call(GuestFixture guests, Space space, int depth, int what) {
    return guests.callWith(space, "deep", "input".getBytes(UTF_8), depth, what);
  }

  private static int lastDepth(GuestFixture guests, Space space) {
    int works = 0;
    int fails = 1 << 20;
    while (fails - works > 1) {
      int depth = (works + fails) >>> 1;
      if (call(guests, space, depth, 0).committed()) {
        works = depth;
      } else {
        fails = depth;
      }
    }
    return works;
  }

  @Test
  void recursion_withoutEnd_trapsAndGoesOn() throws InterruptedException {
    onStack(
        () -> {
          try (var guests = new GuestFixture()) {
            Space space = guests.open("traps", Layout.DENSE);
            for (int i = 0; i < 20; i++) {
              assertEquals(
                  new CallOutcome.Trapped(TrapKind.STACK_EXHAUSTED),
                  guests.call(space, i % 2 == 0 ? "recurse" : "recurse_indirectly"));
              assertEquals(i + 1, guests.result(space, "inc"));
            }
          }
        });
  }
}
