package dev.mooring.session;

import dev.mooring.state.SessionState;
import org.jspecify.annotations.Nullable;

/**
 * A session as a value: all that it takes to go on with it, on another connection and another event
 * loop. What no call has come to isn't in it: calls that waited are the client's to send again,
 * above {@code lastDoneId}.
 *
 * @param terms what it is
 * @param state its guest's, timers included
 * @param takenMillis when it was taken, in milliseconds since 1970: from then on its timers run
 * @param lastDoneId the id of the last call that was answered; 0 if none was
 * @param lost why nothing runs in it any more, if its client is still to hear that
 */
public record SessionRecord(
    SessionTerms terms,
    SessionState state,
    long takenMillis,
    long lastDoneId,
    @Nullable Problem lost) {}
