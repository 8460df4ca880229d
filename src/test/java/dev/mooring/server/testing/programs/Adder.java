package dev.mooring.server.testing.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.client.CallResult;
import dev.mooring.client.Value;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Adds to a counter without a pause. Each answer is the sum of all that was added before: a call
 * that was lost, doubled or out of order shows in the next one.
 */
final class Adder extends Program {
  private static final int IN_FLIGHT = 32;
  private static final int MOST = 1_000;

  private record Sent(int amount, CompletableFuture<CallResult> answer) {}

  private final Random random;
  private final ArrayDeque<Sent> sent = new ArrayDeque<>();
  private long sum;

  Adder(long seed) {
    this.random = new Random(seed);
  }

  @Override
  void run() throws Exception {
    while (!isStopped() || !sent.isEmpty()) {
      while (!isStopped() && sent.size() < IN_FLIGHT) {
        int amount = random.nextInt(MOST);
        sent.add(new Sent(amount, session().call("add", Value.i64(amount))));
      }
      Sent first = sent.removeFirst();
      sum += first.amount;
      assertEquals(sum, first.answer.get(SECONDS, TimeUnit.SECONDS).i64());
      calls.incrementAndGet();
    }
    assertEquals(sum, session().call("get").get(SECONDS, TimeUnit.SECONDS).i64());
  }
}
