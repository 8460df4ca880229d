package dev.mooring.bench;

import java.util.Random;

/**
 * What is measured of a guest, whichever engine runs it. {@code peers/v8.mjs} does the same.
 *
 * <p>One thread. Each method is one sample: whoever wants a warm one asks before, and whoever wants
 * a median asks often.
 */
final class Workload<S> {
  /** The fewest calls between two looks at the clock. */
  private static final int CALLS_PER_LOOK = 1_024;

  private static final long SEED = 20_260_101;
  private static final double NANOS_PER_MILLI = 1e6;

  private final Engine.Guest<S> guest;
  private final Object[] live;
  private int liveCount;

  /** How often each live session has been called. */
  private long callsEach;

  Workload(Engine.Guest<S> guest, int maxLive) {
    this.guest = guest;
    this.live = new Object[maxLive];
  }

  /**
   * Opens sessions for a while, and keeps them meanwhile.
   *
   * @param call whether to call each one once, since an engine may put off work until then
   * @return nanoseconds for each
   */
  double openNanos(int millis, boolean call) throws Exception {
    closeAll();
    long start = System.nanoTime();
    long end = start + (long) (millis * NANOS_PER_MILLI);
    long now = start;
    while (liveCount < live.length && now < end) {
      int batch = Math.min(liveCount + 16, live.length);
      while (liveCount < batch) {
        S session = guest.open();
        live[liveCount++] = session;
        if (call) {
          check(guest.call(session, 0), 1);
        }
      }
      now = System.nanoTime();
    }
    double nanos = (double) (now - start) / liveCount;
    closeAll();
    return nanos;
  }

  /**
   * Calls a counter of each of {@code count} sessions in turn, in an order that is not that of
   * their making, for a while.
   *
   * @return nanoseconds for each call
   */
  double cycleNanos(int count, int millis) throws Exception {
    openLive(count);
    long start = System.nanoTime();
    long end = start + (long) (millis * NANOS_PER_MILLI);
    long now = start;
    long calls = 0;
    int passes = Math.max(1, CALLS_PER_LOOK / count);
    while (now < end) {
      for (int pass = 0; pass < passes; pass++) {
        callsEach++;
        for (int i = 0; i < count; i++) {
          check(guest.call(session(i), 0), callsEach);
        }
      }
      calls += (long) passes * count;
      now = System.nanoTime();
    }
    return (double) (now - start) / calls;
  }

  /** Has {@code count} sessions open, each called at least once, shuffled. */
  void openLive(int count) throws Exception {
    if (count > live.length) {
      throw new IllegalArgumentException("at most " + live.length + " sessions at a time");
    }
    if (liveCount == count) {
      return;
    }
    closeAll();
    callsEach = 1;
    while (liveCount < count) {
      S session = guest.open();
      live[liveCount++] = session;
      check(guest.call(session, 0), callsEach);
    }
    var random = new Random(SEED);
    for (int i = count - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      Object swapped = live[i];
      live[i] = live[other];
      live[other] = swapped;
    }
  }

  /**
   * Calls a function for a while, in a session of its own.
   *
   * @return nanoseconds for each call, and what it returned, each time the same
   */
  Computed computeNanos(int argument, int millis) throws Exception {
    if (liveCount != 1) {
      closeAll();
      live[liveCount++] = guest.open();
    }
    S session = session(0);
    long start = System.nanoTime();
    long end = start + (long) (millis * NANOS_PER_MILLI);
    long checksum = guest.call(session, argument);
    long now = System.nanoTime();
    int calls = 1;
    while (now < end) {
      check(guest.call(session, argument), checksum);
      calls++;
      now = System.nanoTime();
    }
    return new Computed((double) (now - start) / calls, checksum);
  }

  /** How long a call took, and what it returned. */
  record Computed(double nanos, long checksum) {}

  /** Ends every session. */
  void closeAll() throws Exception {
    while (liveCount > 0) {
      S session = session(--liveCount);
      live[liveCount] = null;
      guest.close(session);
    }
  }

  @SuppressWarnings("unchecked")
  private S session(int index) {
    return (S) live[index];
  }

  private static void check(long got, long expected) {
    if (got != expected) {
      throw new IllegalStateException("a call returned " + got + " instead of " + expected);
    }
  }
}
