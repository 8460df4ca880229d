package dev.mooring.bench;

import dev.mooring.store.RocksStore;
import dev.mooring.store.SessionStore.Change;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
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
 * read FOLDER COUNT                 how long a direct read of 4 KiB takes, p50 and p99, in microseconds
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

  private static final int BLOCK_BYTES = 4 << 10;
  private static final int READ_FILE_BLOCKS = 64 << 10;
  private static final int BLOCKS_PER_WRITE = 256;
  private static final double NANOS_PER_MICRO = 1e3;
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

  /** What so many direct reads took, in microseconds. */
  record Reads(double p50, double p99) {}

  Reads directReads(Path folder, int count) throws IOException, InterruptedException {
    Peer.Answer answer = ask("read %s %d".formatted(folder, count));
    return new Reads(answer.value(), Double.parseDouble(answer.remark()));
  }

  private Peer.Answer ask(String order) throws IOException, InterruptedException {
    Peer.Answer answer = process.ask(order);
    if (answer.refused()) {
      throw new IOException("the disk alone: " + answer.reason());
    }
    return answer;
  }

  @Override
  public void close() {
    process.close();
  }

  /** Obeys orders from stdin until it ends. */
  public static void main(String[] args) throws IOException {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    // What libraries print must not be taken for an answer.
    System.setOut(System.err);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(obey(line.split(" ", -1)));
    }
  }

  private static String obey(String[] order) {
    try {
      Path folder = Path.of(order[1]);
      return switch (order[0]) {
        case "sync" -> sync(folder, number(order[2]), number(order[3]));
        case "write" -> write(folder, number(order[2]), number(order[3]), number(order[4]));
        case "read" -> read(folder, number(order[2]));
        default -> "no order called " + order[0];
      };
    } catch (IOException | UnsupportedOperationException e) {
      return "no " + e.getMessage();
    }
  }

  private static int number(String text) {
    return Integer.parseInt(text);
  }

  private static String ok(double... values) {
    var line = new StringBuilder("ok");
    for (double value : values) {
      line.append(String.format(Locale.ROOT, " %.3f", value));
    }
    return line.toString();
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
      return ok(syncs * NANOS_PER_SECOND / (now - start));
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
              isWhole ? new Change.Put(id, head, whole) : new Change.Append(id, null, change));
          next = next + 1 == ids.size() ? 0 : next + 1;
          rounds += next == 0 ? 1 : 0;
        }
        store.write(batch, true);
        puts += count;
        now = System.nanoTime();
      }
      return ok(puts * NANOS_PER_SECOND / (now - start));
    } finally {
      Folders.delete(made);
    }
  }

  /** Direct, so that what the system has in its memory doesn't answer. */
  private static String read(Path folder, int count) throws IOException {
    Path file = folder.resolve("reads");
    try {
      fill(file);
      var random = new Random(SEED);
      ByteBuffer block = ByteBuffer.allocateDirect(2 * BLOCK_BYTES).alignedSlice(BLOCK_BYTES);
      var micros = new Samples();
      try (var channel = FileChannel.open(file, StandardOpenOption.READ, direct())) {
        for (int i = 0; i < count; i++) {
          long at = (long) random.nextInt(READ_FILE_BLOCKS) * BLOCK_BYTES;
          block.clear().limit(BLOCK_BYTES);
          long start = System.nanoTime();
          channel.read(block, at);
          micros.add((System.nanoTime() - start) / NANOS_PER_MICRO);
        }
      }
      return ok(micros.median(), micros.quantile(0.99));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** By its name as a text: javac warns of it, since not every JDK needs to have it. */
  private static OpenOption direct() throws IOException {
    try {
      Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
      return (OpenOption) options.getField("DIRECT").get(null);
    } catch (ReflectiveOperationException e) {
      throw new IOException("this JDK doesn't read directly", e);
    }
  }

  private static void fill(Path file) throws IOException {
    var bytes = new byte[BLOCKS_PER_WRITE * BLOCK_BYTES];
    new Random(SEED).nextBytes(bytes);
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int i = 0; i < READ_FILE_BLOCKS / BLOCKS_PER_WRITE; i++) {
        channel.write(ByteBuffer.wrap(bytes));
      }
      channel.force(true);
    }
  }
}
