package dev.mooring.store;

import dev.mooring.error.ErrorText;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does a store's work on threads of its own, so that no event loop waits for a disk. Changes go in
 * batches, as many as there are: while one is written the next collects. There is no timer. All
 * changes of a session go the same way, so that one batch of it is under way at a time. Reading has
 * threads of its own.
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

    /** It isn't, nor will be: the store failed. */
    void failed();

    /** It isn't, nor will be: the session isn't this server's any more. */
    void refused();
  }

  /**
   * Hears what came of asking a shared store for a session, on a reading thread. Where many ask at
   * a time, as when other servers have died, some have gone again before their turn.
   */
  public interface Asker<T> {
    /** Whether anybody waits still, when its turn has come: else nothing is asked. */
    boolean isWanted();

    /** What there is; null if there is no such session. */
    void answered(@Nullable T found);

    /** That can't be told. */
    void failed(StoreException why);
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

  /** At its end it waits so long for a store that can't be had for now. */
  private static final int END_SECONDS = 5;

  /** What collects for the next time. */
  private static final class Batch {
    private final List<SessionStore.Change> changes = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final Map<String, Supplier<byte[]>> modules = new LinkedHashMap<>();
    private boolean sync;
    private long bytes;
  }

  /** One way that changes go, a batch at a time. */
  private final class Lane {
    private final Executor thread;
    private final ReentrantLock lock = new ReentrantLock();
    private Batch next = new Batch();

    /** Whether somebody is about to take what collects. */
    private boolean atWork;

    private volatile long waitingBytes;

    Lane(Executor thread) {
      this.thread = thread;
    }

    void write(SessionStore.Change change, boolean sync, Outcome outcome) {
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
        thread.execute(this::work);
      }
    }

    void keepModule(String key, Supplier<byte[]> bytes) {
      lock.lock();
      try {
        next.modules.put(key, bytes);
      } finally {
        lock.unlock();
      }
    }

    private void work() {
      for (Batch batch = take(); batch != null; batch = take()) {
        StoreWriter.this.write(batch);
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
  }

  private final SessionStore store;
  private final Lane[] lanes;
  private final Executor reading;
  private final ClaimLane claims;

  /** Those threads that are its own. */
  private final List<ExecutorService> own;

  private volatile @Nullable StoreException failure;

  /** The keys of the modules that the store has. */
  private final Set<String> modules = ConcurrentHashMap.newKeySet();

  /** Of a store that only this one writes to from now on; it stays the caller's to close. */
  public StoreWriter(SessionStore store) {
    this(store, writingThreads(store.writers()), readingThreads());
  }

  private StoreWriter(SessionStore store, List<ExecutorService> writing, ExecutorService reading) {
    this(store, writing, reading, Stream.concat(writing.stream(), Stream.of(reading)).toList());
  }

  /**
   * As above, at work where somebody else says.
   *
   * @param writing runs one thing at a time, in order
   */
  public StoreWriter(SessionStore store, Executor writing, Executor reading) {
    this(store, List.of(writing), reading, List.of());
  }

  private StoreWriter(
      SessionStore store,
      List<? extends Executor> writing,
      Executor reading,
      List<ExecutorService> own) {
    this.store = store;
    this.lanes = writing.stream().map(Lane::new).toArray(Lane[]::new);
    this.reading = reading;
    this.claims = new ClaimLane(reading);
    this.own = own;
  }

  private static List<ExecutorService> writingThreads(int count) {
    return Stream.generate(StoreWriter::writingThread).limit(count).toList();
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
            new LinkedBlockingQueue<>(), // Bounded by sessions that are kept, and connections.
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
    lane(change.id()).write(change, sync, outcome);
  }

  private Lane lane(String id) {
    return lanes[Math.floorMod(id.hashCode(), lanes.length)];
  }

  private static long bytes(SessionStore.Change change) {
    return switch (change) {
      case SessionStore.Change.Put put -> (long) put.head().bytes().length + put.body().length;
      case SessionStore.Change.Append append ->
          (append.head() == null ? 0L : append.head().bytes().length) + append.appended().length;
      case SessionStore.Change.Remove _ -> 0;
    };
  }

  /**
   * Keeps a module: it is on the disk before whatever is written after this of a session.
   *
   * @param bytes what is kept of it; asked for on a writing thread, unless the store has it
   */
  public void keepModule(String session, String key, Supplier<byte[]> bytes) {
    if (!modules.contains(key)) {
      lane(session).keepModule(key, bytes);
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

  /** The store, if several servers have it in common; else null. */
  public @Nullable SharedStore shared() {
    return store instanceof SharedStore shared ? shared : null;
  }

  /** Asks a shared store which session has a key. */
  public void find(SharedStore in, byte[] key, Asker<SharedStore.Found> asker) {
    ask(() -> in.find(key), asker);
  }

  /** Has a session of a shared store from now on, whoever had it. Of one, one claim at a time. */
  public void claim(SharedStore of, String id, Asker<SharedStore.Claimed> asker) {
    claims.claim(of, id, asker);
  }

  /** What is asked. */
  private interface Question<T> {
    @Nullable T ask() throws StoreException;
  }

  private <T> void ask(Question<T> question, Asker<T> asker) {
    reading.execute(
        () -> {
          if (!asker.isWanted()) {
            return;
          }
          @Nullable T found;
          try {
            found = question.ask();
          } catch (StoreException e) {
            tell(() -> asker.failed(e));
            return;
          }
          tell(() -> asker.answered(found));
        });
  }

  /** What the store takes on disk, in bytes. */
  public long sizeBytes() {
    return store.sizeBytes();
  }

  /** Whether so much waits that those who wait for it should wait with more. */
  public boolean isFull() {
    return waitingBytes() > MAX_WAITING_BYTES;
  }

  /** What collects to be written, in bytes. */
  public long waitingBytes() {
    long waiting = 0;
    for (Lane lane : lanes) {
      waiting += lane.waitingBytes;
    }
    return waiting;
  }

  /** Why nothing is written any more; null if all is well. */
  public @Nullable StoreException failure() {
    return failure;
  }

  private void write(Batch batch) {
    Collection<SessionStore.Change> refused = List.of();
    if (failure == null && !(batch.changes.isEmpty() && batch.modules.isEmpty())) {
      try {
        for (var module : batch.modules.entrySet()) {
          if (!modules.contains(module.getKey())) {
            store.putModule(module.getKey(), module.getValue().get());
            modules.add(module.getKey());
          }
        }
        refused = store.write(batch.changes, batch.sync);
      } catch (StoreException e) {
        failed(e);
      } catch (RuntimeException | Error e) { // No memory, say. Whoever waits must hear of it.
        failed(new StoreException("what was to be written can't be had: " + ErrorText.of(e), e));
      }
    }
    if (failure != null) {
      batch.outcomes.forEach(outcome -> tell(outcome::failed));
    } else if (refused.isEmpty()) {
      batch.outcomes.forEach(outcome -> tell(outcome::safe));
    } else {
      tellSome(batch, refused);
    }
  }

  /** Two changes may be alike, and only one of them refused. */
  private static void tellSome(Batch batch, Collection<SessionStore.Change> refused) {
    var those = Collections.newSetFromMap(new IdentityHashMap<SessionStore.Change, Boolean>());
    those.addAll(refused);
    for (int i = 0; i < batch.outcomes.size(); i++) {
      Outcome outcome = batch.outcomes.get(i);
      tell(those.contains(batch.changes.get(i)) ? outcome::refused : outcome::safe);
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
  static void tell(Runnable news) {
    try {
      news.run();
    } catch (RejectedExecutionException e) {
      LOG.debug("nobody is there any more to hear what became of a change", e);
    }
  }

  /** Writes what waits, if the store can be had soon, and ends. Nothing may come any more. */
  @Override
  public void close() {
    SharedStore shared = shared();
    if (shared != null) {
      own.forEach(ExecutorService::shutdown);
      awaitEnd();
      shared.waitNoLonger();
    }
    own.forEach(ExecutorService::close);
  }

  private void awaitEnd() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_SECONDS);
    try {
      for (ExecutorService each : own) {
        var _ = each.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
