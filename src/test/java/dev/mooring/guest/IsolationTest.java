package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.memory.DenseMemory;
import dev.mooring.guest.memory.FlatMemory;
import dev.mooring.guest.memory.GuestMemory;
import dev.mooring.guest.memory.Layout;
import dev.mooring.guest.memory.MemoryImage;
import dev.mooring.guest.memory.PagePool;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Issue 3, Shows 4: no byte crosses between spaces. Each hides a secret of its own wherever a guest
 * can write, ends in each way that there is, and whoever is loaded next is searched for it.
 */
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

  static List<Arguments> runs() {
    var runs = new ArrayList<Arguments>();
    for (Layout layout : Layout.values()) {
      for (long seed = 1; seed <= 3; seed++) {
        runs.add(Arguments.of(layout, seed));
      }
    }
    return runs;
  }

  @ParameterizedTest
  @MethodSource("runs")
  void spaces_withSecretsEndInEveryWay_neverShowThemToEachOther(Layout layout, long seed) {
    var random = new Random(seed);
    try (var guests = new GuestFixture()) {
      GuestModule module = guests.module("secrets", layout);
      long next = SECRET;
      var hiders = new ArrayList<Hider>();
      for (int step = 0; step < 400; step++) {
        String at = layout + " seed " + seed + " step " + step;
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
        }
        for (int i = 0; i < 3 && !hiders.isEmpty(); i++) {
          Hider other = hiders.get(random.nextInt(hiders.size()));
          long found = guests.result(other.space, "found");
          assertTrue(found == 0 || found == other.secret, at);
          search(other, found, at);
          assertEquals(other.state, States.text(GuestFixture.state(other.space)), at);
        }
      }
      Processor processor = hiders.getFirst().space.processor;
      while (!hiders.isEmpty()) {
        guests.close(hiders.removeLast().space);
      }
      assertImageOnly(processor);
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
   * Looks at all that the loaded guest could read, and at all that is within its engine's reach.
   */
  private static void search(Hider hider, long own, String at) {
    Processor processor = hider.space.processor;
    processor.load(hider.space);
    for (byte[] page : reachable(processor.memory)) {
      search(page, own, at);
    }
    for (long global : processor.machine.globals) {
      assertNoSecret(global, own, at);
    }
    if (processor.memory instanceof DenseMemory dense) {
      int pages = dense.sizePages * GuestMemory.TRACKED_PER_PAGE;
      for (int i = 0; i < dense.writable.length; i++) {
        assertNull(dense.writable[i], at);
      }
      for (int i = pages; i < dense.readable.length; i++) {
        assertNull(dense.readable[i], at);
      }
    } else if (processor.memory instanceof FlatMemory flat) {
      assertEquals(flat.sizePages << 16, flat.bytes.length, at);
      for (byte mark : flat.marks) {
        assertEquals(0, mark, at);
      }
    }
    assertTrue(
        Arrays.equals(MemoryImage.zeroes(1).page(0), new byte[GuestMemory.TRACKED_BYTES]),
        "the page of zeroes is zeroes");
  }

  private static List<byte[]> reachable(GuestMemory memory) {
    var pages = new ArrayList<byte[]>();
    switch (memory) {
      case DenseMemory dense -> {
        for (byte[] page : dense.readable) {
          if (page != null) {
            pages.add(page);
          }
        }
      }
      case FlatMemory flat -> pages.add(flat.bytes);
    }
    return pages;
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

  /** After the last space has gone, every entry is the image's again. */
  private static void assertImageOnly(Processor processor) {
    MemoryImage image = processor.module().image().memory();
    if (processor.memory instanceof DenseMemory dense) {
      for (int i = 0; i < dense.readable.length; i++) {
        if (i < image.pageCount()) {
          assertSame(image.page(i), dense.readable[i]);
        } else {
          assertNull(dense.readable[i]);
        }
        assertNull(dense.writable[i]);
      }
    } else if (processor.memory instanceof FlatMemory flat) {
      assertEquals(0, flat.bytes.length);
    }
  }

  /** A buffer comes from the free list as its last owner left it. */
  @ParameterizedTest
  @EnumSource
  void buffers_fullOfASecret_areOverwrittenBeforeAnybodyReads(Layout layout) {
    byte[] secret = new byte[layout.bufferBytes()];
    for (int i = 0; i < secret.length; i += 8) {
      LONG.set(secret, i, SECRET + 99);
    }
    try (var guests = new GuestFixture()) {
      Space space = guests.open("secrets", layout);
      PagePool pool = space.processor.memory.pool;
      var poisoned = new ArrayList<byte[]>();
      for (int i = 0; i < 300; i++) {
        byte[] buffer = pool.peek();
        pool.take();
        System.arraycopy(secret, 0, buffer, 0, secret.length);
        poisoned.add(buffer);
      }
      poisoned.forEach(pool::give);
      var hider = new Hider(space, SECRET + 1);
      for (int ending : new int[] {0, 1, 0, 4, 2, 0}) {
        guests.call(space, "hide", hider.secret, 1, 1024, ending);
        search(hider, hider.secret, layout + " " + ending);
      }
    }
  }

  /** What only table.init changes is a space's own too, though its segment has another number. */
  @ParameterizedTest
  @EnumSource
  void table_changedByItsInitialisationAlone_isTheSpacesOwn(Layout layout) {
    try (var guests = new GuestFixture()) {
      GuestModule module = GuestFixture.compile(TinyModules.tableInit(), layout, guests.runtime);
      Space one = guests.open(module);
      Space other = guests.open(module);
      assertEquals(1, guests.result(one, "null"));
      assertTrue(guests.call(one, "init").committed());
      assertEquals(0, guests.result(one, "null"));
      assertEquals(1, guests.result(other, "null"));
      assertEquals(1, guests.result(guests.open(module), "null"));
    }
  }

  /** Two modules on one loop share its buffers and nothing else. */
  @Test
  void modules_ofOneLoop_shareNothing() {
    try (var guests = new GuestFixture()) {
      for (int i = 0; i < 50; i++) {
        var hider = new Hider(guests.open("secrets", Layout.DENSE), SECRET + i);
        guests.results(hider.space, "hide", hider.secret, 2, 1024, 0);
        var stranger = new Hider(guests.open("deep", Layout.DENSE), 0);
        guests.result(stranger.space, "deep", 1, 6);
        search(stranger, 0, "round " + i);
        guests.close(hider.space);
        guests.result(stranger.space, "deep", 1, 3);
        search(stranger, 0, "round " + i);
      }
    }
  }
}
