package dev.mooring.guest;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;

/**
 * What generated code finds through the {@link Instance} that it is handed: the state of the
 * processor that it runs on, other than memory.
 *
 * <p>Chicory takes it for the machine that runs its functions. It runs none, and says so: {@link
 * CompiledModule} calls functions directly, and a start section is the image's affair.
 *
 * <p>Event loop only.
 */
final class GuestMachine implements Machine {
  /** All globals' values, in the module's order; those that can't change are here too. */
  final long[] globals;

  final GuestTable[] tables;
  final Segments segments;
  final HostCalls calls;

  GuestMachine(long[] globals, GuestTable[] tables, Segments segments, HostCalls calls) {
    this.globals = globals.clone();
    this.tables = tables;
    this.segments = segments;
    this.calls = calls;
  }

  static GuestMachine of(Instance instance) {
    return (GuestMachine) instance.getMachine();
  }

  @Override
  public long[] call(int function, long[] arguments) {
    throw new IllegalStateException("function " + function + " was called past the generated code");
  }
}
