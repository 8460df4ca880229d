package dev.mooring.guest;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * Stops calls that run past their deadlines: a thread that looks at each {@link Lane} once a
 * millisecond, and when a call's time is over that it has seen running. So a call is condemned as
 * soon after its deadline as the thread is woken, and not before.
 */
public final class Watchdog implements AutoCloseable {
  /** How often it looks at least. No call has a shorter deadline, so it misses none. */
  static final long TICK_NANOS = 1_000_000;

  /** How soon it looks again at most: a deadline may be over, and its call not stopped yet. */
  private static final long LEAST_NANOS = 50_000;

  private final List<Lane> lanes = new CopyOnWriteArrayList<>();
  private final List<StopSwitch> armed = new ArrayList<>();
  private final Thread thread;
  private volatile boolean running = true;
  private volatile long ticks;

  /** Starts watching, with nothing to watch yet. */
  public Watchdog() {
    thread = Thread.ofPlatform().name("mooring-watchdog").daemon().unstarted(this::run);
    thread.start();
  }

  void watch(Lane lane) {
    lanes.add(lane);
  }

  void unwatch(Lane lane) {
    lanes.remove(lane);
  }

  private void run() {
    long looks = 0;
    while (running) {
      LockSupport.parkNanos(pause(System.nanoTime()));
      ticks = ++looks;
      try {
        tick(System.nanoTime());
      } catch (OutOfMemoryError e) {
        // Some guest's, most likely: without a watchdog nothing would ever stop it. So look again.
      }
    }
  }

  long ticks() {
    return ticks;
  }

  private long pause(long nowNanos) {
    long pause = TICK_NANOS;
    for (Lane lane : lanes) {
      pause = Math.min(pause, lane.remainingNanos(nowNanos));
    }
    return Math.max(pause, LEAST_NANOS);
  }

  private void tick(long nowNanos) {
    for (Lane lane : lanes) {
      StopSwitch stopSwitch = lane.look(nowNanos);
      if (stopSwitch != null && !armed.contains(stopSwitch)) {
        armed.add(stopSwitch);
      }
    }
    if (!armed.isEmpty()) {
      armed.removeIf(StopSwitch::settle);
    }
  }

  /** The longest that a condemned call has gone on, in nanoseconds; 0 if there is none. */
  public long longestOverdueNanos() {
    long now = System.nanoTime();
    long longest = 0;
    for (Lane lane : lanes) {
      longest = Math.max(longest, lane.overdueNanos(now));
    }
    return longest;
  }

  /** Stops watching. Calls that run on then have no deadline. */
  @Override
  public void close() {
    running = false;
    LockSupport.unpark(thread);
  }
}
