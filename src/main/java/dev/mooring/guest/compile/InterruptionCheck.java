package dev.mooring.guest.compile;

import dev.mooring.guest.deadline.StopSwitch;

/**
 * What becomes of the check for interruption that Chicory's compiler puts at every back-edge and
 * call. A server has one answer, and no setting for it; the others are there so that its cost can
 * be measured.
 */
public enum InterruptionCheck {
  /** It reads the module's {@link StopSwitch}. */
  SWITCH,
  /** It is empty: a call that runs away is never stopped. */
  NONE,
  /** It asks the thread whether it was interrupted, as it does in Chicory. */
  THREAD
}
