package dev.mooring.guest.machine;

import dev.mooring.guest.memory.GuestMemory;

/**
 * A function of a compiled module that may be called from outside. Implemented by generated code,
 * and public for that reason alone.
 */
public interface CompiledFunction {
  /**
   * Calls the function on the state that is loaded.
   *
   * @param arguments raw bits, one for each parameter
   * @param results takes the raw bits of each result
   */
  void call(long[] arguments, long[] results, GuestMemory memory, GuestMachine machine);
}
