package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.server.testing.Optimized;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every way to trap has its kind, and a call that ends so has never been. */
@Optimized
final class TrapsTest {
  private static final Map<String, TrapKind> KINDS =
      Map.ofEntries(
          Map.entry("unreachable", TrapKind.UNREACHABLE),
          Map.entry("div_zero", TrapKind.INTEGER_DIVIDE_BY_ZERO),
          Map.entry("div_zero_unsigned", TrapKind.INTEGER_DIVIDE_BY_ZERO),
          Map.entry("div_zero_i64", TrapKind.INTEGER_DIVIDE_BY_ZERO),
          Map.entry("rem_zero", TrapKind.INTEGER_DIVIDE_BY_ZERO),
          Map.entry("rem_zero_i64", TrapKind.INTEGER_DIVIDE_BY_ZERO),
          Map.entry("div_overflow", TrapKind.INTEGER_OVERFLOW),
          Map.entry("div_overflow_i64", TrapKind.INTEGER_OVERFLOW),
          Map.entry("trunc_overflow", TrapKind.INTEGER_OVERFLOW),
          Map.entry("trunc_overflow_i64", TrapKind.INTEGER_OVERFLOW),
          Map.entry("trunc_nan", TrapKind.INVALID_CONVERSION),
          Map.entry("load_oob", TrapKind.OUT_OF_BOUNDS_MEMORY),
          Map.entry("load_oob_straddling", TrapKind.OUT_OF_BOUNDS_MEMORY),
          Map.entry("load_oob_negative", TrapKind.OUT_OF_BOUNDS_MEMORY),
          Map.entry("load_oob_offset", TrapKind.OUT_OF_BOUNDS_MEMORY),
          Map.entry("store_oob", TrapKind.OUT_OF_BOUNDS_MEMORY),
          Map.entry("store_oob_straddling", TrapKind.OUT_OF_BOUNDS_MEMORY),
          Map.entry("store_oob_offset", TrapKind.OUT_OF_BOUNDS_MEMORY),
          Map.entry("fill_oob", TrapKind.OUT_OF_BOUNDS_MEMORY),
          Map.entry("copy_oob", TrapKind.OUT_OF_BOUNDS_MEMORY),
          Map.entry("init_oob", TrapKind.OUT_OF_BOUNDS_MEMORY),
          Map.entry("table_oob", TrapKind.OUT_OF_BOUNDS_TABLE),
          Map.entry("table_null", TrapKind.UNINITIALIZED_ELEMENT),
          Map.entry("table_mismatch", TrapKind.INDIRECT_CALL_TYPE),
          Map.entry("table_get_oob", TrapKind.OUT_OF_BOUNDS_TABLE),
          Map.entry("table_set_oob", TrapKind.OUT_OF_BOUNDS_TABLE),
          Map.entry("table_fill_oob", TrapKind.OUT_OF_BOUNDS_TABLE),
          Map.entry("table_init_oob", TrapKind.OUT_OF_BOUNDS_TABLE),
          Map.entry("recurse", TrapKind.STACK_EXHAUSTED),
          Map.entry("recurse_indirectly", TrapKind.STACK_EXHAUSTED),
          Map.entry("memory_grow_then_trap", TrapKind.UNREACHABLE),
          Map.entry("table_set_then_trap", TrapKind.UNREACHABLE),
          Map.entry("table_grow_then_trap", TrapKind.UNREACHABLE),
          Map.entry("write_all_then_trap", TrapKind.UNREACHABLE),
          Map.entry("write_each_page_then_trap", TrapKind.UNREACHABLE));

  /** What a state is, so that two of them can be compared. */
  private static String state(Space space) {
    return States.text(GuestFixture.state(space));
  }

  @Test
  void kinds_ofTheGuest_areAllKnownHere() {
    try (var guests = new GuestFixture()) {
      var trapping =
          guests.module("traps").exports().stream()
              .map(ExportedFunction::name)
              .filter(name -> !name.equals("inc") && !name.equals("get") && !name.equals("digest"))
              .collect(Collectors.toCollection(TreeSet::new));
      assertEquals(new TreeSet<>(KINDS.keySet()), trapping);
    }
  }

