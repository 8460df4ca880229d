package dev.mooring.store;

import dev.mooring.error.ErrorText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does a store's work on a thread of its own, so that no event loop waits for a disk. Changes go in
 * batches, as many as there are: while one is written the next collects. There is no timer. Reading
 * has threads of its own.
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

  /** Hears what was read, on a reading thread. */
  public interface Reader {
    /** A session's body, and what was appended to it. */
    void read(List<byte[]> parts);

    /** It can't be read, or isn't there. */
    void failed(StoreException why);
  }

  /** As many sessions are read at a time. */
  private static final int READING_THREADS = 4;

  private static final int IDLE_THREAD_SECONDS = 10;

  /** What collects for the next time. */
  private static final class Batch {
    private final List<SessionStore.Change> changes = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final Map<String, Supplier<byte[]>> modules = new LinkedHashMap<>();
    private boolean sync;
    private long bytes;
  }

  private final SessionStore store;
  private final Executor writing;
  private final Executor reading;

  /** Those of these two that are its own. */
  private final List<ExecutorService> own;

  private final ReentrantLock lock = new ReentrantLock();
  private Batch next = new Batch();

  /** Whether somebody is about to take what collects. */
  private boolean atWork;

  private volatile long waitingBytes;
  private volatile @Nullable StoreException failure;

  /** The keys of the modules that the store has; the writer's thread, after the start. */
  private final Set<String> modules = ConcurrentHashMap.newKeySet();

  /** Of a store that only this one writes to from now on; it stays the caller's to close. */
  public StoreWriter(SessionStore store) {
    this(store, writingThread(), readingThreads());
  }

  private StoreWriter(SessionStore store, ExecutorService writing, ExecutorService reading) {
    this(store, writing, reading, List.of(writing, reading));
  }

  /**
   * As above, at work where somebody else says.
   *
   * @param writing runs one thing at a time, in order
   */
  public StoreWriter(SessionStore store, Executor writing, Executor reading) {
    this(store, writing, reading, List.of());
  }

  private StoreWriter(
      SessionStore store, Executor writing, Executor reading, List<ExecutorService> own) {
    this.store = store;
    this.writing = writing;
    this.reading = reading;
    this.own = own;
  }

  private static ExecutorService writingThread() {
    var writing =
        new ThreadPoolExecutor(
            1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), WriterThread::new);
    writing.prestartCoreThread(); // Whoever looks for it by its name finds it from the start on.
    return writing;
  }

  private static ExecutorService readingThreads() {
    var reading =
        new ThreadPoolExecutor(
            READING_THREADS,
            READING_THREADS,
            IDLE_THREAD_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(), // Bounded by how many sessions are kept.
            Thread.ofPlatform().daemon().name("mooring-store-read-", 1).factory());
    reading.allowCoreThreadTimeOut(true);
    return reading;
  }

  /**
   * Writes a change.
   *
   * @param sync whether it is to be on the disk, or only with the operating system
   */
  public void write(SessionStore.Change change, boolean sync, Outcome outcome) {
    boolean idle;
    lock.lock();
    try {
      next.changes.add(change);
      next.bytes += bytes(change);
      waitingBytes = next.bytes;
      next.sync |= sync;
      next.outcomes.add(outcome);
      idle = !atWork;
      atWork = true;
    } finally {
      lock.unlock();
    }
    if (idle) {
      writing.execute(this::work);
    }
  }

  private static long bytes(SessionStore.Change change) {
    return switch (change) {
      case SessionStore.Change.Put(String id, byte[] head, byte[] body) ->
          (long) head.length + body.length;
      case SessionStore.Change.Append(String id, byte[] head, byte[] appended) ->
          (head == null ? 0L : head.length) + appended.length;
      case SessionStore.Change.Remove remove -> 0;
    };
  }

  /**
   * Keeps a module: it is on the disk before whatever is written after this.
   *
   * @param bytes what is kept of it; asked for on the writer's thread, unless the store has it
   */
  public void keepModule(String key, Supplier<byte[]> bytes) {
    if (modules.contains(key)) {
      return;
    }
    lock.lock();
    try {
      next.modules.put(key, bytes);
    } finally {
      lock.unlock();
    }
  }

  /**
   * What is kept of a module; null if the store has nothing. On the caller's thread.
   *
   * @throws StoreException if it can't be read
   */
  public byte @Nullable [] module(String key) throws StoreException {
    return store.module(key);
  }

  /**
   * Forgets the modules that no session needs, before anything is written.
   *
   * @throws StoreException if they can't be
   */
  public void retainModules(Set<String> keys) throws StoreException {
    store.retainModules(keys);
  }

  /** Reads a session, for which no write waits. */
  public void read(String id, Reader reader) {
    reading.execute(() -> readNow(id, reader));
  }

  private void readNow(String id, Reader reader) {
    List<byte[]> parts;
    try {
      parts = store.read(id);
      if (parts.isEmpty()) {
        throw new StoreException("the store has a head of it, and no body");
      }
    } catch (StoreException e) {
      tell(() -> reader.failed(e));
      return;
    }
    tell(() -> reader.read(parts));
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
    }
  }

  /** All that has collected; null if nothing has. */
  private @Nullable Batch take() {
    lock.lock();
    try {
      if (next.outcomes.isEmpty()) {
        atWork = false;
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
          if (!modules.contains(module.getKey())) {
            store.putModule(module.getKey(), module.getValue().get());
            modules.add(module.getKey());
          }
        }
        store.write(batch.changes, batch.sync);
      } catch (StoreException e) {
        failed(e);
      } catch (RuntimeException | Error e) { // No memory, say. Whoever waits must hear of it.
        failed(new StoreException("what was to be written can't be had: " + ErrorText.of(e), e));
      }
    }
    for (Outcome outcome : batch.outcomes) {
      tell(failure == null ? outcome::safe : outcome::failed);
    }
  }

  private void failed(StoreException why) {
    failure = why;
    LOG.atError()
        .setCause(why.getCause())
        .log(
            "the store failed, and what is to outlive the process isn't served any more: {}",
            why.getMessage());
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
    own.forEach(ExecutorService::close);
  }
}
