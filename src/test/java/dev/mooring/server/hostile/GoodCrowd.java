package dev.mooring.server.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.testing.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocketFactory;

/**
 * Clients that mean well, over TLS and with a good token: sessions that live as long as this does
 * and call now and then, of which each knows what its calls must give; and newcomers that open a
 * session, call, and go. The first thing that isn't as it must be is kept.
 *
 * <p>A virtual thread for each.
 */
final class GoodCrowd implements AutoCloseable {
  /** Each newcomer comes from an address of its own, and no more often than one may. */
  private static final int NEWCOMERS = 4;

  private static final int MOST_VISITS = 250;
  private static final int PAUSE_MILLIS = 500;

  private final int port;
  private final SSLSocketFactory sockets;
  private final String token;
  private final List<Thread> threads = new ArrayList<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final CountDownLatch opened;
  private final AtomicLong calls = new AtomicLong();
  private final AtomicLong visits = new AtomicLong();
  private final AtomicLong slowestNanos = new AtomicLong();
  private volatile boolean over;

  GoodCrowd(int port, SSLSocketFactory sockets, String token, int sessions, long seed) {
    this.port = port;
    this.sockets = sockets;
    this.token = token;
    this.opened = new CountDownLatch(sessions);
    for (int i = 0; i < sessions; i++) {
      var random = new Random(seed + i);
      boolean counts = i % 2 == 0;
      start(() -> stay(counts, random));
    }
  }

  /** From now on others come and go, too. */
  void letNewcomersCome(long seed) {
    slowestNanos.set(0);
    for (int i = 0; i < NEWCOMERS; i++) {
      String address = "127.0.0." + (2 + i);
      var random = new Random(seed - i);
      start(() -> comeAndGo(address, random));
    }
  }

  /** Waits until every session is open. */
  void awaitOpen() throws InterruptedException {
    opened.await();
  }

  /** What went wrong, so far. */
  List<Throwable> failures() {
    return List.copyOf(failures);
  }

  /** How many calls gave what they must. */
  long calls() {
    return calls.get();
  }

  /** How many newcomers were served. */
  long visits() {
    return visits.get();
  }

  /** What the slowest call took since newcomers have come. */
  long slowestMillis() {
    return slowestNanos.get() / 1_000_000;
  }

  /** What one of them does. */
  private interface Life {
    void live() throws IOException, InterruptedException;
  }

  private void start(Life life) {
    threads.add(
        Thread.startVirtualThread(
            () -> {
              try {
                life.live();
              } catch (Exception | AssertionError e) {
                failures.add(e);
              }
            }));
  }

  private RawClient open(String address, String module) throws IOException {
    var client =
        new RawClient(
            sockets.createSocket(
                InetAddress.getLoopbackAddress(), port, InetAddress.getByName(address), 0));
    client.send(Attack.open(module, token, Map.of()));
    ServerMessage answer = client.receive();
    assertTrue(answer.hasOpened(), answer::toString);
    return client;
  }

  private void stay(boolean counts, Random random) throws IOException, InterruptedException {
    try (var client = open("127.0.0.1", counts ? "counter" : "echo")) {
      opened.countDown();
      for (long i = 1; !over; i++) {
        long start = System.nanoTime();
        if (counts) {
          assertEquals(i, client.callI64("add", RawClient.i64(1)));
        } else {
          String text = Long.toHexString(random.nextLong()).repeat(1 + random.nextInt(100));
          assertEquals(text, client.call("echo", text).getOutput().toStringUtf8());
        }
        long took = System.nanoTime() - start;
        slowestNanos.accumulateAndGet(took, Math::max);
        calls.incrementAndGet();
        Thread.sleep(random.nextInt(PAUSE_MILLIS));
      }
      close(client);
    } finally {
      opened.countDown();
    }
  }

  private void comeAndGo(String address, Random random) throws IOException, InterruptedException {
    for (int i = 0; i < MOST_VISITS && !over; i++) {
      try (var client = open(address, "counter")) {
        assertEquals(1, client.callI64("add", RawClient.i64(1)));
        calls.incrementAndGet();
        close(client);
        visits.incrementAndGet();
      }
      Thread.sleep(random.nextInt(PAUSE_MILLIS));
    }
  }

  private static void close(RawClient client) {
    client.sendClose();
    assertEquals(CloseReason.CLIENT_CLOSED, client.receive().getClosed().getReason());
    client.assertEnded();
  }

  /** Lets each finish, in good order. */
  void finish() throws InterruptedException {
    over = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** Nobody need wait for them. */
  @Override
  public void close() {
    over = true;
  }
}
