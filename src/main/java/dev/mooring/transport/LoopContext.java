package dev.mooring.transport;

import dev.mooring.session.SessionLoop;

/**
 * What the connections of one event loop share, whatever their wires.
 *
 * @param spare the buffer of answers
 * @param held what is held for the loop's clients
 */
record LoopContext(
    SessionLoop sessions, SpareBuffer spare, Totals.Shares held, LoopUpkeep upkeep) {}
