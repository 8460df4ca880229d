package dev.mooring.guest.call;

import java.util.Map;

/**
 * A call that was made, as a value: what it was given, what it saw, what it could have had, and how
 * it ended. With the state before it, it can be made again. The arrays are shared, and nobody
 * writes to them.
 *
 * @param function the name of the export, or of the hook
 * @param arguments raw bits, one for each parameter
 * @param input what it could pull
 * @param traceparent of which trace it was a part, as the guest could read it; empty of none
 * @param config what its session's client configured; may be secret
 * @param limits what it could use; the time is its own, which may be less than its session's
 * @param memoryBytes how far its memory could grow
 * @param room how much of the heap there was for it besides what its session held
 * @param world what it saw of clocks and random numbers
 */
@SuppressWarnings("ArrayRecordComponent")
public record RecordedCall(
    String function,
    long[] arguments,
    byte[] input,
    String traceparent,
    Map<String, String> config,
    CallLimits limits,
    long memoryBytes,
    HeapRoom room,
    WorldRecording world,
    CallOutcome outcome) {
  public RecordedCall {
    config = Map.copyOf(config);
  }

  /** Without what may be secret. */
  @Override
  public String toString() {
    return "RecordedCall[%s, %d bytes, config=%s, %s]"
        .formatted(function, input.length, config.keySet(), outcome);
  }
}
