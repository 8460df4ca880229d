package dev.mooring.session;

import dev.mooring.guest.ExportedFunction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client is told of the session that it opened.
 *
 * @param limits those in force
 * @param keeping how it is kept; null if it ends with its connection
 */
public record OpenedSession(
    String sessionId,
    String moduleDigest,
    List<ExportedFunction> exports,
    SessionLimits limits,
    @Nullable Keeping keeping) {}
