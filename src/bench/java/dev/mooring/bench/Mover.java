package dev.mooring.bench;

import dev.mooring.client.Keep;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.SessionLimits;
import dev.mooring.client.SessionListener;
import dev.mooring.client.Value;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A client whose kept session moves from server to server. It counts, one call after the other,
 * with a pause between them, and knows what each must come to; it does nothing about its
 * connections. A virtual thread of its own.
 */
final class Mover implements SessionListener {
  /** What hasn't come by then is taken for lost. */
  private static final long SECONDS = 120;

  /** Between two calls of a client, for each that there is: so many make little load in all. */
  private static final long PAUSE_MILLIS_EACH = 10;

  private static final OpenOptions.Timeouts TIMEOUTS =
      OpenOptions.Timeouts.DEFAULTS
          .withOpen(Duration.ofMinutes(1))
          .withReconnect(Duration.ofMinutes(5));

  private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
  private final AtomicLong calls = new AtomicLong();
  private final long pauseMillis;
  private volatile boolean stopped;
  private volatile long awaySinceNanos;

  /** It goes on elsewhere, and has heard no answer since. */
  private volatile boolean moved;

  private volatile @Nullable Strike strike;

  /** Of its own thread, until that has ended. */
  private long lost;

  private long doubled;

  /** One of so many. */
  Mover(int clients) {
    pauseMillis = PAUSE_MILLIS_EACH * clients;
  }

  /** Opens a session, and begins when it is open. */
  CompletableFuture<Mover> begin(MooringClient client, SocketAddress server) {
    OpenOptions options =
        OpenOptions.module("counter")
            .withKeep(Keep.forTtl(Duration.ofMinutes(10)).withDurability(Keep.Durability.DISK))
            .withLimits(
                SessionLimits.DEFAULTS.withCallTimeout(Duration.ofMillis(NodesBench.CALL_MILLIS)))
            .withTimeouts(TIMEOUTS)
            .withListener(this);
    return client
        .open(server, options)
        .thenApply(
            session -> {
              Thread.ofVirtual().start(() -> runSafely(session));
              return this;
            });
  }

  private void runSafely(MooringSession session) {
    try {
      run(session);
      end.complete(null);
    } catch (Throwable e) {
      end.completeExceptionally(e);
    }
  }

  private void run(MooringSession session)
      throws InterruptedException, ExecutionException, TimeoutException {
    long expected = 0;
    while (!stopped) {
      long counted = session.call("add", Value.i64(1)).get(SECONDS, TimeUnit.SECONDS).i64();
      long now = System.nanoTime();
      expected++;
      lost += Math.max(0, expected - counted);
      doubled += Math.max(0, counted - expected);
      expected = counted;
      calls.incrementAndGet();
      Strike by = strike;
      if (moved && by != null) {
        moved = false;
        by.answered(now);
      }
      TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(2 * pauseMillis));
    }
  }

  @Override
  public void onDisconnected(MooringSession session, MooringException why) {
    awaySinceNanos = System.nanoTime();
  }

  @Override
  public void onResumed(MooringSession session) {
    Strike by = strike;
    if (by != null) {
      by.resumed(awaySinceNanos, System.nanoTime());
    }
    moved = true;
  }

  /** From now on, what happens is due to this. */
  void struck(Strike by) {
    moved = false;
    strike = by;
  }

  long calls() {
    return calls.get();
  }

  /** Calls that were answered and aren't in the state; once it has ended. */
  long lost() {
    return lost;
  }

  /** Calls that are in the state twice; likewise. */
  long doubled() {
    return doubled;
  }

  /** Whether it has failed. */
  boolean hasFailed() {
    return end.isCompletedExceptionally();
  }

  void stop() {
    stopped = true;
  }

  /**
   * Returns when it has come to its end.
   *
   * @throws Wrong if a call failed, or was never answered
   */
  void awaitEnd() throws InterruptedException {
    try {
      end.get(2 * SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new Wrong("a client's call failed: " + e.getCause());
    } catch (TimeoutException e) {
      throw new Wrong("a client waits for ever");
    }
  }
}
