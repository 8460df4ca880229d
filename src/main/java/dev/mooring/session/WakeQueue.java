package dev.mooring.session;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The kept sessions of an event loop with which something is to be done by itself at some time: a
 * timer of one that sleeps is due, or its time is over. There may be a million of them, of which
 * each costs a place in an array and the loop one timer.
 *
 * <p>Those that are read from the store on their own account are so few at a time: after a long
 * night all of them are due at once.
 *
 * <p>Invariant: {@code heap[0 .. size)} is a binary heap by time, and each session knows its place.
 *
 * <p>Event loop only.
 */
@SuppressWarnings("ReferenceEquality") // Which session it is.
final class WakeQueue {
  /** As many are read at a time before others are. */
  static final int MAX_LOADING = 64;

  /** The place of a session that isn't here. */
  static final int NOWHERE = -1;

  private static final int FIRST_CAPACITY = 16;

  private final Loop loop;
  private @Nullable KeptSession[] heap = new KeptSession[FIRST_CAPACITY];
  private int size;
  private int loading;

  /** When {@link #timer} is due. */
  private long timerAtMillis = Long.MAX_VALUE;

  private Loop.@Nullable Timer timer;

  WakeQueue(Loop loop) {
    this.loop = loop;
  }

  /**
   * Has something done with a session at a time, and not at another that was said before.
   *
   * @param atMillis on the clock of the day
   */
  void add(KeptSession session, long atMillis) {
    remove(session);
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, 2 * size);
    }
    session.wakeAtMillis = atMillis;
    up(size++, session);
    if (atMillis < timerAtMillis) {
      setTimer(atMillis);
    }
  }

  /** Nothing is to be done with a session. */
  void remove(KeptSession session) {
    int place = session.wakePlace;
    if (place == NOWHERE) {
      return;
    }
    session.wakePlace = NOWHERE;
    KeptSession last = at(--size);
    heap[size] = null;
    if (last != session) {
      down(place, last);
      if (heap[place] == last) {
        up(place, last);
      }
    }
    if (size < heap.length / 4 && heap.length > FIRST_CAPACITY) {
      heap = Arrays.copyOf(heap, heap.length / 2);
    }
  }

  /** A session is being read from the store. */
  void loadBegins() {
    loading++;
  }

  /** It has been, or couldn't be. */
  void loadEnds() {
    loading--;
    run();
  }

  private void run() {
    while (size > 0 && loading < MAX_LOADING && at(0).wakeAtMillis <= loop.currentTimeMillis()) {
      KeptSession first = at(0);
      remove(first);
      first.due();
    }
    if (size > 0 && loading < MAX_LOADING && at(0).wakeAtMillis < timerAtMillis) {
      setTimer(at(0).wakeAtMillis);
    }
  }

  private void setTimer(long atMillis) {
    if (timer != null) {
      timer.cancel();
    }
    timerAtMillis = atMillis;
    timer = loop.schedule(this::timerDue, Math.max(1, atMillis - loop.currentTimeMillis()));
  }

  private void timerDue() {
    timer = null;
    timerAtMillis = Long.MAX_VALUE;
    run();
  }

  private KeptSession at(int place) {
    KeptSession session = heap[place];
    assert session != null : "a place that is taken";
    return session;
  }

  /** Puts a session at a place or, while it is due before the one above, further up. */
  private void up(int from, KeptSession session) {
    int place = from;
    while (place > 0) {
      int above = (place - 1) >>> 1;
      if (at(above).wakeAtMillis <= session.wakeAtMillis) {
        break;
      }
      put(place, at(above));
      place = above;
    }
    put(place, session);
  }

  /** Puts a session at a place or, while one below is due before it, further down. */
  private void down(int from, KeptSession session) {
    int place = from;
    for (int below = 2 * place + 1; below < size; below = 2 * place + 1) {
      if (below + 1 < size && at(below + 1).wakeAtMillis < at(below).wakeAtMillis) {
        below++;
      }
      if (session.wakeAtMillis <= at(below).wakeAtMillis) {
        break;
      }
      put(place, at(below));
      place = below;
    }
    put(place, session);
  }

  private void put(int place, KeptSession session) {
    heap[place] = session;
    session.wakePlace = place;
  }
}
