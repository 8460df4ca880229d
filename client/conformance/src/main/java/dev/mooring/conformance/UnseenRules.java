package dev.mooring.conformance;

import java.util.List;

/** The rules that a stranger who connects can't see kept or broken, and why. */
final class UnseenRules {
  private UnseenRules() {}

  static List<Check> all() {
    return List.of(
        unseen(
            "U1",
            "How it ends",
            "GoAway comes first; calls up to last_id are served, later ones CALL_REFUSED; then"
                + " Closed with GONE_AWAY",
            "needs an operator who stops the server"),
        unseen(
            "U2",
            "Errors",
            "FRAME_TIMEOUT, IDLE_TIMEOUT, WRITE_STALLED and SESSION_EXPIRED come when their time is"
                + " over",
            "needs minutes of patience, and limits that only the operator knows"),
        unseen(
            "U3",
            "Errors",
            "SERVER_OVERLOADED, RATE_EXCEEDED, SHUTTING_DOWN and PERMISSION_DENIED refuse an opening",
            "needs a server that is full, stops, or gives out tokens of several kinds"),
        unseen(
            "U4",
            "Calls",
            "with on_failure = close, SESSION_LOST follows the Error of a call that failed",
            "needs an operator who chose it"),
        unseen(
            "U5",
            "Traps",
            "OUT_OF_MEMORY is told, and retryable, when the server has no memory left for guests",
            "needs a server whose memory is used up"));
  }

  private static Check unseen(String id, String section, String rule, String why) {
    return new Check(
        id,
        section,
        rule,
        target -> {
          throw new Skip(why);
        });
  }
}
