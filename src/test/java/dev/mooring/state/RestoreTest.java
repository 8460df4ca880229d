package dev.mooring.state;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.IdleTime;
import dev.mooring.guest.Space;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.TrapKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** States of guests, awake or at rest, taken and given back. */
final class RestoreTest {
  private final GuestHost host = new GuestHost();

  /** Whatever a test did, what spaces held has been given back to the byte. */
  @AfterEach
  void close() {
    assertEquals(0, host.loop.liveSpaces());
    IdleTime.untilGivenUp(host.loop);
    assertEquals(0, host.loop.liveProcessors());
    assertEquals(0, host.runtime.memoryUsedBytes());
    host.close();
    assertEquals(0, host.runtime.memoryUsedBytes());
  }

  static List<String> guests() {
    return GuestHost.all();
  }

  /** Saved, written, read and restored again and again, beside a twin that lived undisturbed. */
  @ParameterizedTest
  @MethodSource("guests")
  void restore_afterRandomCalls_goesOnAsItsTwin(String guest) throws Exception {
    GuestModule module = GuestHost.module(guest);
    boolean timeless = !guest.equals("ticker"); // What it read on the clock stays in its memory.
    Space twin = host.open(module);
    Space space = host.open(module);
    for (int round = 0; round < 6; round++) {
      String expected = host.randomCalls(module, twin, 25, new Random(round));
      assertEquals(expected, host.randomCalls(module, space, 25, new Random(round)));
      SessionState state = space.save();
      if (timeless) {
        assertEquals(twin.save(), state);
        assertArrayEquals(twin.save().toBytes(), state.toBytes());
      }
      if (round % 2 == 1) {
        IdleTime.untilRest(host.loop);
        assertEquals(state, space.save(), "at rest it is what it was awake");
      }
      space.close();
      space = host.restore(module, SessionState.fromBytes(state.toBytes()));
      assertEquals(state, space.save(), "what was restored is what was saved");
    }
    twin.close();
    space.close();
  }

  /** What a base has become by changes, written and read, is what the space is. */
  @ParameterizedTest
  @MethodSource("guests")
  void takeChange_afterRandomCalls_replaysToWhatTheSpaceIs(String guest) throws Exception {
    GuestModule module = GuestHost.module(guest);
    Space space = host.open(module);
    assertNull(space.takeChange(), "nobody has asked for it yet");
    var random = new Random(4);
    SessionState base = space.saveAndNote();
    List<StateChange> changes = new ArrayList<>();
    int replayed = 0;
    for (int round = 0; round < 60; round++) {
      host.randomCalls(module, space, random.nextInt(6), random);
      if (round % 20 == 7) {
        IdleTime.untilRest(host.loop);
      }
      StateChange change = space.takeChange();
      if (change == null) {
        base = space.saveAndNote();
        changes.clear();
      } else {
        changes.add(StateChange.fromBytes(change.toBytes()));
        replayed++;
      }
      if (round % 5 == 0) {
        Space again = host.restore(module, StateChange.replay(base, changes));
        assertEquals(space.save(), again.save(), "round " + round);
        again.close();
      }
    }
    assertTrue(replayed > 10, replayed + " changes were replayed");
    space.close();
  }

  /** A page that was put back, was left out of what was saved, and is written again. */
  @Test
  void takeChange_ofAPageThatWasTheImages_isWhole() throws Exception {
    GuestModule module = GuestHost.module("state_all");
    Space space = host.open(module);
    host.call(module, space, "put", 0, 3);
    host.call(module, space, "put", 0, 1); // As the image has it.
    SessionState base = space.saveAndNote();
    assertEquals(0, base.pageCount());
    host.call(module, space, "put", 0, 4);
    StateChange change = requireNonNull(space.takeChange());
    assertEquals(space.save(), StateChange.replay(base, List.of(change)));
    host.call(module, space, "set", 5);
    host.call(module, space, "table_grow", 2);
    host.call(module, space, "grow", 1);
    StateChange parts = requireNonNull(space.takeChange());
    SessionState replayed = StateChange.replay(base, List.of(change, parts));
    assertEquals(space.save(), replayed);
    assertThrows(StateException.class, () -> StateChange.replay(replayed, List.of(change)));
    space.close();
  }

