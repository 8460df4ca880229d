package dev.mooring.server.fault;

import static dev.mooring.server.testing.Eventually.PATIENCE_SECONDS;
import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.server.testing.RawClient;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Calls all the while, past every proxy. */
final class Bystander {
  private final AtomicBoolean done = new AtomicBoolean();
  private final CompletableFuture<Long> sum;

  Bystander(RawClient client) {
    client.open("counter");
    sum = new CompletableFuture<>();
    Thread.ofPlatform().start(() -> count(client));
  }

  private void count(RawClient client) {
    try (client) {
      long calls = 0;
      while (!done.get()) {
        calls++;
        assertEquals(calls, client.callI64("add", i64(1)));
        Thread.sleep(2);
      }
      sum.complete(calls);
    } catch (Throwable e) {
      sum.completeExceptionally(e);
    }
  }

  /** How many calls it has made; each had the right answer, or this fails. */
  long end() throws Exception {
    done.set(true);
    return sum.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
