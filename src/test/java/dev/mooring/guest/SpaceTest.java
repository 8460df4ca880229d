package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.call.TrapKind;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The doors of a space: what goes in and out, and what is refused at them. */
final class SpaceTest {
  private static long bits(float value) {
    return Float.floatToRawIntBits(value);
  }

  private static long bits(double value) {
    return Double.doubleToRawLongBits(value);
  }

  @Test
  void call_valuesOfEveryType_arriveBitForBit() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("types");
      for (long value : new long[] {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
        assertEquals(value, guests.result(space, "id_i32", value));
      }
      for (long value : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32}) {
        assertEquals(value, guests.result(space, "id_i64", value));
      }
      int signallingNan = 0x7fa00001;
      int[] floats = {
        0, 0x80000000, 1, 0x7f800000, 0x7fc00000, 0x7fe00001, 0xffc12345, signallingNan
      };
      for (int value : floats) {
        assertEquals(value, guests.result(space, "id_f32", value));
        assertEquals(value, guests.result(space, "bits_f32", value));
      }
      long[] doubles = {
        0, Long.MIN_VALUE, 1, 0x7ff0000000000000L, 0x7ff8000000000123L, 0xfff4000000000001L
      };
      for (long value : doubles) {
        assertEquals(value, guests.result(space, "id_f64", value));
        assertEquals(value, guests.result(space, "bits_f64", value));
      }
    }
  }

  @Test
  void call_severalValues_comeInOrder() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("types");
      assertArrayEquals(new long[] {-7, -5}, guests.results(space, "swap", -5, -7));
      assertArrayEquals(
          new long[] {bits(2.5), bits(-1.5f), Long.MIN_VALUE, -1},
          guests.results(space, "reverse", -1, Long.MIN_VALUE, bits(-1.5f), bits(2.5)));
      assertArrayEquals(new long[] {-3, -1}, guests.results(space, "divide", -10, 3));
      assertEquals(
          new CallOutcome.Trapped(TrapKind.INTEGER_DIVIDE_BY_ZERO),
          guests.call(space, "divide", 1, 0));
      assertArrayEquals(
          new long[] {Integer.MIN_VALUE, Integer.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE},
          guests.results(space, "extremes"));
      assertArrayEquals(
          new long[] {0x7f800000, 0x7fa00001, Long.MIN_VALUE, 1, 0x7ff8000000000000L},
          guests.results(space, "oddities"));
      assertArrayEquals(new long[0], guests.results(space, "none"));
      long[] twelve = new long[12];
      java.util.Arrays.fill(twelve, -2);
      assertEquals(-24, guests.result(space, "sum", twelve));
      long[] digits = guests.results(space, "digits");
      for (int i = 0; i < 16; i++) {
        assertEquals(i, digits[i]);
      }
    }
  }

  /** The most parameters of two slots each, and the most results, that are let in. */
  @Test
  void call_manyParametersAndResults_arrive() {
    try (var guests = new GuestFixture()) {
      GuestModule module =
          GuestFixture.compile(TinyModules.manyParameters(125, 64), guests.runtime);
      Space space = guests.open(module);
      long[] arguments = new long[125];
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = i * 0x1_0000_0001L;
      }
      long[] results = guests.results(space, "f", arguments);
      assertEquals(64, results.length);
      for (int i = 0; i < results.length; i++) {
        assertEquals(arguments[arguments.length - 1 - i], results[i]);
      }
    }
  }

  @Test
  void results_ofAsMany_areOneArray() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("types");
      long[] first = guests.results(space, "swap", 1, 2);
      assertSame(first, guests.results(space, "divide", 9, 2));
      assertArrayEquals(new long[] {4, 1}, first);
    }
  }

  @Test
  void exports_withReferences_cantBeCalled() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("types_reference");
      GuestModule module = guests.module("types_reference");
      assertEquals(List.of("plain"), module.exports().stream().map(e -> e.name()).toList());
      assertNull(module.export("id_func"));
      assertEquals(42, guests.result(space, "plain"));
    }
  }

  @Test
  void exports_ofHooks_cantBeCalled() {
    try (var guests = new GuestFixture()) {
      GuestModule module = guests.module("lifecycle");
      assertNull(module.export("mooring_open"));
      assertNull(module.export("_initialize"));
      assertNotNull(module.closeHook());
      assertNotNull(module.timerHook());
      assertTrue(module.exports().stream().noneMatch(e -> e.name().startsWith("mooring_")));
    }
  }

  @Test
  void call_wrongNumberOfArguments_isRefused() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("types");
      assertThrows(IllegalArgumentException.class, () -> guests.call(space, "swap", 1));
      assertThrows(IllegalArgumentException.class, () -> guests.call(space, "swap", 1, 2, 3));
      assertEquals(5, guests.result(space, "id_i32", 5));
    }
  }

  @Test
  void call_functionOfAnotherModule_isRefused() {
    try (var guests = new GuestFixture()) {
      Space types = guests.open("types");
      ExportedFunction foreign = guests.module("traps").export("unreachable");
      assertNotNull(foreign);
      assertThrows(
          IllegalArgumentException.class,
          () -> types.call(foreign, new long[0], guests.invocation));
    }
  }

  @Test
  void close_twice_countsOnce() {
    try (var guests = new GuestFixture()) {
      Space first = guests.open("counter");
      Space second = guests.open("counter");
      guests.result(first, "add", 5);
      first.close();
      guests.close(first);
      assertEquals(1, guests.loop.liveSpaces());
      assertEquals(1, guests.loop.liveProcessors());
      assertThrows(IllegalStateException.class, () -> guests.call(first, "get"));
      assertEquals(0, guests.result(second, "get"));
      guests.close(second);
      assertEquals(0, guests.loop.liveSpaces());
    }
  }

  /** Whoever opens the next space of a module soon finds it ready. */
  @Test
  void processor_withoutASpaceForAWhile_isGivenUp() {
    try (var guests = new GuestFixture()) {
      Space first = guests.open("counter");
      guests.result(first, "add", 5);
      IdleTime.untilGivenUp(guests.loop);
      assertEquals(1, guests.loop.liveProcessors(), "a space that doesn't run lives, too");
      guests.close(first);
      IdleTime.pass(guests.loop, GuestLoop.IDLE_TICKS - 1);
      Space second = guests.open("counter");
      assertEquals(0, guests.result(second, "get"));
      guests.close(second);
      IdleTime.pass(guests.loop, GuestLoop.IDLE_TICKS - 1);
      assertEquals(1, guests.loop.liveProcessors());
      IdleTime.pass(guests.loop, 1);
      assertEquals(0, guests.loop.liveProcessors());
      assertEquals(0, guests.runtime.memoryUsedBytes(), "nor is anything kept for it");
      assertEquals(0, guests.result(guests.open("counter"), "get"));
    }
  }

  @Test
  void call_anotherModuleWasGivenUp_goesOn() {
    try (var guests = new GuestFixture()) {
      Space counter = guests.open("counter");
      Space types = guests.open("types");
      assertEquals(5, guests.result(counter, "add", 5));
      guests.close(types);
      IdleTime.untilGivenUp(guests.loop);
      assertEquals(1, guests.loop.liveProcessors());
      assertEquals(11, guests.result(counter, "add", 6));
    }
  }

  @Test
  void closeLoop_spacesOpen_isRefused() {
    try (var guests = new GuestFixture()) {
      guests.open("counter");
      assertThrows(IllegalStateException.class, guests.loop::close);
    }
  }

  /** What a host function calls must not come back in: the guest's call is in the middle. */
  @Test
  void doors_fromWithinACall_areShut() {
    try (var guests = new GuestFixture();
        var inner = new Invocation(Unpooled.buffer(), Unpooled.buffer())) {
      var thrown = new ArrayList<RuntimeException>();
      Space other = guests.open("counter");
      var self = new ArrayList<Space>();
      guests.log =
          (level, message) -> {
            Space space = self.get(0);
            ExportedFunction add = space.processor.module().export("add");
            assertNotNull(add);
            thrown.add(
                assertThrows(
                    IllegalStateException.class, () -> space.call(add, new long[] {1}, inner)));
            thrown.add(assertThrows(IllegalStateException.class, other::close));
            thrown.add(assertThrows(IllegalStateException.class, space::close));
            thrown.add(assertThrows(IllegalStateException.class, guests.loop::tick));
            thrown.add(
                assertThrows(
                    IllegalStateException.class,
                    () ->
                        guests.loop.open(
                            guests.module("lifecycle"),
                            new GuestEnvironment(Map.of(), guests.log),
                            1 << 20,
                            inner)));
          };
      guests.module("lifecycle");
      Space space = guests.open("tally");
      self.add(space);
      assertEquals(4, guests.result(space, "add", 4));
      assertEquals(5, thrown.size());
      assertEquals(2, guests.loop.liveSpaces());
      assertEquals(9, guests.result(space, "add", 5));
      assertEquals(3, guests.result(other, "add", 3));
    }
  }

  @Test
  void call_typedValuesAndBytes_goBothWays() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("typed_bytes");
      CallOutcome outcome =
          guests.callWith(space, "scale", "!!!".getBytes(StandardCharsets.US_ASCII), 2);
      assertTrue(outcome.committed());
      assertEquals(99, guests.invocation.results()[0]);
      assertEquals("BBB", guests.output());
    }
  }

  /** Modules whose timers are due are called with the timer's number. */
  @Test
  void timerHook_fired_isACallLikeAnyOther() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("greedy");
      assertTrue(guests.fire(space, 1).committed());
      assertTrue(guests.fire(space, 2).committed());
      assertEquals(2, guests.result(space, "fired"));
      assertTrue(guests.call(space, "timers", 3, -1).committed());
      assertEquals(3, guests.invocation.timerChangeCount());
      assertEquals(2, guests.invocation.timerId(0));
      assertEquals(0xFFFF_FFFFL, guests.invocation.timerMillis(0));
    }
  }
}
