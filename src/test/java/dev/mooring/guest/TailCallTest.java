package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.server.testing.Optimized;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A call that ends a function takes no stack, whoever calls whom, and however it ends. */
@Optimized
final class TailCallTest {
  private static final int MANY = 1_000_000;

  @ParameterizedTest
  @ValueSource(strings = {"count", "table"})
  void call_ofItselfAMillionTimes_takesNoStack(String function) {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("tail_calls");
      for (long n : new long[] {0, 1, 2, 33, MANY}) {
        assertEquals(n, guests.result(space, function, n));
      }
    }
  }

  @Test
  void calls_ofEachOther_takeNoStack() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("tail_calls");
      assertEquals(1, guests.result(space, "even", MANY));
      assertEquals(0, guests.result(space, "even", MANY + 1));
      assertEquals(6, guests.result(space, "pages", 5));
    }
  }

  /** Calls that don't end a function lie between: they take stack, and no chain ends another's. */
  @Test
  void chains_withinChains_endWhereTheyBegan() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("tail_calls");
      for (long n : new long[] {0, 9, 10, 11, 1_000, 2_001}) {
        assertEquals(n, guests.result(space, "mixed", n));
      }
    }
  }

  @Test
  void values_ofEveryType_arrive() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("tail_calls");
      int n = 100_000;
      assertArrayEquals(
          new long[] {
            7 + n,
            -7 - n,
            Integer.toUnsignedLong(Float.floatToRawIntBits(1 + 0.5f * n)),
            Double.doubleToRawLongBits(-1 - 0.25 * n)
          },
          guests.results(space, "wide", n));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"spin", "spin_table"})
  void chain_withoutEnd_isStoppedAndRolledBack(String function) {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("tail_calls");
      guests.timeoutMillis = 50;
      for (int i = 0; i < 20; i++) {
        assertEquals(new CallOutcome.TimedOut(), guests.call(space, function));
        guests.timeoutMillis = 10_000;
        assertEquals(77, guests.result(space, "count", 77));
        guests.timeoutMillis = 50;
      }
      assertEquals(0, space.memory.pageCount(), "of what it stored, nothing is left");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "trap_deep, UNREACHABLE",
    "trap_null, UNINITIALIZED_ELEMENT",
    "trap_type, INDIRECT_CALL_TYPE"
  })
  void chain_traps_neverWas(String function, TrapKind kind) {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("tail_calls");
      for (long n : new long[] {0, 1, 2, 50_000}) {
        assertEquals(new CallOutcome.Trapped(kind), guests.call(space, function, n));
        assertEquals(n, guests.result(space, "count", n));
      }
      assertTrue(space.save().globalCount() == 0, "the count of calls is what it was");
    }
  }

  /** What they take of a class is bounded; beyond it a module is refused in words. */
  @Test
  void functions_moreThanAClassHolds_areRefusedInWords() throws ModuleRefused {
    try (var guests = new GuestFixture()) {
      GuestModule.compile(TinyModules.tailCalls(2_000), ModuleOptions.DEFAULTS, guests.runtime);
      var refused =
          assertThrows(
              ModuleRefused.class,
              () ->
                  GuestModule.compile(
                      TinyModules.tailCalls(12_000), ModuleOptions.DEFAULTS, guests.runtime));
      assertEquals(
          "can't be compiled: 12000 functions that end with calls need more constants than one"
              + " class of the JVM's can have; the limit is 65535",
          refused.getMessage());
    }
  }
}
