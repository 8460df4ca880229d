package dev.mooring.transport.admission;

import dev.mooring.session.Problem;

/**
 * Why a connection isn't let in.
 *
 * @param reason what it is counted under
 * @param problem what the client is told
 */
public record Refusal(RejectReason reason, Problem problem) {}