  @Test
  void call_traps_hasItsKindAndNeverWas() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("traps");
      for (int round = 0; round < 3; round++) {
        for (var trap : KINDS.entrySet()) {
          String name = trap.getKey();
          long digest = guests.result(space, "digest");
          String before = state(space);
          assertEquals(new CallOutcome.Trapped(trap.getValue()), guests.call(space, name), name);
          assertEquals(before, state(space), name);
          assertEquals(digest, guests.result(space, "digest"), name);
          if (round == 1) {
            guests.result(space, "inc"); // Now some pages and globals are the space's own.
          }
        }
      }
      assertEquals(KINDS.size(), guests.result(space, "get"));
    }
  }

  /** Issue 3, Shows 3: of every three calls the third traps, in a way that changes; some rest. */
  @Test
  void call_everyThirdTraps_losesExactlyThose() {
    long seed = 3;
    var random = new Random(seed);
    String[] names = new TreeSet<>(KINDS.keySet()).toArray(new String[0]);
    try (var guests = new GuestFixture()) {
      Space space = guests.open("traps");
      Space model = guests.open("traps");
      for (int i = 1; i <= 600; i++) {
        if (i % 3 == 0) {
          String name = names[random.nextInt(names.length)];
          assertTrue(guests.call(space, name) instanceof CallOutcome.Trapped, name);
        } else {
          assertEquals(guests.result(model, "inc"), guests.result(space, "inc"));
        }
        if (i % 50 == 0) {
          IdleTime.untilRest(guests.loop);
          assertTrue(IdleTime.isAtRest(space));
        }
      }
      assertEquals(400, guests.result(space, "get"));
      assertEquals(state(model), state(space), "seed " + seed);
    }
  }

  @Test
  void call_trapsAfterChangingEveryKindOfState_rollsBackAll() {
    var random = new Random(4);
    try (var guests = new GuestFixture()) {
      Space space = guests.open("state_all");
      Space model = guests.open("state_all");
      for (int i = 0; i < 300; i++) {
        if (i % 3 == 2) {
          assertTrue(guests.call(space, "trap") instanceof CallOutcome.Trapped);
        } else {
          String[] call = States.randomChange(random);
          long[] arguments = States.arguments(call);
          assertEquals(
              guests.call(model, call[0], arguments), guests.call(space, call[0], arguments));
        }
        assertEquals(state(model), state(space), "step " + i);
      }
    }
  }

  @Test
  void call_failsExitsOrGoesOverALimit_neverWas() {
    try (var guests = new GuestFixture()) {
      Space greedy = guests.open("greedy");
      Space wasi = guests.open("wasi_probe");
      guests.result(wasi, "allocate", 1000);
      for (int i = 0; i < 36; i++) {
        String before = state(greedy);
        int kind = i % 6;
        CallOutcome outcome =
            switch (kind) {
              case 0 -> guests.call(greedy, "fail", 100 + i);
              case 1 -> guests.call(greedy, "output", 33, 65_536);
              case 2 -> guests.call(greedy, "events", 257, 1);
              case 3 -> guests.call(greedy, "timers", GuestFixture.TIMERS + 1, 1);
              case 4 -> guests.call(greedy, "logs", 2, 70_000); // Fills beyond the end.
              default -> guests.call(greedy, "touch", 2);
            };
        CallOutcome expected =
            switch (kind) {
              case 0 -> new CallOutcome.Failed("x".repeat(100 + i));
              case 1 ->
                  new CallOutcome.OverLimit(CallOutcome.Limit.OUTPUT, GuestFixture.OUTPUT_BYTES);
              case 2 -> new CallOutcome.OverLimit(CallOutcome.Limit.EVENTS, GuestFixture.EVENTS);
              case 3 -> new CallOutcome.OverLimit(CallOutcome.Limit.TIMERS, GuestFixture.TIMERS);
              default -> new CallOutcome.Trapped(TrapKind.OUT_OF_BOUNDS_MEMORY);
            };
        assertEquals(expected, outcome);
        assertEquals(before, state(greedy), outcome.toString());

        before = state(wasi);
        assertEquals(new CallOutcome.Exited(i + 1), guests.call(wasi, "quit", i + 1));
        assertEquals(before, state(wasi));
      }
      assertEquals(1, guests.result(wasi, "calls"));
      assertTrue(guests.call(greedy, "touch", 1).committed());
    }
  }

  @Test
  void fail_messageIsNotUtf8_isReplaced() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("greedy");
      assertEquals(new CallOutcome.Failed("��x"), guests.call(space, "fail_utf8"));
    }
  }

  /** What the guest ABI promises of every import that takes a range. */
  @Test
  void hostFunction_rangeOutsideMemory_traps() {
    try (var guests = new GuestFixture()) {
      guests.config = Map.of("x", "value");
      Space space = guests.open("greedy");
      for (ExportedFunction export : guests.module("greedy").exports()) {
        if (export.name().contains("_oob")) {
          assertEquals(
              new CallOutcome.Trapped(TrapKind.OUT_OF_BOUNDS_MEMORY),
              guests.callWith(space, export.name(), "some input".getBytes(UTF_8)),
              export.name());
        }
      }
    }
  }

  @Test
  void wasi_pointerOutsideMemory_traps() {
    try (var guests = new GuestFixture()) {
      guests.config = Map.of("x", "value");
      Space space = guests.open("wasi_raw");
      for (ExportedFunction export : guests.module("wasi_raw").exports()) {
        if (export.name().endsWith("_oob")) {
          assertEquals(
              new CallOutcome.Trapped(TrapKind.OUT_OF_BOUNDS_MEMORY),
              guests.call(space, export.name()),
              export.name());
        }
      }
    }
  }

  /** What would be a trap in the guest's code is a bug in ours. */
  @Test
  void hostFunction_failsItself_isTheServersFailureAndTheCallNeverWas() {
    List<RuntimeException> bugs =
        List.of(
            new NullPointerException("ours"),
            new IndexOutOfBoundsException("ours"),
            new ArithmeticException("ours"));
    try (var guests = new GuestFixture()) {
      for (RuntimeException bug : bugs) {
        guests.log =
            (level, message) -> {
              throw bug;
            };
        Space space = guests.open("greedy");
        Space neighbour = guests.open("greedy");
        String before = state(space);
        var failure =
            assertThrows(IllegalStateException.class, () -> guests.call(space, "logs", 1, 10));
        assertEquals(bug, failure.getCause());
        assertEquals(before, state(space));
        assertTrue(guests.call(neighbour, "touch", 1).committed());
        assertEquals(
            new CallOutcome.Trapped(TrapKind.OUT_OF_BOUNDS_MEMORY),
            guests.call(space, "touch", 2),
            "the guest's own is a trap as before");
        guests.close(space);
      }
    }
  }
}
