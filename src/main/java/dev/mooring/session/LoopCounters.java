package dev.mooring.session;

import dev.mooring.guest.call.CallOutcome;
import java.util.Arrays;

/**
 * What the sessions of one event loop have come to: plain numbers, which only that loop touches.
 * {@link #addTo} hands out sums.
 *
 * <p>Event loop only.
 */
final class LoopCounters {
  private static final ErrorCode[] CODES = ErrorCode.values();
  private static final int MAX_NUMBER =
      Arrays.stream(CODES).mapToInt(ErrorCode::number).max().orElseThrow();

  private long opened;
  private long resumed;
  private long clientClosed;
  private long goneAway;
  private long disconnected;

  /** By the error's number. */
  private final long[] failed = new long[MAX_NUMBER + 1];

  private final long[] answered = new long[MAX_NUMBER + 1];
  private long committed;
  private long rolledBack;
  private long turnNanos;

  /** A session has an instance. */
  void opened() {
    opened++;
  }

  /** Somebody goes on with a session that was kept. */
  void resumed() {
    resumed++;
  }

  /** A guest's call has ended. */
  void ran(CallOutcome outcome) {
    if (outcome.committed()) {
      committed++;
    } else {
      rolledBack++;
    }
  }

  /** A call was answered with an error. */
  void answered(ErrorCode code) {
    answered[code.number()]++;
  }

  /** A session is over. */
  void ended(EndReason ending, Account account) {
    switch (ending) {
      case EndReason.ClientClosed c -> clientClosed++;
      case EndReason.GoneAway g -> goneAway++;
      case EndReason.Detached d ->
          throw new IllegalArgumentException("a session that is let go of hasn't ended");
      case EndReason.Disconnected d -> disconnected++;
      case EndReason.Failed(Problem problem) -> failed[problem.code().number()]++;
    }
    turnNanos += account.turnNanos;
  }

  void addTo(SessionCounts.Sum sum) {
    sum.opened += opened;
    sum.resumed += resumed;
    sum.committed += committed;
    sum.rolledBack += rolledBack;
    sum.turnNanos += turnNanos;
    sum.end("CLIENT_CLOSED", clientClosed);
    sum.end("GONE_AWAY", goneAway);
    sum.end("DISCONNECTED", disconnected);
    for (ErrorCode code : CODES) {
      sum.end(code.name(), failed[code.number()]);
      sum.answer(code, answered[code.number()]);
    }
  }
}
