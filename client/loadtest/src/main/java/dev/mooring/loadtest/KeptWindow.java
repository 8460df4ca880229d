package dev.mooring.loadtest;

import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.Opened;

/**
 * How many calls of a kept session may be unanswered: half of what the server queues and keeps.
 * With more of them it may stop reading, and then it reads no acknowledgement that it waits for.
 */
final class KeptWindow {
  private KeptWindow() {}

  /**
   * The most calls that may be unanswered.
   *
   * @throws LoadFailure if a closed loop is to have more, since it would be another load
   */
  static int of(Opened opened, LoadLoop loop, CallMix mix) {
    Limits limits = opened.getLimits();
    int longest = Math.max(loop.payloads().longestBytes(), mix.longestInputBytes());
    long most =
        Math.min(
            Math.min(
                half(limits.getQueuedCalls()), half(opened.getKept().getUnacknowledgedMessages())),
            Math.max(1, half(limits.getQueuedBytes()) / CallSender.callBytes(longest)));
    if (!loop.isOpenLoop() && loop.pipeline() > most) {
      throw LoadFailure.usage(
          "--pipeline is %d, expected at most %d: with --durability a connection may have half of what this server queues unanswered"
              .formatted(loop.pipeline(), most));
    }
    return (int) Math.min(most, Load.MAX_PIPELINE);
  }

  /** Of an unsigned limit; 0 is none. */
  private static long half(int limit) {
    return limit == 0 ? Long.MAX_VALUE : Math.max(1, Integer.toUnsignedLong(limit) / 2);
  }
}
