package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.SimulatedTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Sessions in simulated time, with chance in charge of all that happens to them.
 *
 * <p>{@code -Dmooring.seed=N} replays a run, and {@code -Dmooring.simulations=N} is how many there
 * are.
 */
final class SessionSimulationTest {
  private static final int RUNS = Integer.getInteger("mooring.simulations", 200);

  /** What happens in many runs, or they are worth little. */
  private static final Set<String> KINDS =
      Set.of(
          "result",
          "CALL_REFUSED",
          "CANCELLED",
          "DEADLINE_EXCEEDED",
          "FUNCTION_NOT_FOUND",
          "GUEST_TRAP",
          "end CLIENT_CLOSED",
          "end DISCONNECTED",
          "end GONE_AWAY",
          "end SESSION_EXPIRED",
          "end SHUTTING_DOWN",
          "end WRITE_STALLED",
          "move",
          "timer",
          "timer late");

  /** What is shown of a run that failed. */
  private static final int SHOWN_LINES = 60;

  private static GuestModule module;

  @BeforeAll
  static void compile() throws Exception {
    byte[] wasm = Files.readAllBytes(Path.of("test/guests/paced.wasm"));
    module = GuestModule.compile(wasm, ModuleOptions.DEFAULTS, new SimulatedTime(0).runtime());
  }

  private static SessionSimulation simulate(long seed) {
    var simulation = new SessionSimulation(seed, module);
    try {
      simulation.run();
    } catch (Exception | AssertionError e) {
      List<String> trace = simulation.trace();
      List<String> last = trace.subList(Math.max(0, trace.size() - SHOWN_LINES), trace.size());
      throw new AssertionError("-Dmooring.seed=" + seed + "\n" + String.join("\n", last), e);
    }
    return simulation;
  }

  @Test
  void sessions_whateverHappens_keepTheirPromises() {
    Long wanted = Long.getLong("mooring.seed");
    LongStream seeds = wanted == null ? new Random().longs(RUNS) : LongStream.of(wanted);
    Map<String, Integer> happened = new TreeMap<>();
    seeds.forEach(seed -> simulate(seed).addTo(happened));
    System.out.println("SessionSimulationTest: " + happened);
    if (wanted == null) {
      assertEquals(KINDS, happened.keySet());
      assertTrue(happened.getOrDefault("timer", 0) > RUNS, "timers that fired to the nanosecond");
    }
  }

  @Test
  void seed_twice_isTheSameRun() {
    long seed = Long.getLong("mooring.seed", new Random().nextLong());
    List<String> once = simulate(seed).trace();
    assertEquals(once, simulate(seed).trace(), "-Dmooring.seed=" + seed);
    assertTrue(once.size() > 100, once.size() + " lines");
  }
}
