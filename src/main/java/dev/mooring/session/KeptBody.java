package dev.mooring.session;

import dev.mooring.state.SessionState;
import java.util.Map;

/**
 * What a stored session is beside its {@link KeptHead}: what it takes to go on with it.
 *
 * @param config what its client configured; may be secret
 * @param limits that it was granted
 * @param bornMillis when it was opened, in milliseconds since 1970
 * @param takenMillis when this was taken, likewise: from then on its timers run
 * @param lastDoneId the last call that was answered; 0 if none was
 * @param messages what it has said and wasn't acknowledged
 * @param state its guest's, timers included
 */
record KeptBody(
    Map<String, String> config,
    OpenRequest.WantedLimits limits,
    long bornMillis,
    long takenMillis,
    long lastDoneId,
    UnacknowledgedMessages.Saved messages,
    SessionState state) {
  KeptBody {
    config = Map.copyOf(config);
  }

  /** Without the values of the configuration, which may be secrets. */
  @Override
  public String toString() {
    return "KeptBody[config=" + config.keySet() + ", " + state + "]";
  }
}
