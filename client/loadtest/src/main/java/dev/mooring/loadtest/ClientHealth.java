package dev.mooring.loadtest;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * Whether this client keeps up. One that doesn't measures itself, and calls it the server's latency
 * or the server's limit.
 */
final class ClientHealth {
  /** The share of its time at which an event loop has no room left for being on time. */
  static final double BUSY_LOOP = 0.9;

  /** The share of the time that collecting garbage may take. */
  static final double GC_SHARE = 0.02;

  /** A send lag (99th percentile) below this is a timer's, not a client's that can't keep up. */
  static final long LAG_NS = Ticks.MILLI;

  /** The share of the latency (99th percentiles) that the lag may be. */
  static final double LAG_SHARE = 0.25;

  /** The share of an open loop's rate that must have been sent. */
  static final double SENT_SHARE = 0.99;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final List<LoadLoop> loops;

  /** One moment's readings. */
  record Reading(
      long atNs, double cpuSeconds, List<Double> loopSeconds, long gcMillis, long gcCount) {}

  /** What happened between two readings. */
  record Use(double cpuCores, double busiestLoop, double gcShare, long gcCount) {}

  ClientHealth(List<LoadLoop> loops) {
    this.loops = loops;
  }

  Reading read() {
    var loopSeconds = new ArrayList<Double>();
    for (LoadLoop loop : loops) {
      long id = loop.threadId();
      loopSeconds.add(id == 0 ? 0 : Math.max(0, THREADS.getThreadCpuTime(id)) / 1e9);
    }
    long gcMillis = 0;
    long gcCount = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      gcMillis += Math.max(0, collector.getCollectionTime());
      gcCount += Math.max(0, collector.getCollectionCount());
    }
    return new Reading(Ticks.now(), processCpuSeconds(), loopSeconds, gcMillis, gcCount);
  }

  static Use between(Reading from, Reading to) {
    double seconds = Math.max(1e-9, (to.atNs - from.atNs) / 1e9);
    double busiest = 0;
    for (int i = 0; i < to.loopSeconds.size(); i++) {
      busiest = Math.max(busiest, (to.loopSeconds.get(i) - from.loopSeconds.get(i)) / seconds);
    }
    return new Use(
        (to.cpuSeconds - from.cpuSeconds) / seconds,
        busiest,
        (to.gcMillis - from.gcMillis) / 1e3 / seconds,
        to.gcCount - from.gcCount);
  }

  /**
   * Why the results are this client's rather than the server's; empty if they are the server's.
   *
   * @param sentShare of the calls that an open loop was to schedule; 1 for a closed one
   */
  static List<String> reasons(Use use, Histogram sendLag, Histogram latency, double sentShare) {
    var reasons = new ArrayList<String>();
    if (use.busiestLoop >= BUSY_LOOP) {
      reasons.add(
          String.format(
              Locale.ROOT,
              "an event loop was busy for %.0f %% of the time; give it company (--event-loops) or"
                  + " more processors",
              use.busiestLoop * 100));
    }
    double cores = use.cpuCores / Runtime.getRuntime().availableProcessors();
    if (cores >= BUSY_LOOP) {
      reasons.add(
          String.format(Locale.ROOT, "this client took %.0f %% of the whole machine", cores * 100));
    }
    if (use.gcShare >= GC_SHARE) {
      reasons.add(
          String.format(
              Locale.ROOT, "collecting garbage took %.1f %% of the time", use.gcShare * 100));
    }
    long lag = sendLag.getValueAtPercentile(99);
    if (lag > LAG_NS && lag > LAG_SHARE * latency.getValueAtPercentile(99)) {
      reasons.add(
          String.format(
              Locale.ROOT,
              "one call in a hundred was sent %.1f ms late or more: the event loop, or the machine,"
                  + " was too busy",
              lag / 1e6));
    }
    if (sentShare < SENT_SHARE) {
      reasons.add(String.format(Locale.ROOT, "only %.1f %% of the rate was sent", sentShare * 100));
    }
    return reasons;
  }

  private static double processCpuSeconds() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getProcessCpuTime() / 1e9
        : 0;
  }
}
