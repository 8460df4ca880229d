package dev.mooring.transport.loop;

import dev.mooring.session.SessionLoop;

/**
 * What the connections of one event loop share, whatever their wires.
 *
 * @param spare the buffer of answers
 * @param held what is held for the loop's clients
 */
public record LoopContext(
    SessionLoop sessions, SpareBuffer spare, HeldTotals.Shares held, ConnectionSweep sweep) {}
