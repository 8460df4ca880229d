package dev.mooring.transport;

import dev.mooring.session.Loop;
import io.netty.channel.EventLoop;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A Netty event loop, as sessions see it. */
final class NettyLoop implements Loop {
  private final EventLoop loop;

  NettyLoop(EventLoop loop) {
    this.loop = loop;
  }

  @Override
  public boolean inLoop() {
    return loop.inEventLoop();
  }

  @Override
  public void execute(Runnable task) {
    loop.execute(task);
  }

  /**
   * A scheduled task runs once per iteration of the loop, with I/O in between; one that is executed
   * by another task would run before the loop looks at its I/O again.
   */
  @Override
  public void executeAfterIo(Runnable task) {
    loop.schedule(task, 0, TimeUnit.NANOSECONDS);
  }

  @Override
  public Timer schedule(Runnable task, long delayMillis) {
    ScheduledFuture<?> future = loop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
    return () -> future.cancel(false);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }
}
