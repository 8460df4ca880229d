package dev.mooring.transport.loop;

import dev.mooring.session.Loop;
import io.netty.channel.EventLoop;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** A Netty event loop, as sessions see it. */
public final class NettyLoop implements Loop {
  private final EventLoop loop;
  private final Consumer<Runnable> afterIo;
  private final LongSupplier ticks;
  private final LongSupplier millis;

  /**
   * @param afterIo takes a task that is to run once, after the loop's I/O
   * @param ticks changes at least every {@link Loop#TICK_NANOS}
   * @param millis the time of day, in milliseconds since 1970
   */
  public NettyLoop(
      EventLoop loop, Consumer<Runnable> afterIo, LongSupplier ticks, LongSupplier millis) {
    this.loop = loop;
    this.afterIo = afterIo;
    this.ticks = ticks;
    this.millis = millis;
  }

  @Override
  public boolean inLoop() {
    return loop.inEventLoop();
  }

  @Override
  public void execute(Runnable task) {
    loop.execute(task);
  }

  @Override
  public void executeAfterIo(Runnable task) {
    afterIo.accept(task);
  }

  @Override
  public Timer schedule(Runnable task, long delayMillis) {
    ScheduledFuture<?> future = loop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
    return () -> future.cancel(false);
  }

  @Override
  public long tick() {
    return ticks.getAsLong();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long currentTimeMillis() {
    return millis.getAsLong();
  }

  @Override
  public RandomGenerator random() {
    return ThreadLocalRandom.current();
  }
}
