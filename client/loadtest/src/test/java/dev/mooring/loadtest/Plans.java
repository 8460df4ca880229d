package dev.mooring.loadtest;

import dev.mooring.client.Keep;
import dev.mooring.client.Wire;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Plans as tests want them: small, and without a warm-up. */
final class Plans {
  private List<InetSocketAddress> servers = List.of();
  private List<InetAddress> sources = List.of();
  private Target.@Nullable Tls tls;
  private String token = "";
  private Keep.@Nullable Durability durability;
  private Load load = new Load.ClosedLoop(1);
  private Duration duration = Duration.ofSeconds(1);
  private Duration ramp = Duration.ZERO;
  private long count;
  private Duration timeout = Duration.ofSeconds(10);
  private Duration connectTimeout = Duration.ofSeconds(5);
  private Duration openTimeout = Duration.ofSeconds(10);
  private int connections = 1;
  private int eventLoops = 1;
  private int callsPerConnection;
  private int backlog = 100_000;
  private List<String> calls = List.of("echo");
  private String payload = "16";
  private List<Long> pids = List.of();

  private Plans() {}

  static Plans of(KnownServer... known) {
    var plans = new Plans();
    plans.servers = java.util.Arrays.stream(known).map(KnownServer::address).toList();
    return plans;
  }

  static Plans of(InetSocketAddress address) {
    var plans = new Plans();
    plans.servers = List.of(address);
    return plans;
  }

  Plans closed(int pipeline) {
    load = new Load.ClosedLoop(pipeline);
    return this;
  }

  Plans open(double rate) {
    load = new Load.OpenLoop(rate, false, 1024);
    return this;
  }

  Plans load(Load other) {
    load = other;
    return this;
  }

  Plans millis(long millis) {
    duration = Duration.ofMillis(millis);
    return this;
  }

  Plans ramp(long millis) {
    ramp = Duration.ofMillis(millis);
    return this;
  }

  Plans count(long number) {
    count = number;
    return this;
  }

  Plans timeout(long millis) {
    timeout = Duration.ofMillis(millis);
    return this;
  }

  Plans connectTimeout(long millis) {
    connectTimeout = Duration.ofMillis(millis);
    return this;
  }

  Plans openTimeout(long millis) {
    openTimeout = Duration.ofMillis(millis);
    return this;
  }

  Plans connections(int number) {
    connections = number;
    return this;
  }

  Plans eventLoops(int number) {
    eventLoops = number;
    return this;
  }

  Plans callsPerConnection(int number) {
    callsPerConnection = number;
    return this;
  }

  Plans backlog(int number) {
    backlog = number;
    return this;
  }

  Plans calls(String... texts) {
    calls = List.of(texts);
    return this;
  }

  Plans payload(String text) {
    payload = text;
    return this;
  }

  Plans sources(InetAddress... addresses) {
    sources = List.of(addresses);
    return this;
  }

  Plans token(String text) {
    token = text;
    return this;
  }

  Plans durability(Keep.Durability kept) {
    durability = kept;
    return this;
  }

  Plans tls(Target.Tls how) {
    tls = how;
    return this;
  }

  Plans pid(long pid) {
    pids = List.of(pid);
    return this;
  }

  LoadPlan plan() {
    return new LoadPlan(
        new Target(
            servers,
            Wire.MOORING,
            sources,
            "known",
            Map.of("key", "value"),
            token,
            durability,
            tls),
        load,
        new Schedule(ramp, Duration.ZERO, duration, count, connectTimeout, openTimeout, timeout),
        connections,
        eventLoops,
        256,
        callsPerConnection,
        0,
        calls.stream().map(CallSpec::parse).toList(),
        PayloadSpec.parse(payload),
        42,
        backlog,
        pids);
  }

  Report run() {
    return LoadTest.run(plan());
  }
}
