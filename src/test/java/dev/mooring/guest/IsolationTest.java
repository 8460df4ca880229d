package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.memory.GuestMemory;
import dev.mooring.guest.memory.MemoryImage;
import dev.mooring.guest.memory.MemoryInsides;
import dev.mooring.server.testing.Optimized;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Issue 3, Shows 4: no byte crosses between spaces. Each hides a secret of its own wherever a guest
 * can write, ends in each way that there is, and whoever is loaded next is searched for it.
 */
@Optimized
final class IsolationTest {
  /** A secret is this, and in its lower half the number of its space. */
  private static final long SECRET = 0x5EC2E75E_0000_0000L;

  private static final long SECRET_MASK = 0xFFFF_FFFF_0000_0000L;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int SPIN = 3;

  private static final class Hider {
    final Space space;
    final long secret;
    String state;

    Hider(Space space, long secret) {
      this.space = space;
      this.secret = secret;
      this.state = States.text(GuestFixture.state(space));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void spaces_withSecretsEndInEveryWay_neverShowThemToEachOther(long seed) throws Exception {
    var random = new Random(seed);
    try (var guests = new GuestFixture()) {
      GuestModule module = guests.module("secrets");
      long next = SECRET;
      var hiders = new ArrayList<Hider>();
      var lengths = new TreeSet<Integer>();
      int rested = 0;
      for (int step = 0; step < 400; step++) {
        String at = "seed " + seed + " step " + step;
        if (hiders.size() < 3 || (hiders.size() < 10 && random.nextInt(8) == 0)) {
          var hider = new Hider(guests.open(module), ++next);
          search(hider, 0, at);
          hiders.add(hider);
        }
        Hider hider = hiders.get(random.nextInt(hiders.size()));
        int ending = random.nextInt(20) == 0 ? SPIN : new int[] {0, 0, 1, 2, 4}[random.nextInt(5)];
        if (random.nextInt(10) == 0) {
          guests.close(hider.space);
          hiders.remove(hider);
        } else {
          hide(guests, hider, random, ending, at);
          lengths.add(hider.space.memory.sizePages());
        }
        if (random.nextInt(6) == 0) {
          IdleTime.untilRest(guests.loop);
          rested += (int) hiders.stream().filter(each -> IdleTime.isAtRest(each.space)).count();
        }
        for (int i = 0; i < 3 && !hiders.isEmpty(); i++) {
          Hider other = hiders.get(random.nextInt(hiders.size()));
          long found = guests.result(other.space, "found");
          assertTrue(found == 0 || found == other.secret, at);
          search(other, found, at);
          assertEquals(other.state, States.text(GuestFixture.state(other.space)), at);
        }
      }
      assertTrue(rested > 20, rested + " went to rest");
      while (!hiders.isEmpty()) {
        guests.close(hiders.removeLast().space);
      }
      for (int pages : lengths) {
        assertImageOnly(guests, module, pages);
      }
    }
  }

  private static void hide(GuestFixture guests, Hider hider, Random random, int ending, String at) {
    int pages = random.nextInt(3) == 0 ? random.nextInt(random.nextInt(4) == 0 ? 24 : 3) : 0;
    int step = List.of(64, 512, 1024, 4096, 40_000).get(random.nextInt(5));
    guests.timeoutMillis = ending == SPIN ? 3 : GuestFixture.PATIENT_MILLIS;
    CallOutcome outcome = guests.call(hider.space, "hide", hider.secret, pages, step, ending);
    guests.timeoutMillis = GuestFixture.PATIENT_MILLIS;
    assertEquals(ending == 0, outcome.committed(), at + " " + outcome);
    if (ending == 0) {
      hider.state = States.text(GuestFixture.state(hider.space));
    }
  }

  /**
   * Looks at what is kept for a space, awake or at rest, and when it is loaded at all that the
   * guest could read, and all that is within its engine's reach.
   */
  private static void search(Hider hider, long own, String at) {
    SessionState saved = hider.space.save();
    byte[] page = new byte[SessionState.PAGE_BYTES];
    for (int i = 0; i < saved.pageCount(); i++) {
      saved.copyPage(i, page, 0);
      search(page, own, at);
    }
    Processor processor = hider.space.processor;
    processor.load(hider.space);
    byte[] window = MemoryInsides.window(processor.memory);
    assertEquals(hider.space.memory.sizePages() << 16, window.length, at);
    search(window, own, at);
    byte[] marks = MemoryInsides.marks(processor.memory);
    assertArrayEquals(new byte[window.length / GuestMemory.TRACKED_BYTES], marks, at);
    for (long global : processor.machine.globals) {
      assertNoSecret(global, own, at);
    }
    assertTrue(
        Arrays.equals(MemoryImage.zeroes(1).page(0), new byte[GuestMemory.TRACKED_BYTES]),
        "the page of zeroes is zeroes");
  }

  private static void search(byte[] bytes, long own, String at) {
    for (int i = 0; i + 8 <= bytes.length; i += 8) {
      assertNoSecret((long) LONG.get(bytes, i), own, at);
    }
  }

  private static void assertNoSecret(long value, long own, String at) {
    if ((value & SECRET_MASK) == SECRET && value != own) {
      throw new AssertionError(at + ": the secret of space " + (value & ~SECRET_MASK) + " is out");
    }
  }

  /**
   * After the last space has gone, windows of every length are the image again. Whoever is restored
   * with a memory as long, and nothing in it, is shown one.
   */
  private static void assertImageOnly(GuestFixture guests, GuestModule module, int pages)
      throws StateException, SpaceRefused {
    var state = new SessionState.Builder(module.digest(), module.imageDigest(), pages).build();
    var nobody = new GuestEnvironment(Map.of(), guests.log);
    try (Space space = guests.loop.restore(module, state, nobody, GuestFixture.MEMORY_BYTES)) {
      space.processor.load(space);
      MemoryImage image = space.processor.module().image().memory();
      byte[] window = MemoryInsides.window(space.processor.memory);
      assertEquals(pages << 16, window.length);
      for (int i = 0; i < window.length / GuestMemory.TRACKED_BYTES; i++) {
        int start = i * GuestMemory.TRACKED_BYTES;
        assertArrayEquals(
            image.page(i),
            Arrays.copyOfRange(window, start, start + GuestMemory.TRACKED_BYTES),
            "page " + i + " of a window of " + pages + " pages");
      }
    }
  }

  /** A page comes from the free list as its last owner left it: full of a secret, all of it. */
  @Test
  void pages_fullOfASecret_areOverwrittenBeforeAnybodyReads() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("secrets"); // While it lives, free pages are kept.
      Space poisoner = guests.open("secrets");
      assertTrue(guests.call(poisoner, "hide", SECRET + 99, 4, 8, 0).committed());
      assertTrue(poisoner.memory.pageCount() > 300);
      guests.close(poisoner);
      var hider = new Hider(space, SECRET + 1);
      for (int ending : new int[] {0, 1, 0, 4, 2, 0}) {
        guests.call(space, "hide", hider.secret, 1, 1024, ending);
        search(hider, hider.secret, "ending " + ending);
        IdleTime.untilRest(guests.loop);
        assertTrue(IdleTime.isAtRest(space), "and its pages are free, or gone");
        search(hider, hider.secret, "at rest after ending " + ending);
      }
    }
  }

