package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.fuzz.PlainWords;
import dev.mooring.guest.intake.IntakeLimits;
import dev.mooring.server.testing.Optimized;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every hostile module is refused with its cause, or opens and is contained; a neighbour runs on.
 */
@Optimized
final class HostileModulesTest {
  /** Words of the refusal; whatever else is refused must at least say something of use. */
  private static final Map<String, String> CAUSES =
      Map.ofEntries(
          Map.entry("hostile_initialize_spin", "more than 200 ms"),
          Map.entry("hostile_start_spin", "more than 200 ms"),
          Map.entry("hostile_initialize_trap", "trapped"),
          Map.entry("hostile_start_trap", "trapped"),
          Map.entry("hostile_start_recurse", "call stack exhausted"),
          Map.entry("hostile_initialize_fail", "failed"),
          Map.entry("hostile_import_name", "import"),
          Map.entry("hostile_import_module", "import"),
          Map.entry("hostile_import_memory", "import"),
          Map.entry("hostile_import_table", "import"),
          Map.entry("hostile_import_global", "import"),
          Map.entry("hostile_simd", "SIMD"),
          Map.entry("hostile_atomics", "thread"),
          Map.entry("hostile_function_huge", "function"),
          Map.entry("hostile_locals", "locals"),
          Map.entry("hostile_locals_split", "locals"),
          Map.entry("hostile_memory_huge", "memory"),
          Map.entry("hostile_table_huge", "table"),
          Map.entry("hostile_data_oob", "memory"),
          Map.entry("hostile_elem_oob", "table"));

  @Test
  @Timeout(120)
  void modules_all_areRefusedWithTheirCauseOrContained() throws InterruptedException {
    List<String> hostile = GuestFixture.named("hostile_");
    assertTrue(hostile.size() > 50, hostile.toString());
    try (var runtime = new GuestRuntime(64L << 20)) {
      var done = new AtomicBoolean();
      var failure = new AtomicReference<Throwable>();
      Thread neighbour =
          new Thread(
              () -> {
                try (var guests = new GuestFixture(runtime)) {
                  Space space = guests.open("page17");
                  for (long i = 1; !done.get(); i++) {
                    assertEquals(i, guests.result(space, "inc"));
                  }
                } catch (Throwable e) {
                  failure.set(e);
                }
              });
      neighbour.start();
      var problems = new TreeSet<String>();
      int opened = 0;
      try {
        for (String name : hostile) {
          if (tryOut(name, runtime, problems)) {
            opened++;
          }
        }
      } finally {
        done.set(true);
        neighbour.join();
      }
      if (failure.get() != null) {
        throw new AssertionError(failure.get());
      }
      assertEquals(new TreeSet<String>(), problems);
      assertEquals(0, runtime.memoryUsedBytes());
      System.out.println(hostile.size() + " hostile modules, " + opened + " openings contained");
    }
  }

  private static boolean tryOut(String name, GuestRuntime runtime, Set<String> problems) {
    long start = System.nanoTime();
    try (var guests = new GuestFixture(runtime)) {
      var options = new ModuleOptions(IntakeLimits.DEFAULTS, 200);
      GuestModule module = GuestModule.compile(GuestFixture.bytes(name), options, runtime);
      guests.timeoutMillis = 20;
      Space space = guests.open(module);
      for (ExportedFunction export : module.exports()) {
        long[] arguments = new long[export.parameters().size()];
        guests.call(space, export.name(), arguments);
      }
      if (CAUSES.containsKey(name)) {
        problems.add(name + " was let in");
      }
      return true;
    } catch (ModuleRefused refused) {
      String message = String.valueOf(refused.getMessage());
      String cause = CAUSES.getOrDefault(name, "");
      if (!message.contains(cause) || message.length() < 10) {
        problems.add(name + ": " + message);
      }
      try {
        PlainWords.check(message);
      } catch (AssertionError engines) {
        problems.add(name + " is refused in the engine's words: " + engines.getMessage());
      }
      return false;
    } catch (Throwable other) {
      problems.add(name + " threw " + other);
      return false;
    } finally {
      long seconds = (System.nanoTime() - start) / 1_000_000_000;
      if (seconds > 20) {
        problems.add(name + " took " + seconds + " s");
      }
    }
  }

  /** A start section that takes all the memory it can get gets what a session may have. */
  @Test
  void startSection_growsWithoutEnd_isBounded() throws ModuleRefused {
    try (var guests = new GuestFixture()) {
      GuestModule module = guests.module("hostile_start_grow");
      assertTrue(module.image().memory().sizePages() <= IntakeLimits.DEFAULTS.memoryPages());
      Space space = guests.open(module);
      assertTrue(guests.call(space, "run").committed());
    }
  }
}
