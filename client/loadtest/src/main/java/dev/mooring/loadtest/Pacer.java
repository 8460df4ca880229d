package dev.mooring.loadtest;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.util.SplittableRandom;

/**
 * Says when an open loop's calls should be sent, on one event loop: evenly, or at random with the
 * same mean. The times don't depend on what the server does, nor on whether this client keeps up.
 */
final class Pacer implements Runnable {
  /**
   * Timers aren't finer than this; calls that are due in between go together, each with its own
   * time.
   */
  private static final long SHORTEST_SLEEP_NS = 20_000;

  /** The rate doesn't begin at 0, or the first call would never come. */
  private static final double LOWEST_SHARE = 0.02;

  private final LoadLoop loop;
  private final boolean poisson;
  private final double meanNs;
  private final long rampNs;
  private final SplittableRandom random;
  private long startNs;

  /** When the next call is due; with a fraction, lest rounding adds up. */
  private double dueNs;

  Pacer(LoadLoop loop, Load.OpenLoop load, double share, long rampNs, SplittableRandom random) {
    this.loop = loop;
    this.poisson = load.poisson();
    this.meanNs = Ticks.SECOND / (load.ratePerSecond() * share);
    this.rampNs = rampNs;
    this.random = random;
  }

  void start() {
    startNs = Ticks.now();
    // Loops that begin together needn't send together.
    dueNs = startNs + random.nextDouble() * meanNs;
    run();
  }

  @Override
  public void run() {
    if (loop.isStopping()) {
      return;
    }
    long now = Ticks.now();
    catchUp(now);
    loop.eventLoop()
        .schedule(this, Math.max(SHORTEST_SLEEP_NS, (long) dueNs - Ticks.now()), NANOSECONDS);
  }

  /** What was due up to then, however late it is now. */
  void catchUp(long until) {
    long now = Ticks.now();
    while (dueNs <= Math.min(until, now)) {
      loop.arrive((long) dueNs, now);
      dueNs += gapNs();
    }
  }

  private double gapNs() {
    double mean = meanNs;
    double sinceStart = dueNs - startNs;
    if (sinceStart < rampNs) {
      mean /= Math.max(LOWEST_SHARE, sinceStart / rampNs);
    }
    // The logarithm's argument is never 0.
    return poisson ? -Math.log(1 - random.nextDouble()) * mean : mean;
  }
}
