package dev.mooring.capsule;

import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.HeapRoom;
import dev.mooring.guest.call.RecordedCall;
import dev.mooring.guest.call.WorldRecording;
import dev.mooring.state.SessionState;
import java.util.List;
import java.util.Map;

/** Capsules of nobody's calls. */
final class Capsules {
  private static final String DIGEST = "sha256:" + "ab".repeat(32);

  private Capsules() {}

  static RecordedCall call(CallOutcome outcome) {
    return call(outcome, new byte[] {3, 4, 5});
  }

  static RecordedCall call(CallOutcome outcome, byte[] input) {
    return new RecordedCall(
        "f",
        new long[] {1, -2},
        input,
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        Map.of("key", "value", "other", ""),
        new CallLimits(50, 1 << 20, 16, 4),
        16L << 20,
        new HeapRoom(1 << 30, 1 << 29, Long.MAX_VALUE),
        new WorldRecording(new byte[32], new long[] {1, 2, 3}, new long[] {4}, true),
        outcome);
  }

  static SessionState state() {
    return new SessionState.Builder(DIGEST, DIGEST, 1)
        .page(3, new byte[SessionState.PAGE_BYTES], 0)
        .global(0, 7)
        .timers(List.of(new SessionState.Timer(1, 1_000)))
        .build();
  }

  static Capsule of(CallOutcome outcome) {
    return new Capsule(
        "1.2.3",
        "0123456789abcdef",
        "kv",
        1_700_000_000_123L,
        call(outcome),
        state(),
        Map.of("a module", new byte[100], "its engine", new byte[10]));
  }
}
