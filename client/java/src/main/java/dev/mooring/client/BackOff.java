package dev.mooring.client;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When a lost connection is made again: at once or nearly so, then later and later, at random so
 * that not all clients of a server come back together, and not for ever.
 *
 * <p>What counts is a loss and all attempts after it, until a connection was of use: something came
 * of the session, or it lasted. So a connection that is made and lost again and again, without
 * anything coming of it, is given up, too.
 *
 * <p>One thread at a time. Times are those of {@link System#nanoTime}.
 */
final class BackOff {
  /** The first attempt is made within so long. */
  static final Duration FIRST = Duration.ofMillis(50);

  /** Two attempts are no further apart; and a connection that lasted so long was of use. */
  static final Duration LONGEST = Duration.ofSeconds(5);

  private final long patienceNanos;
  private final Supplier<? extends RandomGenerator> random;

  /** How many attempts since the loss, and when that was; negative if nothing is lost. */
  private int attempts = -1;

  private long lostNanos;
  private boolean isConnected;
  private long connectedNanos;

  /**
   * @param patience how long after the loss an attempt is made still; 0: never
   */
  BackOff(Duration patience, Supplier<? extends RandomGenerator> random) {
    this.patienceNanos = patience.toNanos();
    this.random = random;
  }

  /** There is a connection. Whether it is of use is to be seen. */
  void connected(long nowNanos) {
    isConnected = true;
    connectedNanos = nowNanos;
  }

  /** The connection was of use. */
  void succeeded() {
    attempts = -1;
  }

  /**
   * The connection was lost, or not made.
   *
   * @return after how long the next attempt is to be made; null if none is
   */
  @Nullable Duration next(long nowNanos) {
    if (isConnected && nowNanos - connectedNanos >= LONGEST.toNanos()) {
      succeeded();
    }
    isConnected = false;
    if (attempts < 0) {
      attempts = 0;
      lostNanos = nowNanos;
    }
    long leftNanos = lostNanos + patienceNanos - nowNanos;
    if (leftNanos <= 0) {
      return null;
    }
    long withinNanos = FIRST.toNanos();
    for (int i = 0; i < attempts && withinNanos < LONGEST.toNanos(); i++) {
      withinNanos *= 2;
    }
    attempts++;
    long bound = Math.min(withinNanos, LONGEST.toNanos());
    return Duration.ofNanos(Math.min(random.get().nextLong(bound), leftNanos));
  }
}
