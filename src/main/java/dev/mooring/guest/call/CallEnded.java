package dev.mooring.guest.call;

/** Thrown by a host function to end the call that is running, with this outcome. */
public final class CallEnded extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient CallOutcome outcome;

  public CallEnded(CallOutcome outcome) {
    super(null, null, false, false);
    this.outcome = outcome;
  }

  public CallOutcome outcome() {
    return outcome;
  }
}
