package dev.mooring.bench;

import dev.mooring.client.MooringClient;
import dev.mooring.postgres.CutProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * How long clients wait whose server is killed, and whose server is drained: three servers behind a
 * balancer that knows nothing, each client with a counter of its own.
 */
final class MovedSessions implements BenchPart {
  private static final List<String> NAMES = List.of("a", "b", "c");
  private static final Placement PLACEMENT = new Placement("shared", "", "", 1, 1);
  private static final long SECONDS = 120;
  private static final int WARMING_CUTS = 8;
  private static final long CALM_MILLIS = 2_000;
  private static final long POLL_MILLIS = 5;
  private static final double P99 = 0.99;

  private final NodesBench bench;
  private final Samples takeover = new Samples();
  private final Samples drainGap = new Samples();
  private final Samples movedAtOnce = new Samples();
  private long calls;
  private long lost;
  private long doubled;

  MovedSessions(NodesBench bench) {
    this.bench = bench;
  }

  @Override
  public String title() {
    return "servers killed and drained";
  }

  @Override
  public int steps() {
    return 2 * bench.plan().strikes();
  }

  @Override
  public void measure() throws IOException, InterruptedException {
    var servers = new ArrayList<@Nullable ServerProcess>();
    try (var balancer = new CutProxy();
        MooringClient client = MooringClient.create()) {
      for (String name : NAMES) {
        servers.add(bench.start(PLACEMENT, name));
      }
      retarget(balancer, servers);
      List<Mover> movers = begin(client, balancer.address());
      for (int i = 0; i < bench.plan().strikes(); i++) {
        strike(servers, 2 * i % NAMES.size(), balancer, movers, true);
        strike(servers, (2 * i + 1) % NAMES.size(), balancer, movers, false);
      }
      movers.forEach(Mover::stop);
      for (Mover mover : movers) {
        mover.awaitEnd();
        calls += mover.calls();
        lost += mover.lost();
        doubled += mover.doubled();
      }
    } finally {
      for (ServerProcess server : servers) {
        if (server != null) {
          server.close();
        }
      }
    }
  }

  private static void retarget(CutProxy balancer, List<@Nullable ServerProcess> servers) {
    balancer.target(
        servers.stream()
            .filter(Objects::nonNull)
            .map(server -> new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()))
            .toArray(InetSocketAddress[]::new));
  }

  private List<Mover> begin(MooringClient client, InetSocketAddress server)
      throws InterruptedException, IOException {
    var opening = new ArrayList<CompletableFuture<Mover>>();
    for (int i = 0; i < bench.plan().clients(); i++) {
      opening.add(new Mover(bench.plan().clients()).begin(client, server));
    }
    var movers = new ArrayList<Mover>();
    try {
      for (CompletableFuture<Mover> each : opening) {
        movers.add(each.get(SECONDS, TimeUnit.SECONDS));
      }
    } catch (ExecutionException e) {
      throw new IOException("a session can't be opened: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new IOException("a session can't be opened: no answer", e);
    }
    return movers;
  }

  private void strike(
      List<@Nullable ServerProcess> servers,
      int which,
      CutProxy balancer,
      List<Mover> movers,
      boolean kills)
      throws IOException, InterruptedException {
    warmUp(balancer, movers);
    ServerProcess server = Objects.requireNonNull(servers.get(which));
    var strike = new Strike();
    movers.forEach(mover -> mover.struck(strike));
    servers.set(which, null);
    if (kills) {
      server.kill();
    } else {
      server.close();
    }
    awaitMoreOfEach(movers);
    if (kills) {
      strike.addSinceBegan(takeover);
    } else {
      strike.addAway(drainGap);
    }
    movedAtOnce.add(strike.count());
    servers.set(which, bench.start(PLACEMENT, NAMES.get(which)));
    retarget(balancer, servers);
    bench.progress().step();
  }

  /**
   * All connections are cut a few times, so that sessions go to and fro: what a server does for the
   * first time takes it longer, and isn't measured.
   */
  private static void warmUp(CutProxy balancer, List<Mover> movers) throws InterruptedException {
    for (int i = 0; i < WARMING_CUTS; i++) {
      balancer.reset();
      awaitMoreOfEach(movers);
    }
    TimeUnit.MILLISECONDS.sleep(CALM_MILLIS);
  }

  private static void awaitMoreOfEach(List<Mover> movers) throws InterruptedException {
    long[] before = movers.stream().mapToLong(Mover::calls).toArray();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    for (int i = 0; i < before.length; ) {
      Mover mover = movers.get(i);
      // What was on its way may have been answered before: a second one wasn't.
      if (mover.calls() > before[i] + 1) {
        i++;
      } else {
        if (mover.hasFailed()) {
          mover.awaitEnd();
        }
        Wrong.check(System.nanoTime() < end, "a client hears nothing any more");
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    }
  }

  @Override
  public void report(Report report) {
    var table =
        new Table(
            List.of(
                "of " + bench.plan().clients() + " clients, those of the server (ms)",
                "p50",
                "p99",
                "longest"));
    table.add(row("server killed: from then to a client's next answer", takeover));
    table.add(row("server drained: from its connection's end until its session went on", drainGap));
    report.table(table);
    report.note(
        "Three servers, the database, its standby, the balancer and the clients share all"
            + " processors. The clients make some 100 calls a second, each one after the other. All were moved to and fro before each strike, so that no server did anything for the first time. The lease is "
            + NodesBench.LEASE_MILLIS
            + " ms; "
            + bench.plan().strikes()
            + " servers were killed and as many drained, each had "
            + Report.median(movedAtOnce)
            + " clients. "
            + calls
            + " calls, each checked.");
    report.figure("takeover_p99_ms", takeover, P99);
    report.figure("takeover_p50_ms", takeover);
    report.figure("drain_gap_p99_ms", drainGap, P99);
    report.figure("lost_acknowledged", (double) lost);
    report.figure("double_commits", (double) doubled);
  }

  private static List<String> row(String label, Samples samples) {
    return List.of(
        label, Report.median(samples), Report.quantile(samples, P99), Report.quantile(samples, 1));
  }
}
