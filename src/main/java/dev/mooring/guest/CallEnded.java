package dev.mooring.guest;

/** Thrown by a host function to end the call that is running, with this outcome. */
final class CallEnded extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient CallOutcome outcome;

  CallEnded(CallOutcome outcome) {
    super(null, null, false, false);
    this.outcome = outcome;
  }

  CallOutcome outcome() {
    return outcome;
  }
}
