package dev.mooring.guest;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The spaces of an event loop that have run since they were last put to rest. Now and then some of
 * them are looked at; those that haven't run for a while go to rest.
 *
 * <p>Event loop only.
 */
final class AwakeSpaces {
  /** How many spaces one look is at, at most. */
  static final int LOOKS = 4_096;

  /** How many pages one look puts to rest, at most; about a millisecond's work. */
  static final int PAGES = 4_096;

  /** After so many ticks without a call a space goes to rest. */
  static final int IDLE_TICKS = 20;

  private static final int FIRST_CAPACITY = 16;

  private @Nullable Space[] spaces = new Space[FIRST_CAPACITY];
  private int size;
  private int next;

  /** Adds a space, if it isn't here. */
  void add(Space space) {
    if (space.place >= 0) {
      return;
    }
    if (size == spaces.length) {
      spaces = Arrays.copyOf(spaces, 2 * size);
    }
    space.place = size;
    spaces[size++] = space;
  }

  /** Removes a space, if it is here. */
  void remove(Space space) {
    int place = space.place;
    if (place < 0) {
      return;
    }
    Space last = spaces[--size];
    spaces[size] = null;
    if (last != null && place != size) {
      spaces[place] = last;
      last.place = place;
    }
    space.place = Space.NOT_AWAKE;
    if (size < spaces.length / 4 && spaces.length > FIRST_CAPACITY) {
      spaces = Arrays.copyOf(spaces, spaces.length / 2);
    }
  }

  /**
   * Puts those to rest that haven't run for a while; backwards, since they leave.
   *
   * @param now on the clock of {@code SpaceMemory.ranAt}
   */
  void look(int now) {
    int pages = 0;
    for (int looks = Math.min(size, LOOKS); looks > 0 && pages < PAGES; looks--) {
      if (next == 0 || next > size) {
        next = size;
      }
      Space space = spaces[--next];
      if (space != null && now - space.memory.ranAt() >= IDLE_TICKS) {
        pages += space.memory.pageCount();
        remove(space);
        space.processor.rest(space);
      }
    }
  }
}
