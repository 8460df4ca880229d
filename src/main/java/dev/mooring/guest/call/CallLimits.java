package dev.mooring.guest.call;

/**
 * What one call may use.
 *
 * @param timeoutMillis how long it may run
 * @param outputBytes how much it may write as its output
 * @param events how many events it may send; their payloads together are bounded by {@code
 *     outputBytes} too
 * @param timers how many timers of its session may be set at a time
 */
public record CallLimits(int timeoutMillis, int outputBytes, int events, int timers) {
  public CallLimits {
    require(timeoutMillis > 0, "timeoutMillis", timeoutMillis);
    require(outputBytes >= 0, "outputBytes", outputBytes);
    require(events >= 0, "events", events);
    require(timers >= 0, "timers", timers);
  }

  private static void require(boolean condition, String name, long value) {
    if (!condition) {
      throw new IllegalArgumentException(name + " is " + value + ", which is too small");
    }
  }
}
