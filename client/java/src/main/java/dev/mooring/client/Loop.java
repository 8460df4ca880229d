package dev.mooring.client;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One event loop of a client. What must run on it runs even if the loop has ended, so that no
 * future is left incomplete: then on whichever thread asks, one at a time.
 */
final class Loop {
  private final EventLoopGroup group;
  private final EventLoop eventLoop;

  Loop(EventLoopGroup group, EventLoop eventLoop) {
    this.group = group;
    this.eventLoop = eventLoop;
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  /** Whether the current thread may touch what belongs to the loop; for assertions. */
  boolean isHere() {
    return eventLoop.inEventLoop() || eventLoop.isShuttingDown();
  }

  /** Whether the current thread is of this client, and so must not wait for it. */
  boolean isClientHere() {
    return isOneHere(group);
  }

  static boolean isOneHere(EventLoopGroup group) {
    for (EventExecutor executor : group) {
      if (executor.inEventLoop()) {
        return true;
      }
    }
    return false;
  }

  void execute(Runnable task) {
    try {
      eventLoop.execute(task);
    } catch (RejectedExecutionException e) {
      synchronized (this) {
        task.run();
      }
    }
  }

  /** Null when there is no loop any more: whatever waits has been failed, or is about to be. */
  @Nullable Future<?> schedule(Runnable task, Duration delay) {
    try {
      return eventLoop.schedule(task, delay.toNanos(), NANOSECONDS);
    } catch (RejectedExecutionException e) {
      return null;
    }
  }

  /**
   * As {@link #schedule(Runnable, Duration)}, but if the timer is cancelled, or the loop ends
   * first, something else is run.
   */
  @Nullable Future<?> schedule(Runnable task, Duration delay, Runnable instead) {
    try {
      return eventLoop
          .schedule(task, delay.toNanos(), NANOSECONDS)
          .addListener(
              timer -> {
                if (timer.isCancelled()) {
                  instead.run();
                }
              });
    } catch (RejectedExecutionException e) {
      instead.run();
      return null;
    }
  }

  /** As {@link #schedule(Runnable, Duration)}, again and again. */
  @Nullable Future<?> repeat(Runnable task, Duration period) {
    try {
      return eventLoop.scheduleWithFixedDelay(
          task, period.toNanos(), period.toNanos(), NANOSECONDS);
    } catch (RejectedExecutionException e) {
      return null;
    }
  }

  static void cancel(@Nullable Future<?> timer) {
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
