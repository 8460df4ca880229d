package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.intake.IntakeLimits;
import dev.mooring.guest.machine.World;
import dev.mooring.guest.memory.GuestMemory;
import dev.mooring.guest.memory.MemoryImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a module starts from: initialised once for all sessions, if that can be. */
final class ImageTest {
  @Test
  void initialisation_pure_runsOnceForAll() {
    try (var guests = new GuestFixture()) {
      GuestModule module = guests.module("pure_init");
      assertTrue(module.preinitialised());
      assertEquals(0, module.opening().length, "nothing is left to do for a session");
      Space first = guests.open(module);
      Space second = guests.open(module);
      for (Space space : List.of(first, second)) {
        assertEquals(1, guests.result(space, "initialized"));
        assertEquals(78_498, guests.result(space, "primes"));
        assertEquals(2, guests.result(space, "prime", 0));
        assertEquals(999_983, guests.result(space, "prime", 78_497));
      }
      assertTrue(guests.call(first, "forget", 78_497).committed());
      assertEquals(0, guests.result(first, "prime", 78_497));
      assertEquals(999_983, guests.result(second, "prime", 78_497));
      Space third = guests.open(module);
      assertEquals(999_983, guests.result(third, "prime", 78_497));
    }
  }

  /** The image's pages are the module's: a space that only reads holds none, whoever it is. */
  @Test
  void image_pagesThatAreRead_areNoSpaces() {
    try (var guests = new GuestFixture()) {
      long held = 0;
      for (int i = 0; i < 10; i++) {
        Space space = guests.open("pure_init");
        assertEquals(2, guests.result(space, "prime", 0));
        assertEquals(999_983, guests.result(space, "prime", 78_497));
        assertTrue(space.memory.pageCount() <= 2, "only the stack was written to");
        held += GuestLoop.SPACE_BYTES + (long) space.memory.pageCount() * GuestMemory.TRACKED_BYTES;
        assertEquals(held, guests.loop.heldBytes());
      }
      MemoryImage image = guests.module("pure_init").image().memory();
      assertFalse(image.isZero(image.pageCount() / 2));
      assertTrue(image.isZero(image.pageCount() - 1));
    }
  }

  @Test
  void initialisation_impure_runsForEachSession() {
    List<String> impure = GuestFixture.named("impure_");
    assertTrue(impure.size() >= 9, impure.toString());
    try (var guests = new GuestFixture()) {
      for (String guest : impure) {
        GuestModule module = guests.module(guest);
        assertFalse(module.preinitialised(), guest);
        assertEquals(1, guests.result(guests.open(module), "initialized"), guest);
        assertEquals(1, guests.result(guests.open(module), "initialized"), guest);
      }
    }
  }

  @Test
  void initialisation_impure_getsItsOwnSessionsWorld() {
    try (var guests = new GuestFixture()) {
      var lines = new ArrayList<String>();
      guests.log = (level, message) -> lines.add(level + " " + message);
      guests.config = Map.of("name", "first");
      guests.module("impure_init");
      assertEquals(List.of(), lines, "nothing is logged while the module is made");
      Space first = guests.open("impure_init");
      guests.config = Map.of("name", "second");
      Space second = guests.open("impure_init");
      assertEquals(List.of("INFO initialised", "INFO initialised"), lines);
      assertNotEquals(guests.result(first, "seed"), guests.result(second, "seed"));
      long openedAt = guests.result(first, "opened_at");
      assertTrue(openedAt <= guests.result(second, "opened_at"));
      assertTrue(guests.call(first, "name").committed());
      assertEquals("first", guests.output());
      assertTrue(guests.call(second, "name").committed());
      assertEquals("second", guests.output());
    }
  }

  @Test
  void initialisation_allowsFixedInputs_runsOnceForAll() {
    try (var guests = new GuestFixture();
        var elsewhere = new GuestFixture()) {
      GuestModule module = guests.module("fixed_init");
      assertTrue(module.preinitialised());
      assertEquals(module.imageDigest(), elsewhere.module("fixed_init").imageDigest());
      Space one = guests.open("fixed_init");
      Space other = elsewhere.open("fixed_init");
      assertEquals(1, guests.result(one, "initialized"));
      assertEquals(guests.result(one, "seed"), elsewhere.result(other, "seed"));
      assertNotEquals(0, guests.result(one, "seed"));
      assertEquals(World.FIXED_UNIX_NANOS, guests.result(one, "opened_at"));
      assertNotEquals(guests.result(one, "drawn"), elsewhere.result(other, "drawn"));
      assertTrue(guests.result(one, "now") > World.FIXED_UNIX_NANOS);
    }
  }

