package dev.mooring.store;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does a store's work on a thread of its own, so that no event loop waits for a disk. Changes go in
 * batches, as many as there are: while one is written the next collects, and of one session's
 * changes the last one counts. There is no timer.
 *
 * <p>After the first write that fails nothing is written any more: what the store holds then is
 * what was safe, and nobody is told otherwise.
 *
 * <p>Thread-safe.
 */
public final class StoreWriter implements AutoCloseable {
  /** So much may wait to be written until those who wait for it wait with more, in bytes. */
  public static final long MAX_WAITING_BYTES = 64L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(StoreWriter.class);

  /** So that its threads are known. */
  private static final class WriterThread extends Thread {
    WriterThread(Runnable work) {
      super(work, "mooring-store");
      setDaemon(true);
    }
  }

  /** Whether a thread is a writer's. */
  public static boolean isWriter(Thread thread) {
    return thread instanceof WriterThread;
  }

  /** Hears what became of a change, on the writer's thread. */
  public interface Outcome {
    /** It is as safe as was asked. */
    void safe();

    /** It isn't, nor will be. */
    void failed();
  }

  /** Hears what was read, on the writer's thread. */
  public interface Reader {
    /** A session's body; null if there is none. */
    void read(byte @Nullable [] body);

    /** It can't be read. */
    void failed(StoreException why);
  }

  private record Read(String id, Reader reader) {}

  /** What collects for the next time. */
  private static final class Batch {
    private final Map<String, SessionStore.Change> changes = new LinkedHashMap<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final List<Read> reads = new ArrayList<>();
    private final Map<String, byte[]> modules = new LinkedHashMap<>();
    private boolean sync;
    private long bytes;

    private boolean isEmpty() {
      return outcomes.isEmpty() && reads.isEmpty();
    }
  }

  private final SessionStore store;
  private final Thread thread = new WriterThread(this::work);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Batch next = new Batch();
  private boolean closed;
  private volatile long waitingBytes;
  private volatile @Nullable StoreException failure;

  /** Digests of the modules that the store has; the writer's thread, after the start. */
  private final Set<String> modules = ConcurrentHashMap.newKeySet();

  /** Of a store that only this one writes to from now on; it stays the caller's to close. */
  public StoreWriter(SessionStore store) {
    this.store = store;
    thread.start();
  }

  /**
   * Writes a change.
   *
   * @param sync whether it is to be on the disk, or only with the operating system
   */
  public void write(SessionStore.Change change, boolean sync, Outcome outcome) {
    lock.lock();
    try {
      // The last change of a session takes the place of those before, behind those of others.
      SessionStore.Change former = next.changes.remove(change.id());
      next.changes.put(change.id(), change);
      next.bytes += bytes(change) - (former == null ? 0 : bytes(former));
      waitingBytes = next.bytes;
      next.sync |= sync;
      next.outcomes.add(outcome);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private static long bytes(SessionStore.Change change) {
    return switch (change) {
      case SessionStore.Change.Put(String id, byte[] head, byte[] body) ->
          (long) head.length + body.length;
      case SessionStore.Change.Remove remove -> 0;
    };
  }

  /** Keeps a module's bytes: they are on the disk before whatever is written after this. */
  public void keepModule(String digest, byte[] wasm) {
    if (modules.contains(digest)) {
      return;
    }
    lock.lock();
    try {
      next.modules.put(digest, wasm);
    } finally {
      lock.unlock();
    }
  }

  /**
   * A module's bytes; null if the store doesn't have them. On the caller's thread.
   *
   * @throws StoreException if it can't be read
   */
  public byte @Nullable [] module(String digest) throws StoreException {
    return store.module(digest);
  }

  /**
   * Forgets the modules that no session needs, before anything is written.
   *
   * @throws StoreException if they can't be
   */
  public void retainModules(Set<String> digests) throws StoreException {
    store.retainModules(digests);
  }

  /** Reads a session's body, once what was written before is. */
  public void read(String id, Reader reader) {
    lock.lock();
    try {
      next.reads.add(new Read(id, reader));
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Visits all sessions that are stored, on the caller's thread; before anything is written.
   *
   * @throws StoreException if the store can't be read
   */
  public void scan(SessionStore.Visitor visitor) throws StoreException {
    store.scan(visitor);
  }

  /** What the store takes on disk, in bytes. */
  public long sizeBytes() {
    return store.sizeBytes();
  }

  /** Whether so much waits that those who wait for it should wait with more. */
  public boolean isFull() {
    return waitingBytes > MAX_WAITING_BYTES;
  }

  /** What collects to be written, in bytes. */
  public long waitingBytes() {
    return waitingBytes;
  }

  /** Why nothing is written any more; null if all is well. */
  public @Nullable StoreException failure() {
    return failure;
  }

  private void work() {
    for (Batch batch = take(); batch != null; batch = take()) {
      write(batch);
      for (Read read : batch.reads) {
        read(read);
      }
    }
  }

  /** All that has collected; null at the end. */
  private @Nullable Batch take() {
    lock.lock();
    try {
      while (next.isEmpty() && !closed) {
        changed.awaitUninterruptibly();
      }
      if (next.isEmpty()) {
        return null;
      }
      Batch taken = next;
      next = new Batch();
      waitingBytes = 0;
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private void write(Batch batch) {
    if (failure == null && !(batch.changes.isEmpty() && batch.modules.isEmpty())) {
      try {
        for (var module : batch.modules.entrySet()) {
          store.putModule(module.getKey(), module.getValue());
          modules.add(module.getKey());
        }
        store.write(List.copyOf(batch.changes.values()), batch.sync);
      } catch (StoreException e) {
        failure = e;
        LOG.error(
            "the store failed, and what is to outlive the process isn't served any more: {}",
            e.getMessage());
      }
    }
    for (Outcome outcome : batch.outcomes) {
      tell(failure == null ? outcome::safe : outcome::failed);
    }
  }

  private void read(Read read) {
    try {
      byte[] body = store.read(read.id());
      tell(() -> read.reader().read(body));
    } catch (StoreException e) {
      tell(() -> read.reader().failed(e));
    }
  }

  /** Tells whoever waits, if their event loop still runs. */
  private static void tell(Runnable news) {
    try {
      news.run();
    } catch (RejectedExecutionException e) {
      LOG.debug("nobody is there any more to hear what became of a change", e);
    }
  }

  /** Writes what waits, and ends. Nothing may come any more. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
