package dev.mooring.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages as runs of bytes, and what becomes of them. */
final class PageRunsTest {
  private static final int PAGE = SessionState.PAGE_BYTES;
  private static final int PAGES = 300;

  /** A page that has become another in a few places, at its ends above all. */
  private static byte[] changed(byte[] before, Random random) {
    byte[] page = before.clone();
    for (int runs = random.nextInt(5); runs > 0; runs--) {
      int length = 1 + random.nextInt(random.nextBoolean() ? 9 : PAGE);
      int last = PAGE - length;
      int from = new int[] {0, last, random.nextInt(last + 1)}[random.nextInt(3)];
      for (int i = from; i < from + length; i++) {
        page[i] = (byte) random.nextInt(random.nextInt(4) == 0 ? 2 : 256);
      }
    }
    return page;
  }

  private static PageRuns.Pages in(Map<Integer, byte[]> pages) {
    return (number, isNew) -> {
      byte[] page = isNew ? new byte[PAGE] : pages.get(number);
      if (page == null) {
        throw new StateException("no page " + number);
      }
      pages.put(number, page);
      return page;
    };
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void apply_randomPages_areWhatTheyBecame(long seed) throws Exception {
    var random = new Random(seed);
    var runs = new PageRuns();
    for (int round = 0; round < 200; round++) {
      String at = "seed " + seed + " round " + round;
      var expected = new TreeMap<Integer, byte[]>();
      var pages = new TreeMap<Integer, byte[]>();
      int count = random.nextInt(60);
      for (int i = 0; i < count; i++) {
        int number = random.nextInt(PAGES);
        byte[] before = expected.get(number);
        byte[] after = changed(before == null ? new byte[PAGE] : before, random);
        byte[] window = new byte[3 * PAGE];
        System.arraycopy(after, 0, window, PAGE, PAGE);
        if (before == null) {
          runs.added(number, window, PAGE);
        } else {
          runs.changed(number, before, window, PAGE);
        }
        expected.put(number, after);
      }
      byte[] bytes = runs.toBytes();
      assertEquals(runs.size(), bytes.length, at);
      assertEquals(count, PageRuns.count(bytes), at);
      PageRuns.apply(bytes, in(pages));
      assertEquals(expected.keySet(), pages.keySet(), at);
      expected.forEach((number, page) -> assertArrayEquals(page, pages.get(number), at));
      runs.clear(random.nextInt(2 * PAGE));
    }
  }

  @Test
  void changed_inNothing_isAPageThatNobodyNeeds() throws Exception {
    var runs = new PageRuns();
    runs.changed(7, new byte[PAGE], new byte[PAGE], 0);
    assertEquals(1, PageRuns.count(runs.toBytes()));
    PageRuns.apply(
        runs.toBytes(),
        (number, isNew) -> {
          throw new StateException("asked for " + number);
        });
  }

  /** Of which there may be a hundred thousand: a number in its data, and one on its stack. */
  @Test
  void changed_counter_takesFewBytes() {
    var runs = new PageRuns();
    byte[] after = new byte[PAGE];
    for (int i = 0; i < 4; i++) {
      after[1000 + i] = (byte) (100 + i);
    }
    runs.changed(1023, new byte[PAGE], after, 0);
    runs.changed(1024, new byte[PAGE], after, 0);
    assertTrue(runs.size() <= 24, runs.size() + " bytes");
  }

  @Test
  void bytes_cutOffOrChangedAnywhere_areRunsOrRefusedAndNothingElse() throws Exception {
    var random = new Random(5);
    var runs = new PageRuns();
    for (int i = 0; i < 5; i++) {
      runs.added(i, changed(new byte[PAGE], random), 0);
    }
    byte[] whole = runs.toBytes();
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = whole.clone();
      if (i % 2 == 0) {
        changed = Arrays.copyOf(whole, random.nextInt(whole.length));
      }
      if (changed.length > 0) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      try {
        PageRuns.apply(changed, in(new TreeMap<>()));
      } catch (StateException e) {
        refused++;
      }
    }
    assertTrue(refused > 1_000, refused + " were refused");
  }

  @Test
  void bytes_thatAreNoRuns_areNamed() {
    var cases =
        Map.of(
            "03", "runs of bytes that are cut off",
            "0380", "runs of bytes that are cut off",
            "808080808001", "a number of more than 32 bits",
            "0102ff07090900", "a run of 2 bytes at 1023 of a page of 1024",
            "0105000909", "a run of 5 bytes at 0 of a page of 1024");
    for (var each : cases.entrySet()) {
      byte[] bytes = HexFormat.of().parseHex(each.getKey());
      for (boolean count : new boolean[] {false, true}) {
        var e =
            assertThrows(
                StateException.class,
                () -> {
                  if (count) {
                    PageRuns.count(bytes);
                  } else {
                    PageRuns.apply(bytes, (number, isNew) -> new byte[PAGE]);
                  }
                });
        assertTrue(String.valueOf(e.getMessage()).contains(each.getValue()), e.getMessage());
      }
    }
  }
}
