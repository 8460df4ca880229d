package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who doesn't run for a while goes to rest, a bounded number at a time, and finds everything. */
final class AwakeSpacesTest {
  @ParameterizedTest
  @ValueSource(strings = {"page17", "traps"})
  void tick_spaceHasNotRunForAWhile_restsAndFindsEverything(String guest) {
    try (var guests = new GuestFixture()) {
      Space space = guests.open(guest);
      Space other = guests.open(guest);
      for (int i = 1; i < 5; i++) {
        assertEquals(i, guests.result(space, "inc"));
        int pages = space.memory.pageCount();
        assertTrue(pages > 0);
        String before = States.text(GuestFixture.state(space));
        IdleTime.pass(guests.loop, AwakeSpaces.IDLE_TICKS - 1);
        assertEquals(pages, space.memory.pageCount(), "not yet");
        IdleTime.pass(guests.loop, 1);
        assertEquals(0, space.memory.pageCount());
        assertTrue(IdleTime.isAtRest(space));
        IdleTime.pass(guests.loop, 3);
        assertEquals(7L * (i - 1), guests.result(other, "get"), "others are others");
        for (int j = 0; j < 7; j++) {
          guests.result(other, "inc");
        }
        assertEquals(i, guests.result(space, "get"));
        assertFalse(IdleTime.isAtRest(space));
        assertEquals(pages, space.memory.pageCount());
        assertEquals(before, States.text(GuestFixture.state(space)));
      }
    }
  }

