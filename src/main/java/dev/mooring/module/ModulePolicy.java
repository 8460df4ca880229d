package dev.mooring.module;

import dev.mooring.guest.ModuleOptions;
import dev.mooring.session.SessionLimits;

/**
 * What the operator decided for a module.
 *
 * @param options how it is let in and run
 * @param session what one session of it may use
 */
public record ModulePolicy(ModuleOptions options, SessionLimits session) {}