  /** What only table.init changes is a space's own too, though its segment has another number. */
  @Test
  void table_changedByItsInitialisationAlone_isTheSpacesOwn() {
    try (var guests = new GuestFixture()) {
      GuestModule module = GuestFixture.compile(TinyModules.tableInit(), guests.runtime);
      Space one = guests.open(module);
      Space other = guests.open(module);
      assertEquals(1, guests.result(one, "null"));
      assertTrue(guests.call(one, "init").committed());
      assertEquals(0, guests.result(one, "null"));
      assertEquals(1, guests.result(other, "null"));
      assertEquals(1, guests.result(guests.open(module), "null"));
    }
  }

  /** Two modules on one loop share its pages and nothing else. */
  @Test
  void modules_ofOneLoop_shareNothing() {
    try (var guests = new GuestFixture()) {
      for (int i = 0; i < 50; i++) {
        var hider = new Hider(guests.open("secrets"), SECRET + i);
        guests.results(hider.space, "hide", hider.secret, 2, 1024, 0);
        var stranger = new Hider(guests.open("deep"), 0);
        guests.result(stranger.space, "deep", 1, 6);
        search(stranger, 0, "round " + i);
        guests.close(hider.space);
        guests.result(stranger.space, "deep", 1, 3);
        search(stranger, 0, "round " + i);
      }
    }
  }
}
