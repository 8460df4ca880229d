package dev.mooring.transport;

import dev.mooring.session.Problem;

/**
 * Why a connection isn't let in.
 *
 * @param reason what it is counted under
 * @param problem what the client is told
 */
record Refusal(DoorReason reason, Problem problem) {}
