package dev.mooring.guest.machine;

import dev.mooring.guest.call.FunctionTracer;
import dev.mooring.guest.memory.Segments;
import org.jspecify.annotations.Nullable;

/**
 * What generated code is handed beside memory: the state of the processor that it runs on. It
 * stands where Chicory's compiler has the engine's instance (see {@code ClassNames}); public, with
 * what is called on it, for that reason alone.
 *
 * <p>Event loop only.
 */
public final class GuestMachine {
  /** All globals' values, in the module's order; those that can't change are here too. */
  public final long[] globals;

  public final GuestTable[] tables;
  public final Segments segments;
  final HostCalls calls;

  /** The number of a call that ends a function and has not begun, as {@link TailOperations} has. */
  int parked = TailOperations.NONE;

  /** Its arguments; null until there was one. */
  long @Nullable [] tailArguments;

  /** Told of each function, if its code was compiled to tell; null for nobody. */
  @Nullable FunctionTracer tracer;

  public GuestMachine(long[] globals, GuestTable[] tables, Segments segments, HostCalls calls) {
    this.globals = globals.clone();
    this.tables = tables;
    this.segments = segments;
    this.calls = calls;
  }

  /** From now on, somebody is told of each function, if its code was compiled to tell. */
  public void trace(FunctionTracer told) {
    tracer = told;
  }

  /** Forgets a call that has not begun: its caller's call has failed. */
  public void forgetParked() {
    parked = TailOperations.NONE;
  }

  /** The table of an indirect call. */
  public GuestTable table(int index) {
    return tables[index];
  }
}
