package dev.mooring.guest.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a memory at rest is kept as, and what becomes of it. */
final class RunsTest {
  private static final int SIZE_PAGES = 4;
  private static final int TRACKED = GuestMemory.TRACKED_BYTES;

  private static SpaceMemory space(int pages) {
    var space = new SpaceMemory(SIZE_PAGES, SIZE_PAGES);
    space.makeRoom(pages);
    return space;
  }

  /** Noise at its beginning, then zeroes, and a memory that has grown beyond it. */
  private static MemoryImage image(Random random) {
    byte[] noise = new byte[40 * TRACKED];
    random.nextBytes(noise);
    var image = new MemoryImage.Builder(SIZE_PAGES / 2);
    image.write(0, noise, 0, noise.length);
    return image.build();
  }

  /** A page that has become another than the image's in a few places, at its ends above all. */
  private static byte[] changed(byte[] initial, Random random) {
    byte[] page = initial.clone();
    for (int runs = random.nextInt(5); runs > 0; runs--) {
      int length = 1 + random.nextInt(random.nextBoolean() ? 9 : TRACKED);
      int last = TRACKED - length;
      int from = new int[] {0, last, random.nextInt(last + 1)}[random.nextInt(3)];
      for (int i = from; i < from + length; i++) {
        page[i] = (byte) random.nextInt(random.nextInt(4) == 0 ? 2 : 256);
      }
    }
    int surely = random.nextInt(TRACKED);
    page[surely] = (byte) (initial[surely] + 1);
    return page;
  }

  private static SpaceMemory changed(MemoryImage image, Random random) {
    int most = SIZE_PAGES * GuestMemory.TRACKED_PER_PAGE;
    int[] numbers = random.ints(0, most).distinct().limit(random.nextInt(60)).sorted().toArray();
    SpaceMemory space = space(numbers.length);
    for (int number : numbers) {
      space.add(number, changed(image.page(number), random));
    }
    return space;
  }

  private static SpaceMemory expanded(byte[] runs, MemoryImage image, Random random) {
    SpaceMemory space = space(Runs.pageCount(runs));
    Runs.expand(
        runs,
        image,
        space,
        () -> {
          byte[] page = new byte[TRACKED];
          random.nextBytes(page); // As its last owner left it.
          return page;
        });
    return space;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void expand_randomPages_areWhatTheyWere(long seed) {
    var random = new Random(seed);
    MemoryImage image = image(random);
    for (int round = 0; round < 200; round++) {
      String at = "seed " + seed + " round " + round;
      SpaceMemory space = changed(image, random);
      byte[] runs = Runs.of(space, image);
      assertEquals(space.count, Runs.pageCount(runs), at);
      SpaceMemory again = expanded(runs, image, random);
      assertEquals(space.count, again.count, at);
      for (int i = 0; i < space.count; i++) {
        assertEquals(space.numbers[i], again.numbers[i], at);
        assertArrayEquals(space.pages[i], again.pages[i], at);
      }
    }
  }

  /** Differences at the end of one page and at the beginning of the next are two runs. */
  @Test
  void expand_differencesOnBothSidesOfAnEdge_areWhatTheyWere() {
    var random = new Random(5);
    MemoryImage image = MemoryImage.zeroes(SIZE_PAGES);
    SpaceMemory space = space(3);
    for (int i = 0; i < 3; i++) {
      byte[] page = new byte[TRACKED];
      Arrays.fill(page, (byte) (i + 1));
      space.add(7 + i, page);
    }
    SpaceMemory again = expanded(Runs.of(space, image), image, random);
    assertArrayEquals(new int[] {7, 8, 9}, Arrays.copyOf(again.numbers, again.count));
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(space.pages[i], again.pages[i]);
    }
  }

  /** Of which there may be a hundred thousand: a number in its data, and one on its stack. */
  @Test
  void of_counter_takesFewBytes() {
    MemoryImage image = MemoryImage.zeroes(17);
    SpaceMemory space = space(2);
    for (int number : new int[] {1023, 1024}) {
      byte[] page = new byte[TRACKED];
      LittleEndian.LONG.set(page, 1000, 123_456_789L);
      space.add(number, page);
    }
    byte[] runs = Runs.of(space, image);
    assertTrue(runs.length < 32, runs.length + " bytes");
  }
}
