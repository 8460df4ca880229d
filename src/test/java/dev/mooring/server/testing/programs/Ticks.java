package dev.mooring.server.testing.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.MooringSession;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Hears a ticker, whose timer sets itself, and whose events are numbered. It asks now and then for
 * the number of the last, since a client that only listens doesn't notice a cable that is pulled;
 * what happened before the answer has been heard before it.
 */
final class Ticks extends Program {
  static final String INTERVAL_MS = "20";

  private static final long PAUSE_MILLIS = 25;

  private static final Pattern TICK = Pattern.compile("\\{\"tick\":(\\d+),.*");

  private volatile String wrong = "";

  @Override
  public void onEvent(MooringSession heardBy, byte[] payload) {
    String event = new String(payload, StandardCharsets.UTF_8);
    Matcher tick = TICK.matcher(event);
    long expected = events.incrementAndGet();
    if ((!tick.matches() || Long.parseLong(tick.group(1)) != expected) && wrong.isEmpty()) {
      wrong = "expected tick " + expected + ", got " + event;
    }
  }

  @Override
  void run() throws Exception {
    while (!isStopped()) {
      long ticks = ticks();
      long last = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      while (ticks() == ticks) {
        assertTrue(System.nanoTime() < last, "it doesn't tick any more");
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }

  private long ticks() throws Exception {
    long ticks = session().call("ticks").get(SECONDS, TimeUnit.SECONDS).i64();
    calls.incrementAndGet();
    assertTrue(events.get() >= ticks, () -> ticks + " ticks, heard " + events);
    assertEquals("", wrong);
    return ticks;
  }
}
