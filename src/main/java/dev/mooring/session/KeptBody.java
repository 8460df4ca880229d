package dev.mooring.session;

import dev.mooring.state.SessionState;
import dev.mooring.state.StateChange;
import dev.mooring.state.StateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a stored session is beside its {@link KeptHead}: what it takes to go on with it.
 *
 * @param number of the write, of those of this session
 * @param config what its client configured; may be secret
 * @param limits that it was granted
 * @param bornMillis when it was opened, in milliseconds since 1970
 * @param takenMillis when this was taken, likewise: from then on its timers run
 * @param lastDoneId the last call that was answered; 0 if none was
 * @param lost why nothing runs in it any more, if its client is still to hear that
 * @param messages what it has said and wasn't acknowledged
 * @param state its guest's, timers included
 */
record KeptBody(
    long number,
    Map<String, String> config,
    OpenRequest.WantedLimits limits,
    long bornMillis,
    long takenMillis,
    long lastDoneId,
    @Nullable Problem lost,
    UnacknowledgedMessages.Saved messages,
    SessionState state) {
  KeptBody {
    config = Map.copyOf(config);
  }

  /**
   * What it has become by changes, in order.
   *
   * @throws StateException if they aren't changes of this
   */
  KeptBody after(List<KeptChange> changes) throws StateException {
    long last = number;
    long done = lastDoneId;
    Problem why = lost;
    long timersMillis = takenMillis;
    UnacknowledgedMessages.Saved said = messages;
    var states = new ArrayList<StateChange>();
    for (KeptChange change : changes) {
      last++;
      if (change.number() != last) {
        throw new StateException("write %d follows write %d".formatted(change.number(), last - 1));
      }
      done = change.lastDoneId();
      why = change.lost();
      said = said.followedBy(change.messages());
      if (change.state() != null) {
        states.add(change.state());
        timersMillis = change.state().timers() == null ? timersMillis : change.takenMillis();
      }
    }
    return new KeptBody(
        last,
        config,
        limits,
        bornMillis,
        timersMillis,
        done,
        why,
        said,
        StateChange.replay(state, states));
  }

  /** When the first of its timers is due, in milliseconds since 1970. */
  long dueMillis() {
    return dueMillis(takenMillis, state.timers());
  }

  static long dueMillis(long takenMillis, List<SessionState.Timer> timers) {
    return timers.isEmpty() ? KeptHead.NO_TIMER : takenMillis + timers.getFirst().millisLeft();
  }

  /** Without the values of the configuration, which may be secrets. */
  @Override
  public String toString() {
    return "KeptBody[config=" + config.keySet() + ", " + state + "]";
  }
}
