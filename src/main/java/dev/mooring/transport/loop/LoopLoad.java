package dev.mooring.transport.loop;

import io.netty.channel.EventLoop;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How much one event loop has to do, as those see it who choose a loop for a new connection.
 *
 * <p>Thread-safe: the loop itself says how busy it was, the acceptor counts channels and marks sick
 * loops.
 */
public final class LoopLoad {
  private final EventLoop loop;
  private final AtomicInteger channels = new AtomicInteger();
  private volatile double busyShare;
  private volatile boolean sick;

  public LoopLoad(EventLoop loop) {
    this.loop = loop;
  }

  EventLoop loop() {
    return loop;
  }

  /** The loop's own account of a stretch of time; each counts half as much as the next. */
  void ran(long passedNanos, long busyNanos) {
    if (passedNanos > 0) {
      busyShare = (busyShare + Math.min(1, (double) busyNanos / passedNanos)) / 2;
    }
  }

  void came() {
    channels.incrementAndGet();
  }

  void went() {
    channels.decrementAndGet();
  }

  int channels() {
    return channels.get();
  }

  void sick(boolean now) {
    sick = now;
  }

  boolean isSick() {
    return sick;
  }

  /**
   * Whether a new connection should rather come here than there: both the time that guests took
   * lately and the channels count, each as a share, so that neither needs a unit.
   */
  boolean isLessThan(LoopLoad other) {
    double all = Math.max(1, channels() + other.channels());
    return busyShare + channels() / all < other.busyShare + other.channels() / all;
  }
}