  /** A call that fails wakes it, too, and is undone. */
  @Test
  void call_atRestAndTraps_neverWas() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("traps");
      assertEquals(1, guests.result(space, "inc"));
      String before = States.text(GuestFixture.state(space));
      for (String trap : List.of("unreachable", "write_all_then_trap", "memory_grow_then_trap")) {
        IdleTime.untilRest(guests.loop);
        assertTrue(IdleTime.isAtRest(space), trap);
        assertFalse(guests.call(space, trap).committed(), trap);
        assertEquals(before, States.text(GuestFixture.state(space)), trap);
      }
      assertEquals(1, guests.result(space, "get"));
    }
  }

  @Test
  void tick_spaceRunsNowAndThen_staysAwake() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("counter");
      for (int i = 1; i < 20; i++) {
        assertEquals(i, guests.result(space, "add", 1));
        IdleTime.pass(guests.loop, AwakeSpaces.IDLE_TICKS - 1);
        assertEquals(1, space.memory.pageCount());
      }
    }
  }

  /** What a tenant is held to is what its spaces hold when they are awake: they may be any time. */
  @Test
  void heldBytes_awakeOrAtRest_areTheSame() {
    try (var guests = new GuestFixture()) {
      var spaces = new ArrayList<Space>();
      long pages = 0;
      for (int i = 0; i < 6_000; i++) {
        Space space = guests.open("counter");
        guests.result(space, "add", 1 + i);
        pages += space.memory.pageCount();
        spaces.add(space);
      }
      long held = guests.loop.heldBytes();
      assertEquals(
          spaces.size() * (long) GuestLoop.SPACE_BYTES + pages * GuestMemory.TRACKED_BYTES, held);
      long used = guests.runtime.memoryUsedBytes();
      IdleTime.untilRest(guests.loop);
      IdleTime.pass(guests.loop, 1); // They are more than are looked at in one tick.
      assertEquals(held, guests.loop.heldBytes());
      long given = (pages - GuestLoop.FREE_PAGES) * GuestMemory.TRACKED_BYTES;
      assertTrue(
          guests.runtime.memoryUsedBytes() < used - given / 2,
          "but what they don't take is others', but for the pages that the loop has at the ready");
      guests.loop.allowGrowth(0);
      for (int i = 0; i < spaces.size(); i += 2) {
        assertEquals(2 + i, guests.result(spaces.get(i), "add", 1), "no more than it had");
        assertEquals(held, guests.loop.heldBytes());
      }
      guests.loop.allowGrowth(Long.MAX_VALUE);
      for (int i = 0; i < spaces.size(); i++) {
        long before = guests.loop.heldBytes();
        guests.close(spaces.get(i));
        assertEquals(
            GuestLoop.SPACE_BYTES + GuestMemory.TRACKED_BYTES,
            before - guests.loop.heldBytes(),
            i % 2 == 0 ? "awake" : "at rest");
      }
      assertEquals(0, guests.loop.heldBytes());
    }
  }

  /** What a space gives up, it gives up in a call of its own: only then is its tenant told. */
  @Test
  void heldBytes_pagePutBack_changeInNoOthersTime() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("counter");
      guests.result(space, "add", 1);
      long written = guests.loop.heldBytes();
      for (int i = 1; i < 5; i++) {
        assertTrue(guests.call(space, "reset").committed());
        long held = guests.loop.heldBytes();
        IdleTime.untilRest(guests.loop);
        assertEquals(held, guests.loop.heldBytes());
        assertEquals(i, guests.result(space, "add", i));
        assertEquals(written, guests.loop.heldBytes());
      }
    }
  }

  private static long resting(List<Space> spaces) {
    return spaces.stream().filter(IdleTime::isAtRest).count();
  }

  @Test
  void tick_manyPagesToPutToRest_leavesSomeForTheNext() {
    try (var guests = new GuestFixture()) {
      var spaces = new ArrayList<Space>();
      int pages = 2; // Of each: one of data, and one of its stack.
      int aLook = AwakeSpaces.PAGES / pages;
      assertTrue(aLook < AwakeSpaces.LOOKS, "it is the pages that end a look");
      for (int i = 0; i < 2 * aLook + 100; i++) {
        spaces.add(guests.open("page17"));
        assertEquals(1, guests.result(spaces.getLast(), "inc"));
        assertEquals(pages, spaces.getLast().memory.pageCount());
      }
      IdleTime.pass(guests.loop, AwakeSpaces.IDLE_TICKS - 1);
      assertEquals(0, resting(spaces));
      IdleTime.pass(guests.loop, 1);
      assertEquals(aLook, resting(spaces));
      IdleTime.pass(guests.loop, 1);
      assertEquals(2L * aLook, resting(spaces));
      IdleTime.pass(guests.loop, 1);
      assertEquals(spaces.size(), resting(spaces));
      for (Space space : spaces) {
        assertEquals(1, guests.result(space, "get"));
      }
    }
  }

  /** Those that hold nothing are looked at, too, and leave the list. */
  @Test
  void tick_manySpacesToLookAt_leavesSomeForTheNext() {
    try (var guests = new GuestFixture()) {
      var spaces = new ArrayList<Space>();
      for (int i = 0; i < AwakeSpaces.LOOKS + 100; i++) {
        Space space = guests.open("counter");
        assertEquals(0, guests.result(space, "get"));
        assertEquals(0, space.memory.pageCount());
        assertTrue(space.place >= 0);
        spaces.add(space);
      }
      IdleTime.untilRest(guests.loop);
      assertEquals(100, spaces.stream().filter(space -> space.place >= 0).count());
      IdleTime.pass(guests.loop, 1);
      assertEquals(0, spaces.stream().filter(space -> space.place >= 0).count());
    }
  }

  private static final class Counter {
    final Space space;
    long count;
    int ranAt;

    Counter(Space space) {
      this.space = space;
    }
  }

  /** Never too early, in whatever order they come and go, and in the end all of them. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void spaces_runRestAndCloseAtRandom_nobodyRestsTooEarly(long seed) {
    var random = new Random(seed);
    try (var guests = new GuestFixture()) {
      var counters = new ArrayList<Counter>();
      int now = 0;
      for (int step = 0; step < 3_000; step++) {
        String at = "seed " + seed + " step " + step;
        if (counters.isEmpty() || (counters.size() < 60 && random.nextInt(6) == 0)) {
          counters.add(new Counter(guests.open("counter")));
        }
        Counter counter = counters.get(random.nextInt(counters.size()));
        if (random.nextInt(20) == 0) {
          guests.close(counter.space);
          counters.remove(counter);
        } else {
          assertEquals(++counter.count, guests.result(counter.space, "add", 1), at);
          counter.ranAt = now;
        }
        if (random.nextInt(15) == 0) {
          IdleTime.pass(guests.loop, 1);
          now++;
        }
        for (Counter each : counters) {
          if (now - each.ranAt < AwakeSpaces.IDLE_TICKS) {
            assertFalse(IdleTime.isAtRest(each.space), at);
          }
        }
      }
      IdleTime.untilRest(guests.loop);
      for (Counter each : counters) {
        assertTrue(each.count == 0 || IdleTime.isAtRest(each.space), "seed " + seed);
        assertEquals(each.count, guests.result(each.space, "get"), "seed " + seed);
        guests.close(each.space);
      }
      assertEquals(0, guests.loop.heldBytes());
    }
  }
}
