package dev.mooring.guest;

import dev.mooring.guest.call.CallOutcome;

/** A space that could not be opened: its module's initialisation failed, or memory is short. */
public final class SpaceRefused extends Exception {
  private static final long serialVersionUID = 1;

  private final transient CallOutcome outcome;

  SpaceRefused(CallOutcome outcome) {
    super(null, null, false, false);
    this.outcome = outcome;
  }

  /** How the initialisation ended; never {@link CallOutcome.Committed}. */
  public CallOutcome outcome() {
    return outcome;
  }
}
