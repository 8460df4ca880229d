package dev.mooring.bench;

import dev.mooring.bench.MooringEngine.Loaded;
import dev.mooring.guest.Space;
import dev.mooring.session.StoredSummary;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import dev.mooring.store.RocksStore;
import dev.mooring.store.SessionStore;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Sessions that sleep in a store become spaces again, in the way of a server: a reading thread
 * reads and decodes one, and this one, as an event loop, makes the space. The store's tables are on
 * the disk only, each time anew; what the database keeps of their indexes stays.
 *
 * <p>What was decoded isn't to be had here, so that the state that is put into the space is another
 * one, equal to it.
 *
 * <p>One thread.
 */
final class ColdWakes implements AutoCloseable {
  private static final String TABLE = ".sst";
  private static final Path PROCESS = Path.of("/proc/self");
  private static final int SECONDS = 30;
  private static final int STEADY_MILLIS = 1_000;

  /** What a process that does nothing may have read meanwhile: this count, for one. */
  private static final int IDLE_BYTES = 64 * 1024;

  private static final int WARM_UP = 10_000;
  private static final double NANOS_PER_MICRO = 1e3;
  private static final long SEED = 20_261_209;

  private final Path folder;
  private final int stored;
  private final int sum;
  private final SessionStore store;
  private final StoreWriter writer;
  private final Loaded get;
  private final SessionState state;
  private final Random random = new Random(SEED);
  private final LinkedBlockingQueue<Decoded> decoded = new LinkedBlockingQueue<>();

  /** Of direct reads of the disk. */
  final Samples direct = new Samples();

  /** Until a session's bytes were there. */
  final Samples read = new Samples();

  /** Until it was a space. */
  final Samples whole = new Samples();

  /** What was read of the disk for all of them. */
  private long diskBytes;

  /** What waking one has read of the disk, on the average. */
  double diskBytes() {
    return (double) diskBytes / whole.count() - DirectReads.BLOCK_BYTES;
  }

  /**
   * What a reading thread made.
   *
   * @param readNanos when it had read it
   * @param failure why it couldn't; empty if it could
   */
  private record Decoded(long readNanos, String failure) {}

  /**
   * Of a store that is full of copies.
   *
   * @param folder where it is, and nobody else has it open
   * @param wasm the guest's
   * @param stored how many copies there are
   * @param sum what the guest's counter has come to in each
   */
  ColdWakes(Path folder, byte[] wasm, int stored, int sum)
      throws IOException, InterruptedException {
    this.folder = folder;
    this.stored = stored;
    this.sum = sum;
    try {
      Loaded add = new MooringEngine().load(wasm, "add");
      get = add.with("get");
      Space original = add.open();
      add.call(original, sum);
      state = original.save();
      original.close();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("a space can't be had: " + e.getMessage(), e);
    }
    store = RocksStore.open(folder, Long.MAX_VALUE);
    writer = new StoreWriter(store);
  }

  /** Wakes so many at random, each after a direct read. */
  void measure(int count) throws IOException, InterruptedException {
    for (int i = 0; i < WARM_UP; i++) {
      wake(false);
    }
    awaitCompaction();
    try (var cache = new PageCache(tables());
        var reads = new DirectReads(folder.resolveSibling("reads"))) {
      long before = StoreIo.count(PROCESS, "read_bytes");
      for (int i = 0; i < count; i++) {
        direct.add(reads.read() / NANOS_PER_MICRO);
        cache.forget();
        wake(true);
      }
      diskBytes = StoreIo.count(PROCESS, "read_bytes") - before;
    }
  }

  private void wake(boolean measured) throws IOException, InterruptedException {
    String id = StoreClones.id(random.nextInt(stored));
    long start = System.nanoTime();
    writer.read(id, new Decoder());
    Decoded found = decoded.poll(SECONDS, TimeUnit.SECONDS);
    if (found == null || !found.failure.isEmpty()) {
      throw new IOException("session " + id + ": " + (found == null ? "unread" : found.failure));
    }
    Space space = get.restore(state);
    long end = System.nanoTime();
    long counted = get.call(space, 0);
    Wrong.check(counted == sum, "a session's counter is " + counted + " instead of " + sum);
    space.close();
    if (measured) {
      read.add((found.readNanos - start) / NANOS_PER_MICRO);
      whole.add((end - start) / NANOS_PER_MICRO);
    }
  }

  /** A reading thread. */
  private final class Decoder implements StoreWriter.Reader {
    @Override
    public void read(List<byte[]> parts) {
      long readNanos = System.nanoTime();
      try {
        boolean empty = StoredSummary.details(parts).isEmpty();
        decoded.add(new Decoded(readNanos, empty ? "it says nothing" : ""));
      } catch (StateException e) {
        decoded.add(new Decoded(readNanos, String.valueOf(e.getMessage())));
      }
    }

    @Override
    public void failed(StoreException why) {
      decoded.add(new Decoded(System.nanoTime(), String.valueOf(why.getMessage())));
    }
  }

  /** Until the database no more reads and writes tables anew, which it does after it was filled. */
  private void awaitCompaction() throws IOException, InterruptedException {
    long before;
    long now = StoreIo.count(PROCESS, "rchar");
    do {
      before = now;
      Thread.sleep(STEADY_MILLIS);
      now = StoreIo.count(PROCESS, "rchar");
    } while (now - before > IDLE_BYTES);
  }

  private List<Path> tables() throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(TABLE)).sorted().toList();
    }
  }

  @Override
  public void close() {
    writer.close();
    store.close();
  }
}
