package dev.mooring.bench;

import dev.mooring.store.SessionStore.Change;
import dev.mooring.store.SessionStore.Head;
import dev.mooring.store.SharedStore;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreWriter;
import dev.mooring.store.postgres.PostgresConfig;
import dev.mooring.store.postgres.PostgresStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How many sessions servers can take over in a second, and what that costs the database; and what a
 * server costs it that does nothing, where there are a thousand.
 */
final class TakeOvers implements BenchPart {
  private static final int SESSIONS = 20_000;
  private static final int AT_A_TIME = 500;
  private static final int BODY_BYTES = 1_500;
  private static final int HEAD_BYTES = 300;
  private static final int OTHER_NODES = 1_000;
  private static final int IDLE_SECONDS = 10;
  private static final int PATIENCE_SECONDS = 100;
  private static final int LONG_LEASE_MILLIS = 60_000;
  private static final long SEED = 20_261_201;

  private final NodesBench bench;
  private double perSecond;
  private double cpuSeconds;
  private double idleCpu;

  TakeOvers(NodesBench bench) {
    this.bench = bench;
  }

  /** How many a second; 0 if that wasn't measured. */
  double perSecond() {
    return perSecond;
  }

  /** What one costs the database of a processor, in seconds. */
  double cpuSeconds() {
    return cpuSeconds;
  }

  /** How many processors an idle server costs the database. */
  double idleCpu() {
    return idleCpu;
  }

  @Override
  public String title() {
    return "sessions taken over";
  }

  @Override
  public int steps() {
    return 3;
  }

  @Override
  public void measure() throws IOException, InterruptedException {
    try (PostgresStore owner = open("owner");
        PostgresStore first = open("first");
        PostgresStore second = open("second")) {
      List<String> ids = fill(owner);
      bench.progress().step();
      takeOver(ids, List.of(first, second));
      bench.progress().step();
      idle(first, second, owner);
      bench.progress().step();
    } catch (StoreException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private PostgresStore open(String node) throws StoreException {
    return PostgresStore.open(bench.database().config(node).withLeaseMillis(LONG_LEASE_MILLIS));
  }

  private static byte[] key(String id) {
    return ("key of " + id).getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> fill(PostgresStore owner) throws StoreException {
    var random = new Random(SEED);
    var head = new byte[HEAD_BYTES];
    var body = new byte[BODY_BYTES];
    random.nextBytes(head);
    random.nextBytes(body);
    var ids = new ArrayList<String>();
    while (ids.size() < SESSIONS) {
      var batch = new ArrayList<Change>();
      for (int i = 0; i < AT_A_TIME; i++) {
        String id = HexFormat.of().toHexDigits(random.nextLong());
        ids.add(id);
        batch.add(
            new Change.Put(
                id,
                Change.NEW,
                new Head(head, () -> List.of(key(id)), Long.MAX_VALUE, Long.MAX_VALUE),
                body));
      }
      owner.write(batch, true);
    }
    return ids;
  }

  /** As servers do whose clients come, all at once. */
  private void takeOver(List<String> ids, List<PostgresStore> by)
      throws IOException, InterruptedException {
    var left = new CountDownLatch(ids.size());
    var failures = new ConcurrentLinkedQueue<String>();
    double cpu = bench.database().cpuSeconds();
    long began = System.nanoTime();
    try (var first = new StoreWriter(by.getFirst());
        var second = new StoreWriter(by.getLast())) {
      for (int i = 0; i < ids.size(); i++) {
        new OneTakeOver(i % 2 == 0 ? first : second, ids.get(i), left, failures).begin();
      }
      if (!left.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("sessions can't be taken over: " + left.getCount() + " are left");
      }
    }
    Wrong.check(failures.isEmpty(), "a session can't be taken over: " + failures.peek());
    perSecond = ids.size() / ((System.nanoTime() - began) / 1e9);
    cpuSeconds = (bench.database().cpuSeconds() - cpu) / ids.size();
  }

  /** A session is found by its key, claimed, and read; by any thread of a writer's. */
  private record OneTakeOver(
      StoreWriter writer, String id, CountDownLatch left, Queue<String> failures) {
    private SharedStore store() {
      return Objects.requireNonNull(writer.shared());
    }

    void begin() {
      writer.find(
          store(),
          key(id),
          asker(found -> writer.claim(store(), found.id(), asker(claimed -> read()))));
    }

    private void read() {
      writer.read(
          id,
          new StoreWriter.Reader() {
            @Override
            public void read(List<byte[]> parts) {
              if (parts.getFirst().length != BODY_BYTES) {
                failures.add(id + " isn't whole");
              }
              left.countDown();
            }

            @Override
            public void failed(StoreException why) {
              fail(why.getMessage());
            }
          });
    }

    private void fail(@Nullable String why) {
      failures.add(id + ": " + why);
      left.countDown();
    }

    private <T> StoreWriter.Asker<T> asker(Consumer<T> then) {
      return new StoreWriter.Asker<>() {
        @Override
        public boolean isWanted() {
          return true;
        }

        @Override
        public void answered(@Nullable T found) {
          if (found == null) {
            fail("it isn't there");
          } else {
            then.accept(found);
          }
        }

        @Override
        public void failed(StoreException why) {
          fail(why.getMessage());
        }
      };
    }
  }

  /** These do nothing but what they do by themselves, among many. */
  private void idle(PostgresStore... idle) throws IOException, InterruptedException {
    bench.database().addNodes(OTHER_NODES);
    double cpu = bench.database().cpuSeconds();
    TimeUnit.SECONDS.sleep(IDLE_SECONDS);
    idleCpu = (bench.database().cpuSeconds() - cpu) / IDLE_SECONDS / idle.length;
    bench.database().removeNodes();
  }

  @Override
  public void report(Report report) {
    report.note(
        "To take a session over is to find it by its key, claim it and read it ("
            + BODY_BYTES
            + " bytes): two servers with "
            + PostgresConfig.DEFAULT_READERS
            + " threads each did "
            + Report.number(perSecond)
            + " a second, each cost the primary "
            + Report.number(cpuSeconds * 1e3)
            + " ms of a processor. A server that does nothing costs it "
            + Report.number(idleCpu * 100)
            + " % of a processor, where there are "
            + OTHER_NODES
            + ".");
    report.figure("takeovers_per_s", value(perSecond));
    report.figure("takeover_db_cpu_ms", value(cpuSeconds * 1e3));
    report.figure("idle_node_db_cpu_percent", value(idleCpu * 100));
  }

  private static OptionalDouble value(double measured) {
    return measured == 0 ? OptionalDouble.empty() : OptionalDouble.of(measured);
  }
}
