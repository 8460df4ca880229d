package dev.mooring.store.postgres;

import dev.mooring.error.ErrorText;
import dev.mooring.store.SharedStore;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreUnavailable;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does by itself, on a thread of its own: it renews its lease, lets go of sessions that
 * others have taken, declares those dead whose leases have run out, and takes over what is nobody's
 * and wants something.
 */
final class NodeWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeWatch.class);

  /** So long it waits for batches that are under way, until it does something else first. */
  static final long PATIENCE_MILLIS = 100;

  /** So often it looks, however long the lease is. */
  private static final long MAX_PERIOD_MILLIS = 1_000;

  /** So often it looks within one lease at least. */
  private static final int LOOKS_PER_LEASE = 4;

  /** So many sessions it takes over at a time that are nobody's: others want some, too. */
  private static final int MAX_DUE = 100;

  /**
   * A database that hasn't renewed the lease after so long gives no answer: so it is if its standby
   * hangs.
   */
  private static final long MAX_RENEWING_MILLIS = 3_000;

  private static final long NOT_RENEWING = Long.MIN_VALUE;

  /** So often it looks for what is left over. */
  private static final int SWEEP_LOOKS = 60;

  private final PostgresStore store;
  private final Database database;
  private final PostgresConfig config;
  private final ScheduledExecutorService thread;

  /** Since when it has had its lease without a gap. */
  private long steadySinceNanos;

  private long renewedNanos;

  private long looks;

  /** Since when it waits for its lease to be renewed; {@link #NOT_RENEWING} while it doesn't. */
  private volatile long renewingSinceNanos = NOT_RENEWING;

  /** Whether one waits already that somebody asked for. */
  private final AtomicBoolean isLookWanted = new AtomicBoolean();

  NodeWatch(PostgresStore store, Database database, PostgresConfig config) {
    this.store = store;
    this.database = database;
    this.config = config;
    thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("mooring-node").factory());
  }

  void start() {
    steadySinceNanos = System.nanoTime();
    renewedNanos = steadySinceNanos;
    long period = Math.min(MAX_PERIOD_MILLIS, config.leaseMillis() / LOOKS_PER_LEASE);
    var _ = thread.scheduleWithFixedDelay(this::lookSafely, period, period, TimeUnit.MILLISECONDS);
  }

  /** Looks soon: something seems to be wrong. */
  void look() {
    if (!thread.isShutdown() && isLookWanted.compareAndSet(false, true)) {
      thread.execute(this::lookSafely);
    }
  }

  /** That the database gives no answer, in words; null if it does. Thread-safe. */
  @Nullable String silence() {
    long since = renewingSinceNanos;
    if (since == NOT_RENEWING) {
      return null;
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
    return millis < MAX_RENEWING_MILLIS
        ? null
        : "%s: no answer for %d s"
            .formatted(database.url(), TimeUnit.MILLISECONDS.toSeconds(millis));
  }

  private void lookSafely() {
    isLookWanted.set(false);
    try {
      lookNow();
    } catch (StoreUnavailable e) {
      store.trouble(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StoreException | RuntimeException | Error e) { // The next look may go well.
      LOG.atError().setCause(e).log("the server's watch of its store failed: {}", ErrorText.of(e));
    }
  }

  private void lookNow() throws StoreException, InterruptedException {
    long mine = store.incarnation();
    Nodes.Renewal renewal = renew(mine);
    long now = System.nanoTime();
    store.clock().set(renewal.nowMillis(), now);
    if (now - renewedNanos > leaseNanos()) {
      steadySinceNanos = now; // Others may not have been heard either.
    }
    renewedNanos = now;
    store.trouble(null);
    if (!renewal.isAlive()) {
      store.beginAnew();
      return;
    }
    letGo(mine);
    store.releaseDoubtful();
    if (now - steadySinceNanos >= leaseNanos()) {
      fence(mine);
    }
    free();
    if (looks++ % SWEEP_LOOKS == 0) {
      database.perform(Nodes::sweep);
      measure();
    }
    takeOverDue();
  }

  private Nodes.Renewal renew(long mine) throws StoreUnavailable {
    renewingSinceNanos = System.nanoTime();
    try {
      return database.inTransaction(
          connection -> Nodes.renew(connection, mine, config.leaseMillis()));
    } finally {
      renewingSinceNanos = NOT_RENEWING;
    }
  }

  private long leaseNanos() {
    return TimeUnit.MILLISECONDS.toNanos(config.leaseMillis());
  }

  private void letGo(long mine) throws StoreException, InterruptedException {
    List<Nodes.Displacement> lost =
        database.inTransaction(connection -> Nodes.displaced(connection, mine));
    if (!lost.isEmpty() && store.giveUp(lost)) {
      database.perform(connection -> Nodes.letGo(connection, mine, lost));
    }
  }

  private void fence(long mine) throws StoreException {
    for (long dead : database.inTransaction(Nodes::expired)) {
      if (dead != mine) {
        LOG.atWarn().log("a server's lease has run out: its sessions are others' to have");
        database.perform(connection -> Nodes.fence(connection, dead));
      }
    }
  }

  private void free() throws StoreException {
    for (long dead : database.inTransaction(Nodes::fenced)) {
      database.perform(connection -> Nodes.free(connection, dead));
    }
  }

  /** How large the tables are; not every database that speaks this wire can say so. */
  private void measure() {
    try {
      store.sizeBytes(database.inTransaction(Nodes::sizeBytes));
    } catch (StoreUnavailable e) {
      LOG.atDebug().setCause(e).log("the database doesn't say how large its tables are");
    }
  }

  private void takeOverDue() throws StoreException {
    SharedStore.Listener listener = store.listener();
    int room = listener == null ? 0 : Math.min(MAX_DUE, listener.room());
    if (listener == null || room == 0) {
      return;
    }
    List<String> due = database.inTransaction(connection -> Nodes.due(connection, room));
    SharedStore.Claims claims = store.claim(due, true);
    claims.claimed().values().forEach(listener::claimed);
    for (StoreException failure : claims.failed().values()) {
      LOG.atWarn().log("a session couldn't be taken over: {}", failure.getMessage());
    }
  }

  @Override
  public void close() {
    thread.close();
  }
}
