package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.machine.GuestTable;
import dev.mooring.guest.memory.GuestMemory;
import dev.mooring.guest.memory.MemoryBudget;
import dev.mooring.guest.memory.PagePool;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What guests hold is counted to the byte, and at the budget a guest is told so; nothing dies. */
final class MemoryBudgetTest {
  private static final CallOutcome OUT_OF_MEMORY = new CallOutcome.Trapped(TrapKind.OUT_OF_MEMORY);

  @Test
  void budget_takenByManyThreads_isNeverExceededAndComesBack() throws InterruptedException {
    var budget = new MemoryBudget(1000);
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < 4; i++) {
      long seed = i;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    var random = new Random(seed);
                    for (int j = 0; j < 20_000; j++) {
                      long bytes = random.nextInt(400);
                      if (budget.tryTake(bytes)) {
                        assertTrue(budget.usedBytes() <= 1000);
                        budget.give(bytes);
                      }
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(0, budget.usedBytes());
  }

  /** Opens spaces of a module and calls each, until there is no more room; answers them all. */
  private static List<Space> fill(GuestFixture guests, String guest, String call, long... with) {
    var spaces = new ArrayList<Space>();
    GuestModule module = guests.module(guest);
    try {
      do {
        assertTrue(spaces.size() < 50_000, "the budget has no end");
        spaces.add(guests.tryOpen(module));
      } while (guests.call(spaces.getLast(), call, with).committed());
    } catch (SpaceRefused refused) {
      assertEquals(OUT_OF_MEMORY, refused.outcome());
    }
    return spaces;
  }

  @Test
  void grow_atTheBudget_answersMinusOne() {
    try (var guests = new GuestFixture(8L << 20)) {
      Space space = guests.open("greedy");
      assertEquals(1, guests.result(space, "grow", 31)); // 2 MiB
      assertEquals(-1, guests.result(space, "grow", 128));
      assertEquals(32, guests.result(space, "grow", 0));
      assertTrue(guests.call(space, "touch", 32).committed());
    }
  }

  @Test
  void store_atTheBudget_endsTheCallAndRollsBack() {
    try (var guests = new GuestFixture(3L << 20)) {
      Space space = guests.open("greedy");
      assertEquals(1, guests.result(space, "grow", 1));
      List<Space> neighbours = fill(guests, "page17", "inc");
      String before = States.text(GuestFixture.state(space));
      assertEquals(OUT_OF_MEMORY, guests.call(space, "touch", 2));
      assertEquals(before, States.text(GuestFixture.state(space)));
      for (Space neighbour : neighbours.subList(0, 100)) {
        guests.close(neighbour);
      }
      assertTrue(guests.call(space, "touch", 2).committed(), "there is room again");
    }
  }

  /** Others take what there is, to the last page; whoever has a session goes on in it. */
  @Test
  void call_othersTookTheLastPage_changesWhatItHoldsAllTheSame() {
    int bytes = 20 * GuestMemory.TRACKED_BYTES;
    try (var guests = new GuestFixture(4L << 20)) {
      Space worker = guests.open("greedy");
      guests.result(worker, "grow", 20);
      assertTrue(guests.call(worker, "random", 1, bytes).committed());
      Space counter = guests.open("counter");
      assertEquals(1, guests.result(counter, "add", 1));
      takeAll(guests);
      long held = guests.loop.heldBytes();
      long used = guests.runtime.memoryUsedBytes();
      for (int i = 2; i < 100; i++) {
        assertEquals(i, guests.result(counter, "add", 1));
        String before = States.text(GuestFixture.state(worker));
        assertEquals(
            OUT_OF_MEMORY, guests.call(worker, "random", 1, 2L * bytes), "the reserve is no room");
        assertEquals(before, States.text(GuestFixture.state(worker)));
        assertTrue(guests.call(worker, "random", 1, bytes).committed(), "call " + i);
        assertNotEquals(before, States.text(GuestFixture.state(worker)));
      }
      assertEquals(held, guests.loop.heldBytes());
      assertEquals(used, guests.runtime.memoryUsedBytes(), "nothing more is needed for a change");
      assertEquals(-1, guests.result(worker, "grow", 100));
      assertTrue(guests.call(worker, "random", 1, bytes).committed());
      assertEquals(100, guests.result(counter, "add", 1));
      assertEquals(held, guests.loop.heldBytes());
      assertTrue(guests.runtime.memoryUsedBytes() <= 4L << 20);
    }
  }

  /** First a space's worth of pages at a time, then page by page, then what a space itself is. */
  private static void takeAll(GuestFixture guests) {
    fill(guests, "greedy", "random", 1, 65_000);
    fill(guests, "greedy", "touch", 1);
    GuestModule module = guests.module("greedy");
    assertThrows(
        SpaceRefused.class,
        () -> {
          for (int i = 0; i < 50_000; i++) {
            guests.tryOpen(module);
          }
        });
  }

  /** Who went to rest has what it had, though others have taken all that there is since. */
  @Test
  void call_othersTookTheLastPageWhileItRested_findsWhatItHeld() {
    try (var guests = new GuestFixture(4L << 20)) {
      var counters = new ArrayList<Space>();
      for (int i = 0; i < 100; i++) {
        counters.add(guests.open("counter"));
        assertEquals(i, guests.result(counters.getLast(), "add", i));
      }
      IdleTime.untilRest(guests.loop);
      takeAll(guests);
      long held = guests.loop.heldBytes();
      for (int round = 1; round < 4; round++) {
        for (int i = 1; i < 100; i++) {
          assertEquals(i + round, guests.result(counters.get(i), "add", 1));
        }
        assertEquals(held, guests.loop.heldBytes());
        IdleTime.untilRest(guests.loop);
        assertEquals(held, guests.loop.heldBytes());
      }
    }
  }

  /** As {@link GuestLoop#allowGrowth} says of a tenant who may hold no more. */
  @Test
  void call_noMoreMayBeHeld_changesWhatItHoldsAllTheSame() {
    try (var guests = new GuestFixture()) {
      Space counter = guests.open("counter");
      Space other = guests.open("greedy");
      guests.result(other, "grow", 1);
      assertEquals(1, guests.result(counter, "add", 1));
      guests.loop.allowGrowth(0);
      for (int i = 2; i < 20; i++) {
        assertEquals(i, guests.result(counter, "add", 1));
        if (i % 5 == 0) {
          IdleTime.untilRest(guests.loop);
          assertTrue(IdleTime.isAtRest(counter), "and what it has again is no more than before");
        }
      }
      assertEquals(2, guests.result(other, "grow", 100), "only what is written is held");
      assertEquals(OUT_OF_MEMORY, guests.call(other, "touch", 1));
      assertEquals(-1, guests.result(other, "table_grow", 1));
      guests.loop.allowGrowth(Long.MAX_VALUE);
      assertTrue(guests.call(other, "touch", 102).committed());
    }
  }

  @Test
  void tables_ofASession_shareOneLimit() throws StateException {
    try (var guests = new GuestFixture()) {
      GuestModule module = guests.module("many_tables");
      Space space = guests.open(module);
      assertEquals(1, guests.result(space, "grow_first", 60_000));
      assertEquals(-1, guests.result(space, "grow_second", 60_000));
      assertEquals(1, guests.result(space, "grow_second", 39_998));
      assertEquals(-1, guests.result(space, "grow_first", 1));
      for (GuestTable table : space.processor.machine.tables) {
        assertTrue(table.spareBytes() <= GuestTable.SPARE_BYTES / 2);
      }
      SessionState saved = space.save();
      StateFit.check(module, saved, 0);
      var more =
          new SessionState.Builder(module.digest(), module.imageDigest(), saved.memoryPages());
      more.table(0, saved.tableEntries(0));
      more.table(1, saved.tableEntries(0));
      assertThrows(StateException.class, () -> StateFit.check(module, more.build(), 0));
    }
  }

  @Test
  void open_atTheBudget_isRefusedForWantOfMemory() {
    // One lease is as much as the reserve, and the other is for spaces; an eighth is for windows.
    try (var guests = new GuestFixture(Math.ceilDiv(2 * PagePool.LEASE_BYTES * 8L, 7))) {
      GuestModule module = guests.module("counter");
      var refused =
          assertThrows(
              SpaceRefused.class,
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  guests.tryOpen(module);
                }
              });
      assertEquals(OUT_OF_MEMORY, refused.outcome());
      assertEquals(PagePool.LEASE_BYTES / GuestLoop.SPACE_BYTES, guests.loop.liveSpaces());
    }
  }

  /** A window is made when a call needs it; if there is no room for it, that call fails. */
  @Test
  void call_noRoomForAWindow_endsTheCallOnly() {
    try (var guests = new GuestFixture(3L << 20);
        var others = new GuestFixture(guests.runtime)) {
      Space first = others.open("page17");
      assertEquals(1, others.result(first, "inc"));
      Space counter = guests.open("counter");
      Space second = guests.open("page17");
      for (int i = 1; i < 4; i++) {
        assertEquals(OUT_OF_MEMORY, guests.call(second, "inc"));
        assertEquals(i, guests.result(counter, "add", 1));
      }
      IdleTime.untilGivenUp(others.loop);
      assertEquals(1, guests.result(second, "inc"));
      assertEquals(OUT_OF_MEMORY, others.call(first, "inc"));
      IdleTime.untilGivenUp(guests.loop);
      assertEquals(2, others.result(first, "inc"));
    }
  }

  /** On one loop nobody waits for that: the windows of those who don't run make room. */
  @Test
  void call_windowsOfOthersInItsWay_takesTheirRoom() {
    try (var guests = new GuestFixture(3L << 20)) {
      Space grown = guests.open("greedy");
      Space counter = guests.open("counter");
      Space space = guests.open("page17");
      assertEquals(1, guests.result(grown, "grow", 25));
      assertTrue(guests.call(grown, "touch", 26).committed());
      String before = States.text(GuestFixture.state(grown));
      for (int i = 1; i < 6; i++) {
        assertEquals(i, guests.result(space, "inc"));
        assertEquals(i, guests.result(counter, "add", 1));
        assertEquals(26, guests.result(grown, "grow", 0));
        assertEquals(before, States.text(GuestFixture.state(grown)));
      }
      assertTrue(guests.runtime.memoryUsedBytes() <= 3L << 20);
    }
  }

  /** The same when it is the opening itself that needs the memory. */
  @Test
  void open_noRoomForItsHook_isRefusedAndForgotten() {
    try (var guests = new GuestFixture(3 * PagePool.LEASE_BYTES)) {
      GuestModule module = guests.module("lifecycle");
      Space first = guests.open("lifecycle");
      var others = new ArrayList<Space>();
      var refused =
          assertThrows(
              SpaceRefused.class,
              () -> {
                for (int i = 0; i < 3_000; i++) {
                  others.add(guests.tryOpen(module));
                }
              });
      assertEquals(OUT_OF_MEMORY, refused.outcome());
      assertEquals(1 + others.size(), guests.loop.liveSpaces());
      guests.close(others.removeLast());
      assertTrue(guests.call(first, "notes").committed());
      guests.close(first);
      for (Space other : others) {
        guests.close(other);
      }
      assertNothingIsLeft(guests);
    }
  }

  /** After a while: what was ready for spaces that might come is given back, too. */
  private static void assertNothingIsLeft(GuestFixture guests) {
    assertEquals(0, guests.loop.liveSpaces());
    assertEquals(0, guests.loop.heldBytes());
    IdleTime.untilGivenUp(guests.loop);
    assertEquals(0, guests.loop.liveProcessors());
    assertEquals(0, guests.runtime.memoryUsedBytes());
  }

  @Test
  void spaces_openedCalledRolledBackAndClosedAtRandom_giveBackEveryByte() {
    long seed = 7;
    var random = new Random(seed);
    try (var guests = new GuestFixture(24L << 20)) {
      var spaces = new ArrayList<Space>();
      List<GuestModule> modules =
          List.of(
              guests.module("greedy"),
              guests.module("state_all"),
              guests.module("deep"),
              guests.module("traps"));
      int refused = 0;
      int failed = 0;
      for (int i = 0; i < 10_000; i++) {
        int what = random.nextInt(10);
        if (spaces.isEmpty() || (what == 0 && spaces.size() < 60)) {
          try {
            spaces.add(guests.tryOpen(modules.get(random.nextInt(modules.size()))));
          } catch (SpaceRefused e) {
            refused++;
          }
        } else if (what == 1 && random.nextInt(30) == 0) {
          IdleTime.untilRest(guests.loop);
        } else if (what == 1) {
          guests.close(spaces.remove(random.nextInt(spaces.size())));
        } else {
          Space space = spaces.get(random.nextInt(spaces.size()));
          if (!randomCall(guests, space, random).committed()) {
            failed++;
          }
        }
      }
      assertTrue(failed > 500, failed + " failed and " + refused + " were refused");
      for (Space space : spaces) {
        guests.close(space);
      }
      assertNothingIsLeft(guests);
    }
  }

  private static CallOutcome randomCall(GuestFixture guests, Space space, Random random) {
    GuestModule module = space.processor.module();
    if (module.export("put") != null) {
      String[] call = random.nextInt(4) == 0 ? new String[] {"trap"} : States.randomChange(random);
      return guests.call(space, call[0], States.arguments(call));
    } else if (module.export("deep") != null) {
      return guests.call(space, "deep", random.nextInt(4), random.nextInt(22));
    } else if (module.export("digest") != null) {
      List<ExportedFunction> exports = module.exports();
      String name = exports.get(random.nextInt(exports.size())).name();
      return guests.call(space, name.startsWith("recurse") ? "inc" : name);
    }
    return switch (random.nextInt(4)) {
      case 0 -> guests.call(space, "grow", random.nextInt(30));
      case 1 -> guests.call(space, "table_grow", random.nextInt(1000));
      case 2 -> guests.call(space, "touch", random.nextInt(40)); // Traps past the end.
      default -> guests.call(space, "random", 1, random.nextInt(70_000));
    };
  }
}
