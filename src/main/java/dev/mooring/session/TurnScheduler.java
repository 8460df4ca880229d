package dev.mooring.session;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whose turn it is on one event loop. Sessions that have something to run wait here.
 *
 * <p>A call can't be sliced, so a turn may last as long as a call's deadline. Nobody can know
 * before a session's first turn how long it will be; but whoever <em>overdrew</em> (ran for longer
 * than {@link #OVERDRAFT_NANOS}) is known afterwards. Sessions are therefore either in good
 * standing or watched, and turns go in laps:
 *
 * <ol>
 *   <li>each session in good standing that waits when the lap begins gets one turn, in the order of
 *       their coming;
 *   <li>one that comes meanwhile, and had no turn in this lap yet, gets it at once: a session with
 *       a call now and then doesn't wait behind those that always have some;
 *   <li>then the watched sessions that wait and have paid back, until one of them overdraws.
 * </ol>
 *
 * <p>Each lap pays back {@link #TURN_NANOS} of a watched session's debt: what it might have run if
 * its turns were no longer than everybody's. When only watched sessions wait, the one that owes
 * least goes on at once: nobody is kept from a loop that is idle.
 *
 * <p>So, <b>between two turns of watched sessions that overdraw, every session in good standing
 * that waits gets a turn</b>: it waits for one deadline, not for one per heavy neighbour. Only
 * sessions in good standing can add to that, by a first overdraft, and each just once in {@link
 * #WATCH_NANOS}. And nobody starves: a lap has as many turns as sessions waited when it began, and
 * a debt is paid after debt ÷ {@code TURN_NANOS} laps.
 *
 * <p>A session is new until its first call, and new sessions are watched too, though ahead of those
 * that have waited for less than {@link #GRACE_LAPS} laps: otherwise a heavy one would only have to
 * connect anew.
 *
 * <p>After {@link #ROUND_NANOS} of turns the loop looks at its I/O; what came in waits for the next
 * lap at the latest. Cost: O(1) for sessions in good standing, O(log n) for watched ones, and no
 * allocation.
 *
 * <p>Event loop only.
 */
final class TurnScheduler {
  private static final Logger LOG = LoggerFactory.getLogger(TurnScheduler.class);

  /** How many calls one session may run before the next session's turn. */
  static final int TURN_CALLS = 64;

  /** How long one session may run before the next session's turn; a call is not cut short. */
  static final long TURN_NANOS = 1_000_000;

  /** A turn that is longer is an overdraft. One call of an ordinary guest may end a turn late. */
  static final long OVERDRAFT_NANOS = 2 * TURN_NANOS;

  /**
   * How long sessions may run before the loop looks at its I/O. A look costs a microsecond or two,
   * and whoever comes meanwhile waits for the next.
   */
  static final long ROUND_NANOS = 250_000;

  /** For how long a session is watched after an overdraft. */
  static final long WATCH_NANOS = 10_000_000_000L;

  /** For how many laps a new session goes before watched ones that wait since then. */
  static final int GRACE_LAPS = 64;

  /** Whoever takes turns, and what is known of those that it had. */
  abstract static class Taker {
    private boolean isNew = true;
    private boolean hasOverdrawn;
    private long overdrewAtNanos;

    /** The lap time from which on it may go again, while it is watched. */
    private long dueNanos;

    /** Among those that are due at the same time, the order of their coming. */
    private long place;

    /** The lap time of its last turn. */
    private long turnAtLapNanos = -1;

    /**
     * Runs what waits, for as long as a turn may last.
     *
     * @param startNanos the loop's clock now
     * @return the loop's clock afterwards
     */
    abstract long takeTurn(long startNanos);

    /** Its turn has thrown, which is a bug of ours; it ends this taker and no other. */
    abstract void crashed(Throwable cause);

    /** The turn is over and accounted for; it may {@link TurnScheduler#add add} itself again. */
    abstract void ended();

    /** What is known of another one holds for this one from now on. Neither waits for a turn. */
    final void inheritFrom(Taker other) {
      isNew = other.isNew;
      hasOverdrawn = other.hasOverdrawn;
      overdrewAtNanos = other.overdrewAtNanos;
      dueNanos = other.dueNanos;
      turnAtLapNanos = other.turnAtLapNanos;
    }

    /** It has run a call: from now on what it did speaks for it, or against it. */
    final void hasRun() {
      isNew = false;
    }

    private boolean isWatched(Loop loop) {
      if (hasOverdrawn && loop.nanoTime() - overdrewAtNanos >= WATCH_NANOS) {
        hasOverdrawn = false;
      }
      return isNew || hasOverdrawn;
    }
  }

  private static final Comparator<Taker> BY_DUE =
      (one, other) -> {
        int byDue = Long.compare(one.dueNanos, other.dueNanos);
        return byDue != 0 ? byDue : Long.compare(one.place, other.place);
      };

  private final Loop loop;

  /** In good standing, without a turn in this lap, and ready since it began. */
  private final ArrayDeque<Taker> fresh = new ArrayDeque<>();

  /** In good standing, the rest. */
  private final ArrayDeque<Taker> good = new ArrayDeque<>();

  private final PriorityQueue<Taker> watched = new PriorityQueue<>(BY_DUE);
  private final Runnable round = this::round;
  private boolean scheduled;

  /** The time that laps have given to each session: {@link #TURN_NANOS} for each lap. */
  private long lapNanos;

  /** Sessions in good standing that have a turn coming in this lap: the first so many. */
  private int goodLeft;

  /** How many watched turns this lap may still have. */
  private int watchedLeft;

  private long places;
  private long busyNanos;
  private long overdrafts;

  TurnScheduler(Loop loop) {
    this.loop = loop;
  }

  /** Lets a session wait for its turn; it must not be waiting, nor be having one. */
  void add(Taker taker) {
    if (taker.isWatched(loop)) {
      taker.dueNanos =
          taker.hasOverdrawn
              ? Math.max(taker.dueNanos, lapNanos)
              : lapNanos - GRACE_LAPS * TURN_NANOS;
      taker.place = places++;
      watched.add(taker);
    } else if (taker.turnAtLapNanos != lapNanos) {
      fresh.add(taker);
    } else {
      good.add(taker);
    }
    schedule();
  }

  private void schedule() {
    if (!scheduled) {
      scheduled = true;
      loop.executeAfterIo(round);
    }
  }

  /** How long turns have run on this loop, in nanoseconds. */
  long busyNanos() {
    return busyNanos;
  }

  /** How many turns were overdrafts. */
  long overdrafts() {
    return overdrafts;
  }

  private void round() {
    long start = loop.nanoTime();
    long now = start;
    try {
      while (now - start < ROUND_NANOS) {
        Taker next = next();
        if (next == null) {
          break;
        }
        long end = takeTurn(next, now);
        account(next, now, end);
        now = end;
        next.ended();
      }
    } finally {
      busyNanos += now - start;
      scheduled = false;
      if (fresh.isEmpty() && good.isEmpty() && watched.isEmpty()) {
        lapNanos += TURN_NANOS;
      } else {
        schedule();
      }
    }
  }

  private @Nullable Taker next() {
    if (!fresh.isEmpty()) {
      return fresh.poll();
    }
    if (goodLeft > 0) {
      goodLeft--;
      return good.poll();
    }
    Taker debtor = watched.peek();
    if (watchedLeft > 0 && debtor != null && debtor.dueNanos <= lapNanos) {
      watchedLeft--;
      return watched.poll();
    }
    return good.isEmpty() && watched.isEmpty() ? null : beginLap();
  }

  /** Begins a lap, and answers who goes first in it. */
  private @Nullable Taker beginLap() {
    lapNanos += TURN_NANOS;
    goodLeft = good.size();
    watchedLeft = watched.size();
    if (goodLeft > 0) {
      goodLeft--;
      return good.poll();
    }
    Taker debtor = watched.poll();
    if (debtor != null) {
      watchedLeft--;
      lapNanos = Math.max(lapNanos, debtor.dueNanos);
    }
    return debtor;
  }

  private long takeTurn(Taker taker, long now) {
    taker.turnAtLapNanos = lapNanos;
    try {
      return taker.takeTurn(now);
    } catch (RuntimeException | Error e) {
      crash(taker, e);
      return loop.nanoTime();
    }
  }

  /** Whatever becomes of this one, the others go on. */
  private static void crash(Taker taker, Throwable cause) {
    try {
      taker.crashed(cause);
    } catch (RuntimeException | Error e) {
      LOG.error("a session that crashed could not be ended", e);
    }
  }

  private void account(Taker taker, long startNanos, long endNanos) {
    long used = endNanos - startNanos;
    taker.dueNanos = lapNanos + Math.max(used, TURN_NANOS);
    if (used > OVERDRAFT_NANOS) {
      overdrafts++;
      taker.hasOverdrawn = true;
      taker.overdrewAtNanos = endNanos;
      // The other watched ones wait until all in good standing have had another turn.
      watchedLeft = 0;
    }
  }
}
