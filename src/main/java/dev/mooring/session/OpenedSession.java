package dev.mooring.session;

import dev.mooring.guest.ExportedFunction;
import java.util.List;

/**
 * What a client is told of the session that it opened.
 *
 * @param limits those in force
 */
public record OpenedSession(
    String sessionId, String moduleDigest, List<ExportedFunction> exports, SessionLimits limits) {}
