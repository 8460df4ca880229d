package dev.mooring.loadtest;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What a test has measured so far, and the report that comes of it. The thread of the test. */
final class Results {
  private final LoadPlan plan;
  private final Instant startedAt;
  private final @Nullable ServerProcesses server;
  private final @Nullable HistogramLog log;
  private final List<Object> timeline = new ArrayList<>();
  private long mostRssBytes;
  private final Map<String, Object> tree = new LinkedHashMap<>();

  /** Before the first connection; when all were open; when the measurement began; when it ended. */
  Measurement.@Nullable Sums before;

  Measurement.@Nullable Sums connected;
  Measurement.@Nullable Sums start;
  Measurement.@Nullable Sums end;

  int drainIntervals;

  /** Whether the measurement was ended before its time. */
  boolean interrupted;

  Results(LoadPlan plan, @Nullable ServerProcesses server, @Nullable HistogramLog log) {
    this.plan = plan;
    this.startedAt = Instant.now();
    this.server = server;
    this.log = log;
  }

  /** One more part of the time that is measured. */
  void measured(Measurement.Interval interval) {
    timeline.add(point(require(start), interval));
    mostRssBytes = Math.max(mostRssBytes, interval.to().serverRssBytes());
    if (log != null) {
      log.write(interval.latency());
    }
  }

  /** What came after the end still belongs to the timeline, if it is an answer that was awaited. */
  Measurement.Interval drained(Measurement.Interval interval) {
    if (interval.latency().getTotalCount() > 0) {
      measured(interval);
    }
    return interval;
  }

  Report toReport() {
    return new Report(tree);
  }

  void finish(Measurement measurement, Window window, ErrorLog errors) {
    Measurement.Sums from = require(start);
    Measurement.Sums to = require(end);
    double seconds = window.seconds();
    long scheduled = measurement.sum(recorders -> recorders.scheduledInWindow.get());
    long answered = measurement.sum(recorders -> recorders.answeredInWindow.get());
    boolean counted = plan.schedule().count() > 0;
    double perSecond =
        counted ? answered / seconds : (to.answered() - from.answered()) / to.secondsSince(from);
    double wanted = plan.load() instanceof Load.OpenLoop open ? open.ratePerSecond() : 0;
    ClientHealth.Use use = ClientHealth.between(from.client(), to.client());
    // What random arrivals may fall short of is chance, not the client.
    double sentShare =
        wanted == 0 || counted
            ? 1
            : scheduled / (wanted * seconds) + 3 / Math.sqrt((double) Math.max(1, scheduled));
    List<String> reasons =
        ClientHealth.reasons(use, measurement.sendLag, measurement.latency, sentShare);

    tree.put("schema", Report.SCHEMA);
    tree.put("tool", tool());
    tree.put("started_at", startedAt.truncatedTo(ChronoUnit.MILLIS).toString());
    tree.put("settings", Settings.of(plan));
    tree.put("saturated", !reasons.isEmpty());
    tree.put("interrupted", interrupted);
    tree.put("seconds", Figures.rounded(seconds));
    tree.put("calls", calls(measurement, scheduled, answered, to.events() - from.events()));
    tree.put("throughput_per_second", Figures.rounded(perSecond));
    tree.put("wanted_per_second", wanted == 0 ? null : wanted);
    tree.put("latency", Figures.spectrum(measurement.latency));
    tree.put("service_time", Figures.spectrum(measurement.service));
    tree.put("errors", errors.counts());
    tree.put("error_messages", errors.messages());
    tree.put("bytes", bytes(from, to));
    tree.put("connections", connections(measurement, from, to));
    tree.put("client", client(use, reasons, measurement.sendLag));
    tree.put("server", server(from, to));
    tree.put("timeline", timeline);
  }

  private Map<String, Object> calls(
      Measurement measurement, long scheduled, long answered, long events) {
    var calls = new LinkedHashMap<String, Object>();
    calls.put("scheduled", scheduled);
    calls.put("answered", answered);
    calls.put("failed", measurement.sum(recorders -> recorders.failedInWindow.get()));
    calls.put("events", events);
    return calls;
  }

  private static Map<String, Object> bytes(Measurement.Sums from, Measurement.Sums to) {
    double seconds = to.secondsSince(from);
    var bytes = new LinkedHashMap<String, Object>();
    bytes.put("sent", to.bytesSent() - from.bytesSent());
    bytes.put("received", to.bytesReceived() - from.bytesReceived());
    bytes.put("sent_per_second", Figures.rounded((to.bytesSent() - from.bytesSent()) / seconds));
    bytes.put(
        "received_per_second",
        Figures.rounded((to.bytesReceived() - from.bytesReceived()) / seconds));
    return bytes;
  }

