package dev.mooring.store;

import dev.mooring.error.ErrorText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Checkpoint;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store in a folder, by RocksDB. One process at a time has it open.
 *
 * <p>Everything is in one column family, told apart by a letter before the id: one log and one
 * write buffer, and a batch can't be on the disk by half, whatever is flushed when.
 *
 * <p>What was written and not synced when the machine stopped may be there in part. It is opened
 * with everything up to the first write that isn't whole, and none behind it: those behind may rest
 * on what is lost. Tolerating only an incomplete last record, as RocksDB can as well, would refuse
 * to start after a torn page, and of two logs would read the second though the first has lost its
 * end. So that nothing is passed over in silence, it is first tried without any leave to, and a
 * warning is logged if that fails.
 *
 * <p>What is appended to a session is the database's to put together: it merges as it compacts, and
 * when it is read.
 *
 * <p>When its disk is full it refuses to write, goes on to read, and writes again some seconds
 * after there is room for a write buffer. When the disk fails otherwise, or tables that are
 * compacted turn out to be damaged, it refuses to write until it is opened anew; what can be read
 * still is.
 *
 * <p>Thread-safe. A lock keeps the database, which is freed by hand, from being closed under
 * anybody: all methods share it, {@link #close} alone has it for itself.
 */
public final class RocksStore implements SessionStore {
  private static final Logger LOG = LoggerFactory.getLogger(RocksStore.class);

  /** Counts up with every change that an older server would misread. */
  static final int VERSION = 1;

  static final byte[] VERSION_KEY = "version".getBytes(StandardCharsets.US_ASCII);

  /** What a change takes besides its bytes: keys, checksums, and the log's own. */
  private static final int CHANGE_OVERHEAD_BYTES = 64;

  private final Path folder;
  private final long maxBytes;
  private final RocksOptions options;
  private final RocksDB database;
  private final Reclaim reclaim;
  private final ReentrantReadWriteLock lifetime = new ReentrantReadWriteLock();

  /** Not less than what it takes, but for what the database writes at the moment. */
  private final AtomicLong assumedBytes = new AtomicLong();

  /** Guarded by {@link #lifetime}. */
  private boolean closed;

  private RocksStore(Path folder, long maxBytes, RocksOptions options, RocksDB database) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.options = options;
    this.database = database;
    reclaim = new Reclaim(database);
    assumedBytes.set(sizeBytes());
  }

  /**
   * Opens the store in a folder, which is made if it isn't there.
   *
   * @param maxBytes what it may take on disk; while it compacts it may take some more
   * @throws StoreException if it can't be opened: another process has it, it is damaged, a newer
   *     version's or no store, or the disk refuses
   */
  public static RocksStore open(Path folder, long maxBytes) throws StoreException {
    boolean make = StoreFolder.prepare(folder);
    if (!make) {
      Seal.check(folder);
    }
    NativeLibrary.load();
    var options = new RocksOptions(make);
    RocksDB database = null;
    try {
      database = database(folder, options);
      checkVersion(folder, options, database);
      return new RocksStore(folder, maxBytes, options, database);
    } catch (StoreException e) {
      if (database != null) {
        database.close();
      }
      options.close();
      throw e;
    }
  }

  private static RocksDB database(Path folder, RocksOptions options) throws StoreException {
    try {
      options.recover(WALRecoveryMode.AbsoluteConsistency);
      return RocksDB.open(options.options, folder.toString());
    } catch (RocksDBException e) {
      if (!RocksFailure.isDamage(e)) {
        throw RocksFailure.of(folder, "the store can't be opened", e);
      }
      return upToDamage(folder, options, e);
    }
  }

  private static RocksDB upToDamage(Path folder, RocksOptions options, RocksDBException damage)
      throws StoreException {
    try {
      options.recover(WALRecoveryMode.PointInTimeRecovery);
      RocksDB database = RocksDB.open(options.options, folder.toString());
      LOG.atWarn()
          .addKeyValue("folder", folder)
          .addKeyValue("damage", RocksFailure.text(damage))
          .log("the store's last writes aren't whole: it goes on from those before");
      return database;
    } catch (RocksDBException e) {
      throw RocksFailure.of(folder, "the store can't be opened", e);
    }
  }

  private static void checkVersion(Path folder, RocksOptions options, RocksDB database)
      throws StoreException {
    try {
      byte @Nullable [] value = database.get(options.read, VERSION_KEY);
      if (value != null) {
        checkVersion(folder, value);
      } else if (isEmpty(database)) {
        byte[] version = Integer.toString(VERSION).getBytes(StandardCharsets.US_ASCII);
        database.put(options.synced, VERSION_KEY, StoredValue.of(VERSION_KEY, version));
      } else {
        throw new StoreException(
            folder + ": it is another program's database; expected a store or an empty folder");
      }
    } catch (RocksDBException e) {
      throw RocksFailure.of(folder, "the store can't be opened", e);
    }
  }

  private static void checkVersion(Path folder, byte[] value) throws StoreException {
    String problem = StoredValue.problem(VERSION_KEY, value);
    if (problem != null) {
      throw new StoreException(
          folder
              + ": what says its version is damaged: "
              + problem
              + "; put a backup in its place");
    }
    String version = new String(StoredValue.content(value), StandardCharsets.US_ASCII);
    if (!version.equals(Integer.toString(VERSION))) {
      throw new StoreException(
          "%s: it is of version %s, a newer server's; this one expects version %d"
              .formatted(folder, version, VERSION));
    }
  }

  private static boolean isEmpty(RocksDB database) throws RocksDBException {
    try (RocksIterator iterator = database.newIterator()) {
      iterator.seekToFirst();
      iterator.status();
      return !iterator.isValid();
    }
  }

  @Override
  public void scan(Visitor visitor) throws StoreException {
    Lock use = use();
    try (var scan = new HeadScan(folder, database, visitor)) {
      scan.run();
    } finally {
      use.unlock();
    }
  }

  @Override
  public List<byte[]> read(String id) throws StoreException {
    byte @Nullable [] value = whole(StoreKey.of(StoreKey.BODY, id), "session " + id);
    return value == null ? List.of() : StoredValue.contents(value);
  }

  @Override
  public byte @Nullable [] module(String name) throws StoreException {
    byte @Nullable [] value = whole(StoreKey.of(StoreKey.MODULE, name), "module " + name);
    return value == null ? null : StoredValue.content(value);
  }

  /** A value that has no problem. */
  private byte @Nullable [] whole(byte[] key, String what) throws StoreException {
    byte @Nullable [] value = value(key, what);
    String problem = value == null ? null : StoredValue.problem(key, value);
    if (problem != null) {
      throw new StoreException("%s: %s is damaged: %s".formatted(folder, what, problem));
    }
    return value;
  }

  private byte @Nullable [] value(byte[] key, String what) throws StoreException {
    Lock use = use();
    try {
      return database.get(options.read, key);
    } catch (RocksDBException e) {
      throw RocksFailure.of(folder, what + " can't be read", e);
    } finally {
      use.unlock();
    }
  }

  @Override
  public Collection<Change> write(List<Change> changes, boolean sync) throws StoreException {
    Lock use = use();
    try (var batch = new WriteBatch()) {
      long addedBytes = 0;
      for (Change change : changes) {
        addedBytes += add(change, batch);
      }
      if (addedBytes > 0) {
        takeRoom(addedBytes);
      }
      write(batch, sync);
      return List.of();
    } catch (RocksDBException e) {
      throw RocksFailure.of(folder, "sessions can't be written", e);
    } finally {
      use.unlock();
    }
  }

  /** What a change takes; nothing if it takes something away. */
  private static long add(Change change, WriteBatch batch) throws RocksDBException {
    byte[] body = StoreKey.of(StoreKey.BODY, change.id());
    return switch (change) {
      case Change.Put put -> {
        batch.put(body, StoredValue.of(body, put.body()));
        yield addHead(body, put.head().bytes(), batch) + put.body().length + CHANGE_OVERHEAD_BYTES;
      }
      case Change.Append append -> {
        batch.merge(body, StoredValue.of(body, append.appended()));
        long headBytes = append.head() == null ? 0 : addHead(body, append.head().bytes(), batch);
        yield headBytes + append.appended().length + CHANGE_OVERHEAD_BYTES;
      }
      case Change.Remove _ -> {
        batch.delete(StoreKey.withKind(body, StoreKey.HEAD));
        batch.delete(body);
        yield 0;
      }
    };
  }

  private static long addHead(byte[] body, byte[] head, WriteBatch batch) throws RocksDBException {
    byte[] key = StoreKey.withKind(body, StoreKey.HEAD);
    batch.put(key, StoredValue.of(key, head));
    return head.length;
  }

  private void write(WriteBatch batch, boolean sync) throws RocksDBException {
    if (batch.count() > 0) {
      WriteOptions how = sync ? options.synced : options.unsynced;
      database.write(how, batch);
      reclaim.written();
    } else if (sync) {
      database.syncWal();
    }
  }

  /** Counts files only when the sum of what was written since could be too much. */
  private void takeRoom(long bytes) throws StoreException {
    if (assumedBytes.get() > maxBytes - bytes) {
      long takenBytes = sizeBytes();
      assumedBytes.set(takenBytes);
      if (takenBytes > maxBytes - bytes) {
        reclaim.begin();
        throw new StoreException(
            ("%s: the store is full: it takes %d bytes, %d more were to be written, and max_bytes of [store]"
                    + " is %d")
                .formatted(folder, takenBytes, bytes, maxBytes));
      }
    }
    assumedBytes.addAndGet(bytes);
  }

  @Override
  public void putModule(String name, byte[] module) throws StoreException {
    byte[] key = StoreKey.of(StoreKey.MODULE, name);
    byte[] value = StoredValue.of(key, module);
    Lock use = use();
    try {
      if (!has(key, value)) {
        takeRoom(value.length + CHANGE_OVERHEAD_BYTES);
        database.put(options.synced, key, value);
      }
    } catch (RocksDBException e) {
      throw RocksFailure.of(folder, "module " + name + " can't be written", e);
    } finally {
      use.unlock();
    }
  }

  private boolean has(byte[] key, byte[] value) throws RocksDBException {
    try {
      return Arrays.equals(database.get(options.read, key), value);
    } catch (RocksDBException e) {
      if (RocksFailure.isDamage(e)) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void retainModules(Set<String> names) throws StoreException {
    Lock use = use();
    try (var end = new Slice(StoreKey.end(StoreKey.MODULE));
        var modules = new ReadOptions().setFillCache(false).setIterateUpperBound(end);
        RocksIterator iterator = database.newIterator(modules);
        var batch = new WriteBatch()) {
      iterator.seek(StoreKey.first(StoreKey.MODULE));
      while (iterator.isValid()) {
        byte[] key = iterator.key();
        if (!names.contains(StoreKey.id(key))) {
          batch.delete(key);
        }
        iterator.next();
      }
      iterator.status();
      write(batch, false);
    } catch (RocksDBException e) {
      throw RocksFailure.of(folder, "modules can't be removed", e);
    } finally {
      use.unlock();
    }
  }

  @Override
  public long sizeBytes() {
    return StoreFolder.sizeBytes(folder);
  }

  /**
   * {@inheritDoc}
   *
   * <p>On the same file system tables are linked, not copied: no table is ever changed, so that the
   * copy is whole whatever becomes of this store, but a fault of the disk is in both.
   */
  @Override
  public void backup(Path copy) throws StoreException {
    if (Files.exists(copy, LinkOption.NOFOLLOW_LINKS)) {
      throw new StoreException(copy + ": it is there already; expected a folder to be made");
    }
    // For its owner alone from the first moment; the database makes folders for everybody.
    Path unfinished = copy.resolveSibling(copy.getFileName() + ".unfinished");
    Lock use = use();
    try {
      Path made = unfinished.resolve("store");
      StoreFolder.makeAnew(unfinished);
      try (Checkpoint checkpoint = Checkpoint.create(database)) {
        checkpoint.createCheckpoint(made.toString());
      }
      Seal.write(made);
      StoreFolder.moveOut(made, copy);
    } catch (RocksDBException e) {
      throw RocksFailure.of(copy, "the copy can't be made", e);
    } catch (IOException e) {
      throw new StoreException(copy + ": the copy can't be made: " + ErrorText.of(e), e);
    } finally {
      StoreFolder.deleteQuietly(unfinished);
      use.unlock();
    }
  }

  /** Keeps it from being closed, until the lock is given back. */
  private Lock use() throws StoreException {
    Lock use = lifetime.readLock();
    use.lock();
    if (closed) {
      use.unlock();
      throw new StoreException(folder + ": the store is closed");
    }
    return use;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if a visitor calls it, who would wait for himself
   */
  @Override
  public void close() {
    if (lifetime.getReadHoldCount() > 0) {
      throw new IllegalStateException("close() within scan()");
    }
    reclaim.cancel();
    lifetime.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        closeDatabase();
      }
    } finally {
      lifetime.writeLock().unlock();
    }
  }

  /** Leaves nothing in the log: tables are checked as a whole, and a log only as far as it goes. */
  private void closeDatabase() {
    reclaim.close();
    try (var flush = new FlushOptions().setWaitForFlush(true)) {
      database.flush(flush);
      database.closeE();
      Seal.write(folder);
    } catch (RocksDBException e) {
      warnOfClosing(RocksFailure.text(e));
    } catch (IOException e) {
      warnOfClosing(ErrorText.of(e));
    } finally {
      database.close();
      options.close();
    }
  }

  private void warnOfClosing(String why) {
    LOG.atWarn()
        .addKeyValue("folder", folder)
        .addKeyValue("why", why)
        .log("the store wasn't closed in order; what was synced is there");
  }
}
