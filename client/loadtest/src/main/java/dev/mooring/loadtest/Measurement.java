package dev.mooring.loadtest;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/** Gathers what the loops recorded, a second at a time. The thread of the test. */
final class Measurement {
  final Histogram latency = histogram();
  final Histogram service = histogram();
  final Histogram sendLag = histogram();
  final Histogram connect = histogram();
  final Histogram open = histogram();
  final Histogram firstReply = histogram();

  /** Of the last interval; used again for the next. */
  private final Histogram interval = histogram();

  private final List<LoadLoop> loops;
  private final ServerProcesses server;
  private final ClientHealth health;
  private final ErrorLog errors;
  private Sums last;

  /** Everything that is counted up, at one moment. */
  record Sums(
      long atNs,
      long answered,
      long failed,
      long errors,
      long opened,
      long events,
      long bytesSent,
      long bytesReceived,
      ClientHealth.Reading client,
      double serverCpuSeconds,
      long serverRssBytes) {
    double secondsSince(Sums earlier) {
      return Math.max(1e-9, (atNs - earlier.atNs) / 1e9);
    }
  }

  /**
   * What happened from one moment to the next. The histogram is of calls that ended in it, and
   * holds until the next.
   */
  record Interval(Sums from, Sums to, Histogram latency, long openConnections) {
    double perSecond() {
      return (to.answered - from.answered) / to.secondsSince(from);
    }
  }

  Measurement(List<LoadLoop> loops, ServerProcesses server, ClientHealth health, ErrorLog errors) {
    this.loops = loops;
    this.server = server;
    this.health = health;
    this.errors = errors;
    this.last = read();
  }

  /** The sums now; the timeline goes on from here. */
  Sums mark() {
    last = read();
    return last;
  }

  /** What happened since the last interval, or mark; it isn't part of the timeline yet. */
  Interval interval() {
    Sums from = last;
    last = read();
    interval.reset();
    interval.setStartTimeStamp(System.currentTimeMillis() - (last.atNs - from.atNs) / Ticks.MILLI);
    interval.setEndTimeStamp(System.currentTimeMillis());
    drain(recorders -> recorders.latency, interval);
    latency.add(interval);
    drain(recorders -> recorders.service, service);
    drain(recorders -> recorders.sendLag, sendLag);
    drain(recorders -> recorders.connect, connect);
    drain(recorders -> recorders.open, open);
    drain(recorders -> recorders.firstReply, firstReply);
    return new Interval(from, last, interval, sum(recorders -> recorders.openNow.get()));
  }

  long sum(ToLongFunction<Recorders> counter) {
    long sum = 0;
    for (LoadLoop loop : loops) {
      sum += counter.applyAsLong(loop.recorders());
    }
    return sum;
  }

  private Sums read() {
    return new Sums(
        Ticks.now(),
        sum(recorders -> recorders.answered.get()),
        sum(recorders -> recorders.failedInWindow.get()),
        errors.total(),
        sum(recorders -> recorders.opened.get()),
        sum(recorders -> recorders.events.get()),
        sum(recorders -> recorders.bytesSent.get()),
        sum(recorders -> recorders.bytesReceived.get()),
        health.read(),
        server.cpuSeconds(),
        server.rssBytes());
  }

  private void drain(Function<Recorders, SingleWriterRecorder> which, Histogram into) {
    for (LoadLoop loop : loops) {
      SingleWriterRecorder recorder = which.apply(loop.recorders());
      Histogram part = recorder.getIntervalHistogram();
      into.add(part);
    }
  }

  private static Histogram histogram() {
    return new Histogram(Recorders.HIGHEST_NS, Recorders.DIGITS);
  }
}
