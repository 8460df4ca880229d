package dev.mooring.store;

import org.jspecify.annotations.Nullable;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back what removed sessions still take, when the store is full: the database does so by
 * itself only as others are written, and a full store has no others.
 *
 * <p>It reads and writes everything anew, on a thread 'mooring-store-reclaim' of its own, and is at
 * it for a quarter of the time at most, and not again before anything else has been written.
 *
 * <p>Thread-safe.
 */
final class Reclaim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reclaim.class);
  private static final int REST_FACTOR = 3;

  private final RocksDB database;
  private final CompactRangeOptions options =
      new CompactRangeOptions().setExclusiveManualCompaction(false).setMaxSubcompactions(1);

  private @Nullable Thread running;
  private boolean cancelled;
  private boolean written = true;
  private long notBeforeNanos = System.nanoTime();

  Reclaim(RocksDB database) {
    this.database = database;
  }

  /** Something has been written or removed, so that something may have to be given back. */
  synchronized void written() {
    written = true;
  }

  /**
   * Begins, unless nothing was written since it last did, or it is at it or rests, or the store is
   * being closed.
   */
  synchronized void begin() {
    if (!written || cancelled || running != null || System.nanoTime() - notBeforeNanos < 0) {
      return;
    }
    written = false;
    running = Thread.ofPlatform().daemon().name("mooring-store-reclaim").start(this::run);
  }

  private void run() {
    long beganNanos = System.nanoTime();
    try {
      database.compactRange(null, null, null, options);
    } catch (RocksDBException e) {
      LOG.atDebug().setCause(e).log("reclaiming ended");
    } finally {
      long endNanos = System.nanoTime();
      synchronized (this) {
        running = null;
        notBeforeNanos = endNanos + REST_FACTOR * (endNanos - beganNanos);
      }
    }
  }

  /** Has it end soon, and not begin again. */
  synchronized void cancel() {
    if (!cancelled) {
      cancelled = true;
      options.setCanceled(true);
    }
  }

  /** Waits for its end. The database is still open. */
  @Override
  public void close() {
    cancel();
    Thread last;
    synchronized (this) {
      last = running;
    }
    boolean interrupted = false;
    while (last != null && last.isAlive()) {
      try {
        last.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    options.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
