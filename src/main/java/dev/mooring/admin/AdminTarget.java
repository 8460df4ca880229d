package dev.mooring.admin;

import dev.mooring.module.ModuleLook;
import dev.mooring.observe.ModuleProfiler;
import dev.mooring.observe.ServerFigures;
import dev.mooring.session.SessionInspector;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The server that is looked at and steered.
 *
 * @param figures its figures of now
 * @param sessions looks at them
 * @param modules what is known of each
 * @param isDraining whether it accepts no more
 * @param profiler looks at which functions of a module are run
 * @param backup makes copies of the store
 * @param operator whom it is asked of to stop, and to read its files again
 */
public record AdminTarget(
    Supplier<ServerFigures> figures,
    SessionInspector sessions,
    Supplier<List<ModuleLook>> modules,
    BooleanSupplier isDraining,
    ModuleProfiler profiler,
    StoreBackup backup,
    Operator operator) {}
