package dev.mooring.session;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.TrapKind;

/** Says to a client how a call ended. */
final class Outcomes {
  private Outcomes() {}

  /** The problem of a call that did not commit. */
  static Problem callFailed(String functionName, CallOutcome outcome) {
    String function = Quote.of(functionName);
    return switch (outcome) {
      case CallOutcome.Committed c ->
          throw new IllegalArgumentException("a call that committed has no problem");
      case CallOutcome.Trapped(TrapKind kind) ->
          new Problem(ErrorCode.GUEST_TRAP, function + " trapped: " + kind.description(), kind);
      case CallOutcome.Failed(String message) ->
          new Problem(
              ErrorCode.GUEST_FAILED,
              message.isBlank() ? function + " failed, and didn't say why" : message);
      case CallOutcome.Exited(int status) ->
          new Problem(
              ErrorCode.GUEST_EXITED,
              function
                  + " ended with proc_exit("
                  + status
                  + ")"
                  + (status == 0 ? ", and gave no result" : ""));
      case CallOutcome.TimedOut t ->
          new Problem(
              ErrorCode.DEADLINE_EXCEEDED, function + " ran past its deadline and was stopped");
      case CallOutcome.OverLimit(CallOutcome.Limit limit, long maximum) ->
          overLimit(function, limit, maximum);
    };
  }

  private static Problem overLimit(String function, CallOutcome.Limit limit, long maximum) {
    return switch (limit) {
      case OUTPUT ->
          new Problem(
              ErrorCode.OUTPUT_TOO_LARGE,
              function + " wrote more than the " + maximum + " bytes that a call may");
      case EVENTS ->
          new Problem(
              ErrorCode.TOO_MANY_EVENTS,
              function + " sent more than the " + maximum + " events that a call may");
      case TIMERS ->
          new Problem(
              ErrorCode.GUEST_FAILED,
              function + " set more than the " + maximum + " timers that a session may have");
      case TIMER_CHANGES ->
          new Problem(
              ErrorCode.GUEST_FAILED,
              function
                  + " changed timers more than "
                  + maximum
                  + " times, which is the most for a call");
    };
  }

  /** The problem of a session whose guest could not be opened. */
  static Problem openFailed(CallOutcome outcome) {
    if (outcome instanceof CallOutcome.Trapped(TrapKind kind) && kind == TrapKind.OUT_OF_MEMORY) {
      return new Problem(
          ErrorCode.SERVER_OVERLOADED, "the server has no memory left for another guest", kind);
    }
    Problem cause = callFailed("its opening", outcome);
    return new Problem(
        ErrorCode.GUEST_OPEN_FAILED,
        "the guest could not be opened: " + cause.message(),
        cause.trap());
  }
}
