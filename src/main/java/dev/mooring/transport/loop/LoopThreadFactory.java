package dev.mooring.transport.loop;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes the threads of event loops. One that comes to its end before it may, for want of memory
 * say, leaves connections that nobody serves: it ends with a {@link ThreadLost}, which the thread's
 * handler of uncaught exceptions is told.
 *
 * <p>Thread-safe.
 */
final class LoopThreadFactory implements ThreadFactory {
  /** A guest's recursion is a thread's recursion: this bounds it. Only touched pages are memory. */
  private static final long STACK_BYTES = 8L << 20;

  private final String name;
  private final AtomicInteger count = new AtomicInteger();
  private volatile boolean mayEnd;

  LoopThreadFactory(String name) {
    this.name = name;
  }

  /** An event loop ended though nobody asked it to. Made beforehand: there may be no memory. */
  static final class ThreadLost extends Error {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("StaticAssignmentOfThrowable") // It has no stack.
    private static final ThreadLost INSTANCE = new ThreadLost();

    private ThreadLost() {
      super("an event loop has ended, and its connections are served no more", null, false, false);
    }
  }

  /** One of ours, whatever it is called. */
  static final class LoopThread extends FastThreadLocalThread {
    private LoopThread(Runnable task, String name) {
      super(null, task, name, STACK_BYTES);
    }
  }

  @Override
  public Thread newThread(Runnable task) {
    return new LoopThread(() -> run(task), name + "-" + count.getAndIncrement());
  }

  private void run(Runnable task) {
    task.run();
    if (!mayEnd) {
      throw ThreadLost.INSTANCE;
    }
  }

  /** From now on they may come to their end. */
  void letEnd() {
    mayEnd = true;
  }
}