  /** Between two calls, however long that is; and it rests on. */
  @Test
  void save_atRest_isWhatItWasAwakeAndWakesNobody() throws Exception {
    GuestModule module = GuestHost.module("state_all");
    Space space = host.open(module);
    host.call(module, space, "set", 11);
    host.call(module, space, "init");
    host.call(module, space, "grow", 2);
    host.call(module, space, "table_grow", 2);
    SessionState awake = space.save();
    IdleTime.untilRest(host.loop);
    assertTrue(IdleTime.isAtRest(space));
    SessionState state = space.save();
    assertTrue(IdleTime.isAtRest(space));
    assertEquals(awake, state);
    assertArrayEquals(awake.toBytes(), state.toBytes());
    Space restored = host.restore(module, state);
    for (Space each : List.of(space, restored)) {
      assertEquals(11, host.call(module, each, "numbers")[4]);
      assertEquals(3, host.call(module, each, "pages")[0]);
      assertEquals(6, host.call(module, each, "entries")[0]);
      each.close();
    }
  }

  @Test
  void save_nothingChanged_isTheImage() throws Exception {
    for (String guest : List.of("state_all", "counter", "types")) {
      GuestModule module = GuestHost.module(guest);
      Space space = host.open(module);
      SessionState state = space.save();
      assertEquals(0, state.pageCount() + state.globalCount() + state.tableCount());
      assertEquals(0, state.droppedSegments().length);
      assertEquals(module.digest(), state.moduleDigest());
      assertEquals(116, state.toBytes().length);
      Space restored = host.restore(module, state);
      assertEquals(state, restored.save());
      restored.close();
      space.close();
      assertThrows(IllegalStateException.class, space::save);
    }
  }

  /** What was changed and changed back is the image's again, however it came there. */
  @Test
  void save_changedAndChangedBack_isTheImage() {
    GuestModule module = GuestHost.module("state_all");
    Space space = host.open(module);
    SessionState before = space.save();
    host.call(module, space, "put", 0, 3);
    assertNotEquals(before, space.save());
    host.call(module, space, "put", 0, 1);
    assertEquals(before, space.save());
    host.call(module, space, "set", 5);
    SessionState set = space.save();
    assertEquals(1, set.pageCount());
    assertEquals(4, set.pageNumber(0));
    assertEquals(4, set.globalCount());
    host.call(module, space, "set", -1);
    assertEquals(0xFFFF_FFFFL, space.save().globalBits(0), "an i32 has zeroes above");
    host.call(module, space, "set", 5);
    assertEquals(set, space.save());
    space.close();
  }

  /** Few pages and many, and memory that grew. */
  @Test
  void restore_anyNumberOfPages_isSavedTheSame() throws Exception {
    var random = new Random(3);
    for (int pages : new int[] {0, 1, 2, 47, 48, 49, 300, 512}) {
      SessionState state = stateOfPages(GuestHost.module("state_all"), pages, random);
      GuestModule module = GuestHost.module("state_all");
      Space space = host.restore(module, state);
      assertEquals(state, space.save());
      assertEquals(8, host.call(module, space, "pages")[0]);
      assertEquals(-1, (int) host.call(module, space, "grow", 1)[0]);
      host.call(module, space, "set", 77);
      assertEquals(77, host.call(module, space, "numbers")[4]);
      space.close();
    }
  }

  @Test
  void restore_memoryGrownFar_growsOn() throws Exception {
    GuestModule module = GuestHost.module("greedy");
    Space space = host.open(module);
    host.call(module, space, "grow", 40);
    host.call(module, space, "touch", 30);
    SessionState state = space.save();
    Space restored = host.restore(module, state);
    assertEquals(state, restored.save());
    assertEquals(41, host.call(module, restored, "grow", 3)[0]);
    host.call(module, restored, "touch", 44);
    assertEquals(44, restored.save().memoryPages());
    restored.close();
    assertEquals(state, space.save());
    space.close();
  }

