package dev.mooring.transport.loop;

import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop's I/O, and a task that runs after it. Netty calls a handler once in each iteration
 * of the loop, whatever else the loop has to do; so a task that asks to be run again is run once
 * per iteration, with I/O in between, and nothing is allocated for it. (A task that is executed
 * would run before the next I/O if another task executes it, and one that is scheduled for now
 * costs two objects each time.)
 *
 * <p>Event loop only, but for its making.
 */
final class LoopIo extends DelegatingIo {
  private static final Logger LOG = LoggerFactory.getLogger(LoopIo.class);

  private final NeverBlocking neverBlocking = new NeverBlocking();
  private @Nullable Runnable task;

  private LoopIo(IoHandler io) {
    super(io);
  }

  /** Makes the I/O of a group's loops, and knows afterwards which loop has which. One thread. */
  static final class Factory implements IoHandlerFactory {
    private final IoHandlerFactory factory;
    private final IdentityHashMap<ThreadAwareExecutor, LoopIo> made = new IdentityHashMap<>();

    Factory(IoHandlerFactory factory) {
      this.factory = factory;
    }

    @Override
    public IoHandler newHandler(ThreadAwareExecutor loop) {
      var io = new LoopIo(factory.newHandler(loop));
      made.put(loop, io);
      return io;
    }

    /** The I/O of a loop that was made with this. */
    LoopIo of(ThreadAwareExecutor loop) {
      LoopIo io = made.get(loop);
      if (io == null) {
        throw new IllegalArgumentException("a loop that was not made here: " + loop);
      }
      return io;
    }
  }

  /**
   * Runs a task once, after the I/O that is ready now.
   *
   * @throws IllegalStateException if another waits for that
   */
  void runAfterIo(Runnable next) {
    if (task != null) {
      throw new IllegalStateException("a task waits already: " + task);
    }
    task = next;
  }

  @Override
  public int run(IoHandlerContext context) {
    int handled = io.run(task == null ? context : neverBlocking.with(context));
    Runnable ready = task;
    if (ready != null) {
      task = null;
      try {
        ready.run();
      } catch (RuntimeException | Error e) {
        LOG.error("a task of an event loop failed", e);
      }
    }
    return handled;
  }

  /** Something waits to be run, so the loop only looks whether there is I/O. */
  private static final class NeverBlocking implements IoHandlerContext {
    private @Nullable IoHandlerContext context;

    IoHandlerContext with(IoHandlerContext context) {
      this.context = context;
      return this;
    }

    private IoHandlerContext context() {
      if (context == null) {
        throw new IllegalStateException("no I/O runs");
      }
      return context;
    }

    @Override
    public boolean canBlock() {
      return false;
    }

    @Override
    public long delayNanos(long currentTimeNanos) {
      return 0;
    }

    @Override
    public long deadlineNanos() {
      return context().deadlineNanos();
    }

    @Override
    public void reportActiveIoTime(long activeNanos) {
      context().reportActiveIoTime(activeNanos);
    }

    @Override
    public boolean shouldReportActiveIoTime() {
      return context().shouldReportActiveIoTime();
    }
  }
}
