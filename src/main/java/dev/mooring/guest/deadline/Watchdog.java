package dev.mooring.guest.deadline;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops calls that run past their deadlines: a thread that looks at each {@link Lane} once a
 * millisecond, and when a call's time is over that it has seen running. So a call is condemned as
 * soon after its deadline as the thread is woken, and not before.
 *
 * <p>Each look is a tick, by which event loops tell that the time has hardly changed. The thread
 * may be kept from looking, and then loops take it to be earlier than it is; nobody knows by how
 * much but the watchdog, so that is who makes up for it: a call that it hasn't seen yet may have
 * begun late by what the tick was too long.
 *
 * <p>Nothing ends it: without it no guest would ever be stopped again. What goes wrong with one
 * lane or switch is logged, and it goes on with the next.
 */
public final class Watchdog implements AutoCloseable {
  /** How often it looks at least. No call has a shorter deadline, so it misses none. */
  static final long TICK_NANOS = 1_000_000;

  /** How soon it looks again at most: a deadline may be over, and its call not stopped yet. */
  private static final long LEAST_NANOS = 50_000;

  /** How often it says that it fails, at most. */
  private static final long REPORT_NANOS = 60_000_000_000L;

  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  private final LongSupplier clock;
  private final List<Lane> lanes = new CopyOnWriteArrayList<>();
  private final List<StopSwitch> armed = new ArrayList<>();
  private final Thread thread;
  private volatile boolean running = true;
  private volatile long ticks;
  private long looks;

  /** The running tick didn't begin before this. */
  private long tickSinceNanos;

  /** By how much the last tick was too long. */
  private long lateNanos;

  private boolean hasReported;
  private long reportedAtNanos;

  /**
   * With nothing to watch yet. It looks when it is {@link #look told to}, or, once it is {@link
   * #start started}, as often as it must.
   *
   * @param clock on which deadlines are counted
   */
  public Watchdog(LongSupplier clock) {
    this.clock = clock;
    thread = new WatchdogThread(this::run);
    thread.setDaemon(true);
  }

  public void start() {
    thread.start();
  }

  private static final class WatchdogThread extends Thread {
    private WatchdogThread(Runnable task) {
      super(task, "mooring-watchdog");
    }
  }

  /** Whether a thread is a watchdog's. */
  public static boolean isWatchdog(Thread thread) {
    return thread instanceof WatchdogThread;
  }

  public void watch(Lane lane) {
    lanes.add(lane);
  }

  public void unwatch(Lane lane) {
    lanes.remove(lane);
  }

  private void run() {
    long pauseNanos = TICK_NANOS;
    while (running) {
      LockSupport.parkNanos(pauseNanos);
      pauseNanos = TICK_NANOS;
      try {
        pauseNanos = look();
      } catch (Throwable t) {
        report(t);
      }
    }
  }

  /**
   * Looks once. One thread at a time.
   *
   * @return how soon it must look again, in nanoseconds
   */
  public long look() {
    long sinceNanos = tickSinceNanos;
    try {
      tickSinceNanos = clock.getAsLong();
    } finally {
      ticks = ++looks;
    }
    long nowNanos = clock.getAsLong();
    // Nobody can have asked for the time before the first tick.
    long late = looks == 1 ? 0 : Math.max(0, nowNanos - sinceNanos - TICK_NANOS);
    // Of two ticks, as a call may be entered when the tick is over in which its caller looked.
    tick(nowNanos, Math.max(late, lateNanos));
    lateNanos = late;
    return pause(clock.getAsLong());
  }

  /**
   * Says what went wrong, now and then. Most likely it is that a guest is using up the heap; then
   * there may be none to say so.
   */
  private void report(Throwable thrown) {
    try {
      long now = System.nanoTime();
      if (!hasReported || now - reportedAtNanos >= REPORT_NANOS) {
        hasReported = true;
        reportedAtNanos = now;
        LOG.atError().setCause(thrown).log("the watchdog failed, and goes on");
      }
    } catch (Throwable unsaid) {
      // Watching matters more.
    }
  }

  public long ticks() {
    return ticks;
  }

  private long pause(long nowNanos) {
    long pause = TICK_NANOS;
    for (Lane lane : lanes) {
      pause = Math.min(pause, lane.remainingNanos(nowNanos));
    }
    return Math.max(pause, LEAST_NANOS);
  }

  private void tick(long nowNanos, long lateNanos) {
    for (Lane lane : lanes) {
      try {
        StopSwitch stopSwitch = lane.look(nowNanos, lateNanos);
        if (stopSwitch != null && !armed.contains(stopSwitch)) {
          armed.add(stopSwitch);
        }
      } catch (Throwable t) {
        report(t); // The next look sees this call again.
      }
    }
    for (int i = armed.size() - 1; i >= 0; i--) {
      try {
        if (settle(armed.get(i))) {
          armed.remove(i);
        }
      } catch (Throwable t) {
        report(t);
      }
    }
  }

  private static boolean settle(StopSwitch stopSwitch) {
    boolean settled = stopSwitch.settle();
    if (stopSwitch.hasBecomeChecked()) {
      LOG.atWarn()
          .addKeyValue("module", stopSwitch.module())
          .addKeyValue("stops", StopSwitch.MAX_INVALIDATIONS)
          .log("a module was stopped so often that its code runs checked from now on, and slower");
    }
    return settled;
  }

  /** Stops watching. Calls that run on then have no deadline. */
  @Override
  public void close() {
    running = false;
    LockSupport.unpark(thread);
  }
}
