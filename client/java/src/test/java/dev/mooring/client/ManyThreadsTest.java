package dev.mooring.client;

import static dev.mooring.client.Futures.get;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many threads on one session: every answer is that of its call, and each thread's are in order.
 */
@Timeout(120)
final class ManyThreadsTest {
  private static final int THREADS = 8;
  private static final int CALLS_EACH = 10_000;

  @Test
  void call_byManyThreads_everyAnswerIsItsOwnAndInOrder() throws Exception {
    try (var server = FakeServer.tcp(Peer::reply);
        var client = MooringClient.create();
        MooringSession session = get(client.open(server.hostAndPort(), OpenOptions.module("m")))) {
      var threads = new ArrayList<FutureTask<Integer>>();
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        var task = new FutureTask<>(() -> callAll(session, thread));
        threads.add(task);
        Thread.ofPlatform().daemon().start(task);
      }
      for (FutureTask<Integer> thread : threads) {
        assertEquals(CALLS_EACH, thread.get(60, TimeUnit.SECONDS));
      }
    }
  }

  /** How many answers came, each with its own number and after those before it. */
  private static int callAll(MooringSession session, int thread) throws Exception {
    var next = new AtomicInteger();
    CompletableFuture<?> last = CompletableFuture.completedFuture(null);
    for (int i = 0; i < CALLS_EACH; i++) {
      byte[] input = ByteBuffer.allocate(8).putInt(thread).putInt(i).array();
      int number = i;
      last =
          session
              .call("echo", input)
              .thenAccept(
                  result -> {
                    assertEquals(ByteString.copyFrom(input), ByteString.copyFrom(result.output()));
                    assertEquals(number, next.getAndIncrement());
                  });
    }
    get(last);
    return next.get();
  }
}
