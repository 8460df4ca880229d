package dev.mooring.session;

import dev.mooring.state.SessionState;
import dev.mooring.state.StateChange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a stored session differs from what was written of it before: what follows its {@link
 * KeptBody} in the store.
 *
 * @param number of the write, one more than of the one before
 * @param takenMillis when this was taken, in milliseconds since 1970: from then on those timers run
 *     that are in it
 * @param lastDoneId the last call that was answered; 0 if none was
 * @param lost why nothing runs in it any more, if its client is still to hear that
 * @param messages what it has said since, and what of all was acknowledged
 * @param state how its guest's differs; null if it doesn't
 */
record KeptChange(
    long number,
    long takenMillis,
    long lastDoneId,
    @Nullable Problem lost,
    UnacknowledgedMessages.Saved messages,
    @Nullable StateChange state) {
  /**
   * When the first of its timers is due, in milliseconds since 1970; null if they are the same as
   * before.
   */
  @Nullable Long dueMillis() {
    List<SessionState.Timer> timers = state == null ? null : state.timers();
    return timers == null ? null : KeptBody.dueMillis(takenMillis, timers);
  }
}
