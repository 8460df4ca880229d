package dev.mooring.guest.deadline;

/** Thrown inside a guest to end a call that ran past its deadline. */
@SuppressWarnings("StaticAssignmentOfThrowable") // It carries no stack.
public final class CallStopped extends RuntimeException {
  static final CallStopped INSTANCE = new CallStopped();

  private static final long serialVersionUID = 1;

  private CallStopped() {
    super("the call ran past its deadline", null, false, false);
  }
}
