package dev.mooring.observe;

import dev.mooring.session.CallTimings;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * How long calls wait for their turn and how long they run, as histograms for each module: of one
 * call in {@value CallTimings#EVERY}.
 *
 * <p>Thread-safe: every event loop tells it.
 */
public final class CallLatency implements CallTimings {
  /** So many modules have histograms of their own; the rest are {@code others} together. */
  public static final int MAX_MODULES = 50;

  private static final String OTHERS = "others";
  private static final Duration LEAST = Duration.ofNanos(1_000);
  private static final Duration MOST = Duration.ofSeconds(10);

  /** A latency that is longer counts as this: an hour. */
  private static final long HIGHEST_NANOS = 3_600_000_000_000L;

  private static final int DIGITS = 2;
  private static final long INTERVAL_NANOS = 1_000_000_000;

  private final MeterRegistry registry;
  private final Recorder waiting = new Recorder(HIGHEST_NANOS, DIGITS);
  private final Recorder running = new Recorder(HIGHEST_NANOS, DIGITS);
  private @Nullable Recent recent;
  private final Map<String, Timers> timers = new ConcurrentHashMap<>();

  /** The two histograms of a module. */
  private record Timers(Timer waiting, Timer running) {}

  /**
   * Percentiles of the last second or more, in nanoseconds; 0 where no call was timed.
   *
   * @param sinceNanos when they were taken, by {@link System#nanoTime}
   * @param samples how many calls were timed
   */
  public record Recent(
      long sinceNanos,
      long samples,
      long waitingP50,
      long waitingP99,
      long runningP50,
      long runningP99) {}

  public CallLatency(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void took(String module, long waitedNanos, long ranNanos) {
    Timers of = timers.get(module);
    if (of == null) {
      String name = timers.size() < MAX_MODULES ? module : OTHERS;
      of = timers.computeIfAbsent(name, this::timers);
    }
    waiting.recordValue(Math.clamp(waitedNanos, 0, HIGHEST_NANOS));
    running.recordValue(Math.clamp(ranNanos, 0, HIGHEST_NANOS));
    of.waiting.record(waitedNanos, TimeUnit.NANOSECONDS);
    of.running.record(ranNanos, TimeUnit.NANOSECONDS);
  }

  /** How long calls took lately. */
  public synchronized Recent recent() {
    Recent known = recent;
    long now = System.nanoTime();
    if (known == null || now - known.sinceNanos >= INTERVAL_NANOS) {
      Histogram waited = waiting.getIntervalHistogram();
      Histogram ran = running.getIntervalHistogram();
      known =
          new Recent(
              now,
              waited.getTotalCount(),
              waited.getValueAtPercentile(50),
              waited.getValueAtPercentile(99),
              ran.getValueAtPercentile(50),
              ran.getValueAtPercentile(99));
      recent = known;
    }
    return known;
  }

  private Timers timers(String module) {
    return new Timers(
        timer(
            "mooring.call.waiting",
            module,
            "How long a call waited for its session's turn; of one call in " + EVERY),
        timer("mooring.call.running", module, "How long a call ran; of one call in " + EVERY));
  }

  private Timer timer(String name, String module, String what) {
    return Timer.builder(name)
        .description(what)
        .tag("module", module)
        .publishPercentileHistogram()
        .minimumExpectedValue(LEAST)
        .maximumExpectedValue(MOST)
        .register(registry);
  }
}