  private static SessionState stateOfPages(GuestModule module, int count, Random random) {
    var state = builder(module, 8);
    byte[] page = new byte[1024];
    for (int number : random.ints(0, 512).distinct().limit(count).toArray()) {
      random.nextBytes(page);
      state.page(number, page, 0);
    }
    return state.build();
  }

  /** The image's digest is the engine's secret; any state of the module tells it. */
  private static SessionState.Builder builder(GuestModule module, int memoryPages) {
    return new SessionState.Builder(module.digest(), imageDigest(module), memoryPages);
  }

  private static String imageDigest(GuestModule module) {
    try (var host = new GuestHost()) {
      try (Space space = host.open(module)) {
        return space.save().imageDigest();
      }
    }
  }

  /** Two that came from one state, and one that came from the image, don't see each other. */
  @Test
  void restore_twice_areTwo() throws Exception {
    GuestModule module = GuestHost.module("state_all");
    Space fresh = host.open(module);
    Space saved = host.open(module);
    host.call(module, saved, "set", 11);
    host.call(module, saved, "init");
    host.call(module, saved, "grow", 2);
    host.call(module, saved, "table_grow", 2);
    host.call(module, saved, "drop_data");
    SessionState state = saved.save();
    byte[] written = state.toBytes();
    Space one = host.restore(module, state);
    Space other = host.restore(module, state);
    for (int round = 0; round < 20; round++) {
      host.call(module, one, "set", 100 + round);
      host.randomCalls(module, one, 5, new Random(round));
      assertEquals(11, host.call(module, other, "numbers")[1]);
      assertEquals(11, host.call(module, other, "numbers")[4]);
      assertEquals(3, host.call(module, other, "pages")[0]);
      assertEquals(6, host.call(module, other, "entries")[0]);
      assertEquals(0, host.call(module, fresh, "word")[0]);
      assertEquals(2, host.call(module, fresh, "numbers")[1]);
      assertEquals(1, host.call(module, fresh, "pages")[0]);
      assertEquals(4, host.call(module, fresh, "entries")[0]);
    }
    assertArrayEquals(written, state.toBytes());
    assertEquals(state, other.save());
    assertEquals(state, saved.save());
    for (Space space : List.of(fresh, saved, one, other)) {
      space.close();
    }
  }

  /** A call that fails is undone in a restored space as in any other. */
  @Test
  void call_trapsAfterRestore_isUndone() throws Exception {
    GuestModule module = GuestHost.module("state_all");
    SessionState state = stateOfPages(module, 100, new Random(4));
    Space space = host.restore(module, state);
    assertThrows(IllegalStateException.class, () -> host.call(module, space, "trap"));
    assertEquals(state, space.save());
    host.call(module, space, "drop_elem");
    SessionState dropped = space.save();
    assertThrows(IllegalStateException.class, () -> host.call(module, space, "init"));
    assertEquals(dropped, space.save());
    space.close();
  }

  @Test
  void restore_whatDoesNotFit_isRefused() {
    GuestModule all = GuestHost.module("state_all");
    GuestModule traps = GuestHost.module("traps");
    GuestModule types = GuestHost.module("types");
    refused("a state of the module " + types.digest(), all, builder(types, 0));
    refused(
        "its initialisation came out otherwise",
        all,
        new SessionState.Builder(all.digest(), States.IMAGE, 1));
    refused("memory of 0 pages of 64 KiB, expected 1 or more", all, builder(all, 0));
    refused("memory of 9 pages of 64 KiB, at most 8", all, builder(all, 9));
    refused("memory of 65536 pages of 64 KiB, at most 8", all, builder(all, 65_536));
    refused("memory of 1 pages of 64 KiB, but it can't grow from 0", types, builder(types, 1));
    refused("global 6, which nothing", all, builder(all, 1).global(6, 7));
    refused("global 7, but the module has 7", all, builder(all, 1).global(7, 7));
    refused("global 0 is 0x100000000, which is no i32", all, builder(all, 1).global(0, 1L << 32));
    refused("global 2 is 0x8000000000000000", all, builder(all, 1).global(2, Long.MIN_VALUE));
    refused("global 4 is 1000000", all, builder(all, 1).global(4, 1_000_000));
    refused("global 4 is -2, expected null", all, builder(all, 1).global(4, 0xFFFF_FFFEL));
    refused("global 5 is 0, expected null", all, builder(all, 1).global(5, 0));
    refused("table 2, but the module has 2", all, builder(all, 1).table(2, new int[4]));
    refused("table 0 has 3 entries, expected 4 to 16", all, builder(all, 1).table(0, new int[3]));
    refused("table 0 has 17 entries", all, builder(all, 1).table(0, new int[17]));
    refused("an entry of table 0 is 99", all, builder(all, 1).table(0, new int[] {0, 1, -1, 99}));
    refused("an entry of table 0 is -5", all, builder(all, 1).table(0, new int[] {0, 1, -1, -5}));
    refused("an entry of table 1 is 0", all, builder(all, 1).table(1, new int[2]));
    refused(
        "2 words of segment bits, expected 1", all, builder(all, 1).droppedSegments(new long[2]));
    refused(
        "isn't there: the module has 3", all, builder(all, 1).droppedSegments(new long[] {0b1010}));
    refused("there again", all, builder(all, 1).droppedSegments(new long[] {0b100}));
    refused("nothing in the module drops", traps, builder(traps, 2).droppedSegments(new long[1]));
  }