  private Map<String, Object> connections(
      Measurement measurement, Measurement.Sums from, Measurement.Sums to) {
    var connections = new LinkedHashMap<String, Object>();
    connections.put("wanted", plan.connections());
    connections.put("open_at_end", measurement.sum(recorders -> recorders.openNow.get()));
    connections.put("opened", measurement.sum(recorders -> recorders.opened.get()));
    connections.put("failed", measurement.sum(recorders -> recorders.connectionsFailed.get()));
    connections.put(
        "opened_per_second",
        Figures.rounded((to.opened() - from.opened()) / to.secondsSince(from)));
    connections.put("connect", Figures.percentiles(measurement.connect));
    connections.put("open", Figures.percentiles(measurement.open));
    connections.put("first_reply", Figures.percentiles(measurement.firstReply));
    return connections;
  }

  private static Map<String, Object> client(
      ClientHealth.Use use, List<String> reasons, Histogram sendLag) {
    var client = new LinkedHashMap<String, Object>();
    client.put("saturated", !reasons.isEmpty());
    client.put("reasons", reasons);
    client.put("cpu_cores", Figures.rounded(use.cpuCores()));
    client.put("busiest_loop", Figures.rounded(use.busiestLoop()));
    client.put("gc_share", Figures.rounded(use.gcShare()));
    client.put("gc_count", use.gcCount());
    client.put("send_lag", Figures.percentiles(sendLag));
    return client;
  }

  private @Nullable Map<String, Object> server(Measurement.Sums from, Measurement.Sums to) {
    if (server == null) {
      return null;
    }
    double cpuSeconds = to.serverCpuSeconds() - from.serverCpuSeconds();
    // By the calls that were served in this time, whenever they were scheduled.
    long served = to.answered() - from.answered();
    var figures = new LinkedHashMap<String, Object>();
    figures.put("pids", plan.serverPids());
    figures.put("ended", server.hasEnded());
    figures.put("cpu_seconds", Figures.rounded(cpuSeconds));
    figures.put("cpu_cores", Figures.rounded(cpuSeconds / to.secondsSince(from)));
    figures.put("cpu_us_per_call", served == 0 ? null : Figures.rounded(cpuSeconds * 1e6 / served));
    figures.put("rss_before_bytes", require(before).serverRssBytes());
    figures.put("rss_connected_bytes", require(connected).serverRssBytes());
    figures.put("rss_max_bytes", Math.max(mostRssBytes, to.serverRssBytes()));
    figures.put("rss_end_bytes", to.serverRssBytes());
    return figures;
  }

  private Map<String, Object> point(Measurement.Sums origin, Measurement.Interval interval) {
    Measurement.Sums from = interval.from();
    Measurement.Sums to = interval.to();
    double seconds = to.secondsSince(from);
    Histogram latency = interval.latency();
    boolean any = latency.getTotalCount() > 0;
    var point = new LinkedHashMap<String, Object>();
    point.put("at_seconds", Figures.rounded(to.secondsSince(origin)));
    point.put("seconds", Figures.rounded(seconds));
    point.put("throughput_per_second", Figures.rounded(interval.perSecond()));
    point.put("failed", to.errors() - from.errors());
    point.put("p50_us", any ? Figures.at(latency, 50) : null);
    point.put("p99_us", any ? Figures.at(latency, 99) : null);
    point.put("max_us", any ? Figures.micros(latency.getMaxValue()) : null);
    point.put("open_connections", interval.openConnections());
    point.put("bytes_sent", to.bytesSent() - from.bytesSent());
    point.put("bytes_received", to.bytesReceived() - from.bytesReceived());
    point.put(
        "client_cpu_cores",
        Figures.rounded(ClientHealth.between(from.client(), to.client()).cpuCores()));
    if (server != null) {
      point.put(
          "server_cpu_cores",
          Figures.rounded((to.serverCpuSeconds() - from.serverCpuSeconds()) / seconds));
      point.put("server_rss_bytes", to.serverRssBytes());
    }
    return point;
  }

  private static String tool() {
    String version = Results.class.getPackage().getImplementationVersion();
    return "mooring loadtest " + (version == null ? "development" : version);
  }

  private static Measurement.Sums require(Measurement.@Nullable Sums sums) {
    if (sums == null) {
      throw new AssertionError("a test measures in order");
    }
    return sums;
  }
}