  /** What is allowed isn't what is done: nothing is fixed where it saves nothing. */
  @Test
  void initialisation_asksForMoreThanItAllows_hasItsOwnSessionsWorld() {
    try (var guests = new GuestFixture()) {
      assertFalse(guests.module("fixed_clock").preinitialised());
      Space one = guests.open("fixed_clock");
      Space other = guests.open("fixed_clock");
      assertTrue(guests.result(one, "opened_at") > World.FIXED_UNIX_NANOS);
      assertNotEquals(guests.result(one, "seed"), guests.result(other, "seed"));
    }
  }

  @Test
  void initialisation_sends_isWhatTheOpeningGives() {
    try (var guests = new GuestFixture()) {
      guests.open("impure_event");
      assertEquals(1, guests.invocation.eventCount());
      Space timed = guests.open("impure_timer");
      assertEquals(0, guests.invocation.eventCount());
      assertEquals(1, guests.invocation.timerChangeCount());
      assertEquals(1, guests.invocation.timerId(0));
      assertEquals(10, guests.invocation.timerMillis(0));
      assertTrue(guests.fire(timed, 1).committed());
      assertEquals(1, guests.result(timed, "value"));
    }
  }

  @Test
  void compile_initialisedModule_leavesNothingOfItsMakingInTheBudget() {
    try (var guests = new GuestFixture()) {
      guests.module("pure_init");
      assertEquals(0, guests.runtime.memoryUsedBytes());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "hostile_initialize_trap, it trapped: unreachable instruction executed",
    "hostile_start_trap, it trapped: unreachable instruction executed",
    "hostile_initialize_fail, it failed: ",
    "hostile_initialize_spin, it ran for more than 100 ms",
    "hostile_start_spin, it ran for more than 100 ms",
    "hostile_start_recurse, it trapped: call stack exhausted",
  })
  void initialisation_fails_isRefusedWithTheReason(String guest, String reason) {
    try (var runtime = new GuestRuntime(1 << 26)) {
      var refused =
          assertThrows(
              ModuleRefused.class,
              () ->
                  GuestModule.compile(
                      GuestFixture.bytes(guest),
                      new ModuleOptions(IntakeLimits.DEFAULTS, 100),
                      runtime));
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.startsWith("can't be initialised: " + reason), message);
      assertEquals(
          guest.endsWith("_spin") ? ModuleRefused.Lack.TIME : ModuleRefused.Lack.NONE,
          refused.lack());
      assertEquals(0, runtime.memoryUsedBytes());
    }
  }

  /** A module of pages that there is no budget for now: refused for that, and only now. */
  @Test
  void initialisation_noMemory_isRefusedInTheseWords() throws ModuleRefused {
    try (var poor = new GuestRuntime(0);
        var rich = new GuestRuntime(1 << 26)) {
      byte[] bytes = GuestFixture.bytes("pure_init");
      var options = ModuleOptions.DEFAULTS;
      var refused =
          assertThrows(ModuleRefused.class, () -> GuestModule.compile(bytes, options, poor));
      assertEquals(
          "can't be initialised: it trapped: " + TrapKind.OUT_OF_MEMORY.description(),
          refused.getMessage());
      assertEquals(ModuleRefused.Lack.MEMORY, refused.lack());
      assertNotNull(GuestModule.compile(bytes, options, rich));
    }
  }

  @Test
  void opening_hookFails_isRefusedAndTheNextOpens() {
    try (var guests = new GuestFixture()) {
      GuestModule module = guests.module("lifecycle");
      assertTrue(module.preinitialised());
      guests.config = Map.of("open", "fail");
      assertEquals(
          new CallOutcome.Failed("open"),
          assertThrows(SpaceRefused.class, () -> guests.tryOpen(module)).outcome());
      guests.config = Map.of("open", "trap");
      assertEquals(
          new CallOutcome.Trapped(TrapKind.UNREACHABLE),
          assertThrows(SpaceRefused.class, () -> guests.tryOpen(module)).outcome());
      assertEquals(0, guests.loop.liveSpaces());
      IdleTime.untilGivenUp(guests.loop);
      assertEquals(0, guests.loop.liveProcessors());
      guests.config = Map.of("open", "event");
      Space space = guests.open(module);
      assertEquals(1, guests.invocation.eventCount());
      assertTrue(guests.call(space, "notes").committed());
      assertEquals("o", guests.output());
    }
  }
}