  private void refused(String message, GuestModule module, SessionState.Builder state) {
    var thrown =
        assertThrows(StateException.class, () -> host.restore(module, state.build()).close());
    assertTrue(String.valueOf(thrown.getMessage()).contains(message), thrown::toString);
  }

  /** An operator who has lowered the limit since has the last word. */
  @Test
  void restore_memoryAboveTheSessionsLimit_isRefused() throws Exception {
    GuestModule module = GuestHost.module("state_all");
    SessionState state = builder(module, 5).build();
    var thrown = assertThrows(StateException.class, () -> host.restore(module, state, 4 * 65_536));
    assertEquals("memory of 5 pages of 64 KiB, at most 4", thrown.getMessage());
    Space space = host.restore(module, state, 5 * 65_536);
    assertEquals(-1, (int) host.call(module, space, "grow", 1)[0]);
    space.close();
  }

  /** In the middle of a call a session has no state yet, and a loop has other things to do. */
  @Test
  void save_inTheMiddleOfACall_isRefused() throws Exception {
    GuestModule module = GuestHost.module("tally");
    Space space = host.open(module);
    SessionState before = space.save();
    var logged = new AtomicInteger();
    host.onLog =
        () -> {
          assertThrows(IllegalStateException.class, space::save);
          assertThrows(IllegalStateException.class, () -> host.restore(module, before));
          logged.incrementAndGet();
        };
    assertEquals(5, host.call(module, space, "add", 5)[0]);
    assertEquals(1, logged.get());
    assertEquals(5, space.save().globalBits(0));
    space.close();
  }

  /** Wherever the budget ends in the middle of a restoration, nothing of it stays behind. */
  @Test
  void restore_budgetUsedUp_isRefusedAndLeavesNothing() throws Exception {
    SessionState large = stateOfPages(GuestHost.module("state_all"), 512, new Random(5));
    SessionState tables = builder(GuestHost.module("state_all"), 1).table(0, new int[16]).build();
    // A reserve of 256 KiB and as much for spaces, and a window of a page of 64 KiB.
    try (var small = new GuestHost(600 * 1024)) {
      GuestModule module = GuestHost.module("state_all");
      Space living = small.open(module);
      small.call(module, living, "set", 4);
      long before = small.runtime.memoryUsedBytes();
      for (int i = 0; i < 20; i++) {
        var thrown = assertThrows(SpaceRefused.class, () -> small.restore(module, large));
        assertEquals(new CallOutcome.Trapped(TrapKind.OUT_OF_MEMORY), thrown.outcome());
        assertEquals(1, small.loop.liveSpaces());
      }
      small.restore(module, tables).close();
      assertEquals(4, small.call(module, living, "numbers")[1]);
      assertEquals(before, small.runtime.memoryUsedBytes());
      living.close();
      small.loop.close();
      assertEquals(0, small.runtime.memoryUsedBytes());
    }
  }
}
