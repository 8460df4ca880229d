package dev.mooring.guest.memory;

import dev.mooring.state.PageRuns;
import dev.mooring.state.StateException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One space's memory: the pages in which it differs from the image, and nothing else.
 *
 * <p>Awake, it has them whole; one that was put back to what the image has goes at the next rest.
 * At rest, when it hasn't run for a while, it has what differs in them as {@link PageRuns}; a
 * counter is a few bytes then.
 *
 * <p>Invariant: {@code numbers[0 .. count)} ascend and {@code pages} has a page for each; at rest
 * {@code count} is 0, and no run is equal to the image.
 */
@SuppressWarnings("ReferenceEquality") // Which space a window shows.
public final class SpaceMemory {
  private static final int[] NO_NUMBERS = {};
  private static final byte[][] NO_PAGES = {};
  static final byte[] AWAKE = {};

  /** How far this space's memory may grow, in pages of 64 KiB. */
  final int limitPages;

  /** The memory's size as the last committed call left it, in pages of 64 KiB. */
  int sizePages;

  int[] numbers = NO_NUMBERS;
  byte[][] pages = NO_PAGES;
  int count;

  /** What differs, at rest; else {@link #AWAKE}. */
  byte[] runs = AWAKE;

  /** The window that showed it last. It does still if it says so, too. */
  @Nullable Window lastShownIn;

  /** What each commit is noted in; null if nobody wants to know. */
  @Nullable MemoryJournal journal;

  /** When it ran last, on {@link Windows#now}'s clock. */
  int ranAt;

  SpaceMemory(int sizePages, int limitPages) {
    this.sizePages = sizePages;
    this.limitPages = limitPages;
  }

  /** The size as the last committed call left it, in pages of 64 KiB. */
  public int sizePages() {
    return sizePages;
  }

  /** When it ran last, on {@link Windows#now}'s clock. */
  public int ranAt() {
    return ranAt;
  }

  /** From now on each commit is noted; null for no more. */
  public void journal(@Nullable MemoryJournal changes) {
    journal = changes;
  }

  /** How many pages it holds whole: none at rest. */
  public int pageCount() {
    return count;
  }

  /** What it holds: whole pages awake, and at rest what differs in them, in bytes. */
  public long heldBytes() {
    return isAtRest() ? runs.length : (long) count * GuestMemory.TRACKED_BYTES;
  }

  /** In which KiB it differs from the image, in rising order. */
  public int[] changedKib() {
    try {
      return isAtRest() ? PageRuns.numbers(runs) : Arrays.copyOf(numbers, count);
    } catch (StateException e) {
      throw new IllegalStateException("what a space was put to rest as is damaged", e);
    }
  }

  /** The window that shows it; null for none. */
  @Nullable Window shownIn() {
    Window last = lastShownIn;
    return last != null && last.content == this ? last : null;
  }

  boolean isAtRest() {
    return runs.length > 0;
  }

  /** Where a page is in the list, or, as {@link Arrays#binarySearch(int[], int)}, would be. */
  int find(int number) {
    return Arrays.binarySearch(numbers, 0, count, number);
  }

  /** As {@link #find(int)}; the quicker if it is where the caller looked last, or next to that. */
  int find(int number, int last) {
    for (int i = Math.max(last, 0); i <= last + 1 && i < count; i++) {
      if (numbers[i] == number) {
        return i;
      }
    }
    return find(number);
  }

  /** Moves an entry of the list to a place that is free. */
  void move(int from, int to) {
    numbers[to] = numbers[from];
    pages[to] = pages[from];
  }

  /** Makes room in the list. Pages come in twos, since most guests write data and stack. */
  void makeRoom(int added) {
    if (count + added > numbers.length) {
      int capacity = count + Math.max(added, Math.max(2, count / 2));
      byte[][] longer = Arrays.copyOf(pages, capacity);
      numbers = Arrays.copyOf(numbers, capacity);
      pages = longer;
    }
  }

  /** Adds a page behind all others, for which there is room. */
  void add(int number, byte[] page) {
    numbers[count] = number;
    pages[count++] = page;
  }

  /** Forgets all pages, which belong to somebody else now. */
  void forgetPages() {
    numbers = NO_NUMBERS;
    pages = NO_PAGES;
    count = 0;
  }
}
