package dev.mooring.guest.memory;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A space's memory in the dense layout: the pages that it wrote, and nothing else.
 *
 * <p>It has one of two forms. At first it is a list of page numbers and pages, which loading puts
 * into the processor's page table one by one. A space that wrote many pages, or grew far, has a
 * page table of its own instead, which loading swaps in as a whole; then a page is its own where
 * the table differs from the image.
 *
 * <p>Invariant: {@code table == null} and the first {@code count} entries of the list are in use,
 * or {@code table.length == trackedPages()} and the list is empty.
 */
public final class DensePages extends SpaceMemory {
  /** The most entries that a list has, and so the most stores that loading one takes. */
  static final int LIST_LIMIT = 48;

  /** How many pages of 64 KiB a space may grow by before it needs a table of its own. */
  static final int LIST_GROWTH_LIMIT_PAGES = 16;

  private static final int[] NO_NUMBERS = {};
  private static final byte[][] NO_PAGES = {};

  int[] numbers = NO_NUMBERS;
  byte[][] pages = NO_PAGES;
  public int count;
  byte @Nullable [][] table;

  DensePages(int sizePages, int limitPages) {
    super(sizePages, limitPages);
  }

  /**
   * Makes room for more pages in the list. Pages come in twos, since most guests write data and
   * stack.
   */
  void makeRoom(int added) {
    if (count + added > numbers.length) {
      int capacity = count + Math.max(added, Math.max(2, count / 2));
      byte[][] longer = Arrays.copyOf(pages, capacity);
      numbers = Arrays.copyOf(numbers, capacity);
      pages = longer;
    }
  }

  /** Adds a page to the list, which has room for it. */
  void add(int number, byte[] page) {
    numbers[count] = number;
    pages[count++] = page;
  }

  /** Forgets the list, since a table has taken its place or nothing is left. */
  void clear() {
    numbers = NO_NUMBERS;
    pages = NO_PAGES;
    count = 0;
  }
}
