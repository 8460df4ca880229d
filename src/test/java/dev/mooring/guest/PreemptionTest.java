package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.deadline.StopSwitch;
import dev.mooring.guest.deadline.Watchdog;
import dev.mooring.guest.intake.IntakeLimits;
import dev.mooring.server.testing.Optimized;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** A call that runs past its deadline is stopped, whatever it does; and no other call is. */
@Optimized
@Timeout(120)
final class PreemptionTest {
  private static final CallOutcome TIMED_OUT = new CallOutcome.TimedOut();
  private static final int DEADLINE_MILLIS = 5;

  /** How many calls the last test stops; the soak asks for 10,000. */
  private static final int STOPS = Integer.getInteger("mooring.test.stops", 600);

  private static final int THREADS = 8;

  @AfterEach
  void noInterruptIsLeft() {
    assertFalse(Thread.interrupted());
  }

  static List<String> runaways() {
    List<String> guests = GuestFixture.named("spin_");
    assertTrue(guests.size() >= 13, guests.toString());
    return guests;
  }

  @ParameterizedTest
  @MethodSource("runaways")
  void call_runsAway_isStoppedRolledBackAndForgotten(String guest) {
    try (var guests = new GuestFixture()) {
      Space space = guests.open(guest);
      Space other = guests.open(guest);
      for (int i = 0; i < 4; i++) {
        assertEquals(i + 1, guests.result(space, "inc"));
        guests.timeoutMillis = DEADLINE_MILLIS;
        String before = States.text(GuestFixture.state(space));
        long start = System.nanoTime();
        assertEquals(TIMED_OUT, guests.call(space, "spin"));
        long took = System.nanoTime() - start;
        guests.timeoutMillis = GuestFixture.PATIENT_MILLIS;
        assertTrue(took >= DEADLINE_MILLIS * 1_000_000L, took + " ns: before its deadline");
        assertTrue(took < 5_000_000_000L, took + " ns");
        assertEquals(before, States.text(GuestFixture.state(space)));
        assertEquals(i + 1, guests.result(space, "get"));
        assertEquals(1, guests.result(other, "inc") - i);
      }
    }
  }

  /** After long hot running, when all of the loop is one compiled method. */
  @Test
  void call_runsAwayWhenHot_isStopped() {
    try (var guests = new GuestFixture()) {
      for (String guest : List.of("spin_loop", "spin_counted", "spin_store")) {
        Space space = guests.open(guest);
        guests.timeoutMillis = 600;
        assertEquals(TIMED_OUT, guests.call(space, "spin"));
        guests.timeoutMillis = DEADLINE_MILLIS;
        assertEquals(TIMED_OUT, guests.call(space, "spin"));
        assertEquals(0, guests.result(space, "get"));
      }
    }
  }

  /** Each stop throws code away, which the JVM does only so often. */
  @Test
  void module_stoppedOftenEnough_staysCheckedAndIsStillStopped() {
    Logger watchdog = (Logger) LoggerFactory.getLogger(Watchdog.class);
    var said = new ListAppender<ILoggingEvent>();
    said.list = new CopyOnWriteArrayList<>();
    said.start();
    watchdog.addAppender(said);
    try (var guests = new GuestFixture()) {
      GuestModule module = guests.module("spin_mutual");
      Space space = guests.open(module);
      int stops = 2 * StopSwitch.MAX_INVALIDATIONS + 4;
      guests.timeoutMillis = 2;
      for (int i = 0; i < stops; i++) {
        assertEquals(TIMED_OUT, guests.call(space, "spin"));
        if (i < StopSwitch.MAX_INVALIDATIONS / 2) {
          assertFalse(module.compiled().stopSwitch().isChecked());
        }
        sleepMillis(3); // The watchdog sets the switch back.
      }
      assertTrue(module.compiled().stopSwitch().isChecked());
      guests.timeoutMillis = GuestFixture.PATIENT_MILLIS;
      assertEquals(1, guests.result(space, "inc"));
      for (int i = 0; i < 1_000 && said.list.isEmpty(); i++) {
        sleepMillis(3);
      }
      assertEquals(1, said.list.size(), "the operator sees it, once");
      assertTrue(said.list.getFirst().getKeyValuePairs().toString().contains(module.digest()));
    } finally {
      watchdog.detachAppender(said);
    }
  }

  /** 4096 lines in one call of one host function, each of which takes its time. */
  @Test
  void lines_ofOneWrite_areStopped() {
    try (var guests = new GuestFixture()) {
      var lines = new AtomicInteger();
      guests.log =
          (level, message) -> {
            lines.incrementAndGet();
            sleepMillis(1);
          };
      Space space = guests.open("wasi_raw");
      guests.timeoutMillis = DEADLINE_MILLIS;
      assertEquals(TIMED_OUT, guests.call(space, "lines"));
      assertTrue(lines.get() < 4_096, lines + " lines");
    }
  }

