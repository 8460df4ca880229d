package dev.mooring.server.testing.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.MooringSession;
import dev.mooring.client.Value;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Sets timers, each of which says so when it fires. One is set anew when it has fired and the call
 * that set it was answered; so one that fires twice, or never, is told from one that fires once.
 */
final class Armer extends Program {
  private static final int TIMERS = 16;
  private static final int LONGEST_MILLIS = 200;

  private final Random random;
  private final AtomicIntegerArray due = new AtomicIntegerArray(TIMERS);
  private final Semaphore fired = new Semaphore(0);
  private volatile String wrong = "";

  Armer(long seed) {
    this.random = new Random(seed);
  }

  @Override
  public void onEvent(MooringSession heardBy, byte[] payload) {
    String event = new String(payload, StandardCharsets.UTF_8);
    int timer = Integer.parseInt(event.substring("timer ".length()));
    events.incrementAndGet();
    if (!due.compareAndSet(timer, 1, 0) && wrong.isEmpty()) {
      wrong = event + " wasn't due";
    }
    fired.release();
  }

  @Override
  void run() throws Exception {
    while (!isStopped()) {
      for (int timer = 0; timer < TIMERS; timer++) {
        due.set(timer, 1);
        session()
            .call("arm", Value.i32(timer), Value.i32(random.nextInt(LONGEST_MILLIS)))
            .get(SECONDS, TimeUnit.SECONDS);
        calls.incrementAndGet();
      }
      awaitAll();
      assertEquals("", wrong);
    }
  }

  /** Calls now and then: a client that only listens doesn't notice a cable that is pulled. */
  private void awaitAll() throws Exception {
    long last = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!fired.tryAcquire(TIMERS, LONGEST_MILLIS, TimeUnit.MILLISECONDS)) {
      assertTrue(System.nanoTime() < last, "a timer hasn't fired");
      session().call("notes").get(SECONDS, TimeUnit.SECONDS);
      calls.incrementAndGet();
    }
  }
}
