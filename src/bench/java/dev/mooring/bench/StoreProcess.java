package dev.mooring.bench;

import dev.mooring.store.RocksStore;
import dev.mooring.store.SessionStore.Change;
import dev.mooring.store.SessionStore.Head;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A process that uses the disk alone, on the processors that a server would have: what the disk can
 * do, and what the store can do without a server in front of it.
 *
 * <p>It reads an order a line and answers with a line:
 *
 * <pre>
 * sync FOLDER BYTES MILLIS          how often in a second so many bytes are appended to a file, and on the disk
 * write FOLDER COUNT BYTES MILLIS   how many sessions' changes in a second are in a store and on the disk, so many at a
 *                                   time, of so many bytes each in its log
 * wake STORE GUEST STORED SUM COUNT how long a direct read of 4 KiB takes, and then until one of the store's sessions
 *                                   has been read, and is a space; p50 and p99 of each, in microseconds;
 *                                   and how many bytes were read of the disk for one session
 * </pre>
 */
final class StoreProcess implements AutoCloseable {
  /** What a change takes in the log beside itself: a key, a checksum, and more. */
  private static final int OVERHEAD_BYTES = 40;

  /** All of a session, which is written again after so many changes, as a server does. */
  private static final int WHOLE_BYTES = 1_500;

  private static final int HEAD_BYTES = 300;
  private static final int CHANGES = 32;

  /** As many sessions take turns. */
  private static final int SESSIONS = 1_000;

  private static final double TAIL = 0.99;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final long SEED = 20_261_208;

  private final Peer process;

  private StoreProcess(Peer process) {
    this.process = process;
  }

  static StoreProcess start(Setting setting, Placement placement) throws IOException {
    return new StoreProcess(
        Peer.start(
            Placement.on(
                placement.serverCpus(), setting.java(List.of("-Xmx512m"), StoreProcess.class))));
  }

  /** How often in a second a small record is on the disk. */
  double syncsPerSecond(Path folder, int bytes, int millis)
      throws IOException, InterruptedException {
    return ask("sync %s %d %d".formatted(folder, bytes, millis)).value();
  }

  /** How many sessions in a second are, in batches of so many, of so many bytes each. */
  double commitsPerSecond(Path folder, int count, int bytes, int millis)
      throws IOException, InterruptedException {
    return ask("write %s %d %d %d".formatted(folder, count, bytes, millis)).value();
  }

  /**
   * How long it takes to have a session back that sleeps in a store whose files are cold.
   *
   * @param direct a direct read of 4 KiB beside it
   * @param read until the session's bytes are there
   * @param whole until it is a space
   * @param diskBytes what was read of the disk for one, on the average
   */
  record Wakes(Times direct, Times read, Times whole, double diskBytes) {}

  /**
   * Wakes so many sessions of those that {@link StoreClones} made.
   *
   * @param sum what the counter of each has come to
   */
  Wakes wakes(Path store, Path guest, int stored, int sum, int count)
      throws IOException, InterruptedException {
    Peer.Answer answer = ask("wake %s %s %d %d %d".formatted(store, guest, stored, sum, count));
    return new Wakes(
        Times.of(answer, 0),
        Times.of(answer, 2),
        Times.of(answer, 4),
        Double.parseDouble(answer.words().get(6)));
  }

  private Peer.Answer ask(String order) throws IOException, InterruptedException {
    return Orders.ask(process, order);
  }

  @Override
  public void close() {
    process.close();
  }

  /** Obeys orders from stdin until it ends. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Orders.serve(StoreProcess::obey);
  }

  private static String obey(String[] order) throws IOException, InterruptedException {
    Path folder = Path.of(order[1]);
    return switch (order[0]) {
      case "sync" -> sync(folder, number(order[2]), number(order[3]));
      case "write" -> write(folder, number(order[2]), number(order[3]), number(order[4]));
      case "wake" ->
          wake(folder, Path.of(order[2]), number(order[3]), number(order[4]), number(order[5]));
      default -> "no order called " + order[0];
    };
  }

  private static int number(String text) {
    return Integer.parseInt(text);
  }

  private static String sync(Path folder, int bytes, int millis) throws IOException {
    Path file = folder.resolve("syncs");
    ByteBuffer record = ByteBuffer.allocateDirect(bytes);
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long start = System.nanoTime();
      long end = start + TimeUnit.MILLISECONDS.toNanos(millis);
      long now = start;
      long syncs = 0;
      while (now < end) {
        channel.write(record.clear());
        channel.force(false);
        syncs++;
        now = System.nanoTime();
      }
      return Orders.ok(syncs * NANOS_PER_SECOND / (now - start));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static String write(Path folder, int count, int bytes, int millis) throws IOException {
    var random = new Random(SEED);
    var ids = new ArrayList<String>();
    for (int i = 0; i < Math.max(SESSIONS, count); i++) {
      ids.add(HexFormat.of().toHexDigits(random.nextLong()));
    }
    var head = new byte[HEAD_BYTES];
    var whole = new byte[WHOLE_BYTES];
    var change = new byte[Math.max(1, bytes - OVERHEAD_BYTES)];
    random.nextBytes(whole);
    random.nextBytes(change);
    Path made = Files.createTempDirectory(folder, "alone");
    try (var store = RocksStore.open(made.resolve("store"), Long.MAX_VALUE)) {
      long start = System.nanoTime();
      long end = start + TimeUnit.MILLISECONDS.toNanos(millis);
      long now = start;
      long puts = 0;
      int next = 0;
      int rounds = 0;
      while (now < end) {
        var batch = new ArrayList<Change>(count);
        for (int i = 0; i < count; i++) {
          String id = ids.get(next);
          boolean isWhole = (rounds + next) % CHANGES == 0 || rounds == 0;
          batch.add(
              isWhole
                  ? new Change.Put(id, Change.NEW, Head.of(head), whole)
                  : new Change.Append(id, 0, null, change));
          next = next + 1 == ids.size() ? 0 : next + 1;
          rounds += next == 0 ? 1 : 0;
        }
        store.write(batch, true);
        puts += count;
        now = System.nanoTime();
      }
      return Orders.ok(puts * NANOS_PER_SECOND / (now - start));
    } finally {
      Folders.delete(made);
    }
  }

  private static String wake(Path store, Path guest, int stored, int sum, int count)
      throws IOException, InterruptedException {
    try (var wakes = new ColdWakes(store, Files.readAllBytes(guest), stored, sum)) {
      wakes.measure(count);
      return Orders.ok(
          wakes.direct.median(),
          wakes.direct.quantile(TAIL),
          wakes.read.median(),
          wakes.read.quantile(TAIL),
          wakes.whole.median(),
          wakes.whole.quantile(TAIL),
          wakes.diskBytes());
    }
  }
}
