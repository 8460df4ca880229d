package dev.mooring.transport;

import dev.mooring.proto.CallReader;
import dev.mooring.session.CallRequest;
import dev.mooring.session.SessionLoop;

/**
 * What the channels of one event loop share.
 *
 * @param reader reads messages, one at a time
 * @param request the call that the reader last read, in the session's words
 * @param spare the buffer of answers
 * @param held what is held for the loop's clients
 * @param doorkeeper the whole server's
 */
record LoopContext(
    SessionLoop sessions,
    CallReader reader,
    CallRequest request,
    SpareBuffer spare,
    Totals.Shares held,
    LoopUpkeep upkeep,
    Doorkeeper doorkeeper) {}
