package dev.mooring.client;

import java.time.Duration;

/**
 * The limits of one session: wished for in {@link OpenOptions}, where 0 means the server's default,
 * and in force in {@link MooringSession#limits}. The server grants at most what its operator
 * allows. Immutable, for any thread.
 *
 * @param memoryBytes the guest's linear memory; the server rounds it down to pages of 64 KiB
 * @param callTimeout how long one call may run, in whole milliseconds
 * @param outputBytes what one call may write as its output
 * @param eventsPerCall how many events one call may send
 * @param queuedCalls how many calls may wait at the server before it stops reading
 * @param queuedBytes how many bytes of calls may wait at the server before it stops reading
 * @param frameBytes the longest message that the server reads; a wish for it is ignored
 */
public record SessionLimits(
    long memoryBytes,
    Duration callTimeout,
    long outputBytes,
    long eventsPerCall,
    long queuedCalls,
    long queuedBytes,
    long frameBytes) {

  /** No wishes: the server's defaults. */
  public static final SessionLimits DEFAULTS = new SessionLimits(0, Duration.ZERO, 0, 0, 0, 0, 0);

  private static final long UINT32_MAX = 0xFFFF_FFFFL;

  /**
   * @throws IllegalArgumentException when a limit is negative, or more than the protocol can say
   */
  public SessionLimits {
    requireRange("memoryBytes", memoryBytes, Long.MAX_VALUE);
    requireRange("callTimeout in ms", callTimeout.toMillis(), UINT32_MAX);
    requireRange("outputBytes", outputBytes, UINT32_MAX);
    requireRange("eventsPerCall", eventsPerCall, UINT32_MAX);
    requireRange("queuedCalls", queuedCalls, UINT32_MAX);
    requireRange("queuedBytes", queuedBytes, UINT32_MAX);
    requireRange("frameBytes", frameBytes, UINT32_MAX);
  }

  public SessionLimits withMemoryBytes(long memoryBytes) {
    return new SessionLimits(
        memoryBytes, callTimeout, outputBytes, eventsPerCall, queuedCalls, queuedBytes, frameBytes);
  }

  public SessionLimits withCallTimeout(Duration callTimeout) {
    return new SessionLimits(
        memoryBytes, callTimeout, outputBytes, eventsPerCall, queuedCalls, queuedBytes, frameBytes);
  }

  public SessionLimits withOutputBytes(long outputBytes) {
    return new SessionLimits(
        memoryBytes, callTimeout, outputBytes, eventsPerCall, queuedCalls, queuedBytes, frameBytes);
  }

  public SessionLimits withEventsPerCall(long eventsPerCall) {
    return new SessionLimits(
        memoryBytes, callTimeout, outputBytes, eventsPerCall, queuedCalls, queuedBytes, frameBytes);
  }

  public SessionLimits withQueuedCalls(long queuedCalls) {
    return new SessionLimits(
        memoryBytes, callTimeout, outputBytes, eventsPerCall, queuedCalls, queuedBytes, frameBytes);
  }

  public SessionLimits withQueuedBytes(long queuedBytes) {
    return new SessionLimits(
        memoryBytes, callTimeout, outputBytes, eventsPerCall, queuedCalls, queuedBytes, frameBytes);
  }

  private static void requireRange(String name, long value, long highest) {
    if (value < 0 || value > highest) {
      throw new IllegalArgumentException(
          "%s is %d, expected 0 to %d".formatted(name, value, highest));
    }
  }
}