  private static void sleepMillis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void compile_initialisationRunsAway_isRefusedWithinItsDeadline() {
    try (var runtime = new GuestRuntime(1 << 26)) {
      for (String guest : List.of("hostile_initialize_spin", "hostile_start_spin")) {
        var options = new ModuleOptions(IntakeLimits.DEFAULTS, 50);
        ModuleRefused refused =
            assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () ->
                    assertThrows(
                        ModuleRefused.class,
                        () -> GuestModule.compile(GuestFixture.bytes(guest), options, runtime)));
        assertTrue(
            String.valueOf(refused.getMessage()).contains("more than 50 ms"),
            String.valueOf(refused.getMessage()));
      }
      assertEquals(0, runtime.memoryUsedBytes());
    }
  }

  @Test
  void hooks_runAway_areStopped() {
    try (var guests = new GuestFixture()) {
      guests.module("lifecycle");
      guests.timeoutMillis = DEADLINE_MILLIS;
      guests.config = java.util.Map.of("open", "spin");
      var refused =
          assertThrows(SpaceRefused.class, () -> guests.tryOpen(guests.module("lifecycle")));
      assertEquals(TIMED_OUT, refused.outcome());
      assertEquals(0, guests.loop.liveSpaces());
      guests.config = java.util.Map.of("timer", "spin");
      Space space = guests.open("lifecycle");
      assertEquals(TIMED_OUT, guests.fire(space, 1));
      assertTrue(guests.call(space, "notes").committed());
      assertEquals("o", guests.output());
    }
  }

  /** Two loops on one thread, as no server has them: each stops its own. */
  @Test
  void call_threadHasTwoLoops_isStoppedOnEither() {
    try (var first = new GuestFixture();
        var second = new GuestFixture(first.runtime)) {
      Space one = first.open("spin_loop");
      Space two = second.open("spin_loop");
      first.timeoutMillis = DEADLINE_MILLIS;
      second.timeoutMillis = DEADLINE_MILLIS;
      for (int i = 0; i < 3; i++) {
        assertEquals(TIMED_OUT, first.call(one, "spin"));
        assertEquals(TIMED_OUT, second.call(two, "spin"));
      }
    }
  }

  @Test
  void random_ofMuchMemory_isStopped() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("greedy");
      guests.result(space, "grow", 200);
      guests.timeoutMillis = DEADLINE_MILLIS;
      assertEquals(TIMED_OUT, guests.call(space, "random", 1000, 200 << 16));
      assertEquals(201, guests.result(space, "grow", 0));
    }
  }

  /** Issue 4, Shows 4: sessions of one module on many loops, half of them runaway. */
  @Test
  void stops_ofOneModuleOnManyLoops_stopNoOtherCall() throws InterruptedException {
    try (var runtime = new GuestRuntime(1 << 28)) {
      GuestModule module = GuestFixture.compile(GuestFixture.bytes("spin_mutual"), runtime);
      var stops = new AtomicInteger();
      var counted = new AtomicInteger();
      var failure = new AtomicReference<Throwable>();
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < THREADS; i++) {
        boolean runaway = i % 2 == 0;
        Thread thread =
            new Thread(
                () -> {
                  try (var guests = new GuestFixture(runtime)) {
                    if (runaway) {
                      runAway(guests, module, stops, failure);
                    } else {
                      count(guests, module, stops, counted, failure);
                    }
                    assertFalse(Thread.currentThread().isInterrupted());
                  } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      if (failure.get() != null) {
        throw new AssertionError(failure.get());
      }
      assertTrue(stops.get() >= STOPS);
      assertTrue(counted.get() >= STOPS, counted + " counted beside " + stops + " stops");
      assertEquals(0, runtime.memoryUsedBytes());
    }
  }

  private static void runAway(
      GuestFixture guests,
      GuestModule module,
      AtomicInteger stops,
      AtomicReference<Throwable> failure) {
    Space space = guests.open(module);
    int committed = 0;
    while (stops.get() < STOPS && failure.get() == null) {
      guests.timeoutMillis = 2;
      assertEquals(TIMED_OUT, guests.call(space, "spin"));
      stops.incrementAndGet();
      guests.timeoutMillis = GuestFixture.PATIENT_MILLIS;
      assertEquals(++committed, guests.result(space, "inc"));
      assertFalse(Thread.currentThread().isInterrupted());
    }
  }

  private static void count(
      GuestFixture guests,
      GuestModule module,
      AtomicInteger stops,
      AtomicInteger counted,
      AtomicReference<Throwable> failure) {
    var spaces = new Space[16];
    long[] counts = new long[spaces.length];
    for (int i = 0; i < spaces.length; i++) {
      spaces[i] = guests.open(module);
    }
    int next = 0;
    while (stops.get() < STOPS && failure.get() == null) {
      next = (next + 7) % spaces.length;
      assertEquals(++counts[next], guests.result(spaces[next], "inc"));
      counted.incrementAndGet();
      assertFalse(Thread.currentThread().isInterrupted());
    }
    for (int i = 0; i < spaces.length; i++) {
      assertEquals(counts[i], guests.result(spaces[i], "get"));
    }
  }
}
