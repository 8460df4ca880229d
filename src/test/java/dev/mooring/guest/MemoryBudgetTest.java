package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.machine.GuestTable;
import dev.mooring.guest.memory.Layout;
import dev.mooring.guest.memory.MemoryBudget;
import dev.mooring.guest.memory.PagePool;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

  @Test
  void grow_atTheBudget_answersMinusOne() {
    try (var guests = new GuestFixture(8L << 20)) {
      Space flat = guests.open("greedy", Layout.FLAT);
      assertEquals(1, guests.result(flat, "grow", 31)); // 2 MiB
      assertEquals(-1, guests.result(flat, "grow", 128));
      assertEquals(32, guests.result(flat, "grow", 0));
      assertTrue(guests.call(flat, "touch", 32).committed());
    }
  }

  @Test
  void store_atTheBudget_endsTheCallAndRollsBack() {
    try (var guests = new GuestFixture(2L << 20)) {
      Space space = guests.open("greedy", Layout.DENSE);
      assertEquals(1, guests.result(space, "grow", 1));
      var neighbours = new ArrayList<Space>();
      while (guests.call(guests.open("page17", Layout.DENSE), "echo").committed()) {
        neighbours.add(guests.open("page17", Layout.DENSE));
        if (neighbours.size() > 5000) {
          throw new AssertionError("the budget has no end");
        }
      }
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
  @ParameterizedTest
  @EnumSource
  void call_othersTookTheLastPage_changesWhatItHoldsAllTheSame(Layout layout) {
    try (var guests = new GuestFixture(4L << 20)) {
      Space worker = guests.open("greedy", layout);
      guests.result(worker, "grow", 20);
      Space counter = guests.open("counter", layout);
      if (layout == Layout.DENSE) {
        assertEquals(1, guests.result(counter, "add", 1));
        guests.call(worker, "touch", 20);
      }
      takeAll(guests, layout);
      long held = guests.loop.heldBytes();
      if (layout == Layout.DENSE) {
        for (int i = 2; i < 100; i++) {
          assertEquals(i, guests.result(counter, "add", 1));
        }
      }
      for (int i = 0; i < 100; i++) {
        assertTrue(guests.call(worker, "touch", 20).committed(), "call " + i);
        assertEquals(-1, guests.result(worker, "grow", 100));
        if (layout == Layout.DENSE) {
          assertEquals(OUT_OF_MEMORY, guests.call(worker, "touch", 21), "the reserve is no room");
        }
      }
      assertEquals(held, guests.loop.heldBytes());
      assertTrue(guests.runtime.memoryUsedBytes() <= 4L << 20);
    }
  }

  private static void takeAll(GuestFixture guests, Layout layout) {
    GuestModule module = guests.module("greedy", layout);
    try {
      for (int i = 0; i < 50_000; i++) {
        Space hog = guests.tryOpen(module);
        int pages = 1;
        while (pages <= 4 && guests.call(hog, "touch", pages).committed()) {
          guests.call(hog, "grow", 1);
          pages++;
        }
      }
    } catch (SpaceRefused refused) {
      return;
    }
    throw new AssertionError("the budget has no end");
  }

  /** As {@link GuestLoop#allowGrowth} says of a tenant who may hold no more. */
  @ParameterizedTest
  @EnumSource
  void call_noMoreMayBeHeld_changesWhatItHoldsAllTheSame(Layout layout) {
    try (var guests = new GuestFixture()) {
      Space counter = guests.open("counter", layout);
      Space other = guests.open("greedy", layout);
      guests.result(other, "grow", 1);
      assertEquals(1, guests.result(counter, "add", 1));
      guests.loop.allowGrowth(0);
      for (int i = 2; i < 20; i++) {
        assertEquals(i, guests.result(counter, "add", 1));
      }
      assertEquals(-1, guests.result(other, "grow", 100));
      if (layout == Layout.DENSE) {
        assertEquals(OUT_OF_MEMORY, guests.call(other, "touch", 1));
      }
      guests.loop.allowGrowth(Long.MAX_VALUE);
      assertTrue(guests.call(other, "touch", 2).committed());
    }
  }

  @ParameterizedTest
  @EnumSource
  void tables_ofASession_shareOneLimit(Layout layout) throws StateException {
    try (var guests = new GuestFixture()) {
      GuestModule module = guests.module("many_tables", layout);
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
    // A lease is as much as the reserve of a pool of dense buffers.
    try (var guests = new GuestFixture(2 * PagePool.LEASE_BYTES)) {
      GuestModule module = guests.module("counter", Layout.DENSE);
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

  /** A flat space's array is made for its first call; if there is no room, that call fails. */
  @Test
  void call_noRoomToLoadTheSpace_endsTheCallOnly() {
    try (var guests = new GuestFixture(3L << 20)) {
      Space first = guests.open("page17", Layout.FLAT);
      Space second = guests.open("page17", Layout.FLAT);
      Space third = guests.open("page17", Layout.FLAT);
      assertEquals(1, guests.result(first, "inc"));
      assertEquals(1, guests.result(second, "inc"));
      assertEquals(OUT_OF_MEMORY, guests.call(third, "inc"));
      assertEquals(OUT_OF_MEMORY, guests.call(third, "inc"));
      assertEquals(2, guests.result(first, "inc"));
      guests.close(first);
      assertEquals(1, guests.result(third, "inc"));
      assertEquals(2, guests.result(second, "inc"));
    }
  }

  /** The same when it is the opening itself that needs the memory. */
  @Test
  void open_noRoomForItsHook_isRefusedAndForgotten() {
    try (var guests = new GuestFixture(3 * PagePool.LEASE_BYTES)) {
      GuestModule module = guests.module("lifecycle", Layout.FLAT);
      Space first = guests.open("lifecycle", Layout.FLAT);
      var others = new ArrayList<Space>();
      var refused =
          assertThrows(
              SpaceRefused.class,
              () -> {
                for (int i = 0; i < 100; i++) {
                  others.add(guests.tryOpen(module));
                }
              });
      assertEquals(OUT_OF_MEMORY, refused.outcome());
      assertEquals(1 + others.size(), guests.loop.liveSpaces());
      assertTrue(guests.call(first, "notes").committed());
      guests.close(first);
      for (Space other : others) {
        guests.close(other);
      }
      assertEquals(0, guests.loop.liveProcessors());
    }
  }

  /** The fixture holds the budget to zero at its end. */
  @ParameterizedTest
  @EnumSource
  void spaces_openedCalledRolledBackAndClosedAtRandom_giveBackEveryByte(Layout layout) {
    long seed = 7;
    var random = new Random(seed);
    try (var guests = new GuestFixture(24L << 20)) {
      var spaces = new ArrayList<Space>();
      List<GuestModule> modules =
          List.of(
              guests.module("greedy", layout),
              guests.module("state_all", layout),
              guests.module("deep", layout),
              guests.module("traps", layout));
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
      assertEquals(0, guests.loop.liveSpaces());
      assertEquals(0, guests.loop.liveProcessors());
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
