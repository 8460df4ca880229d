package dev.mooring.guest.compile;

import dev.mooring.guest.deadline.StopSwitch;
import dev.mooring.guest.machine.CompiledFunction;
import java.util.List;
import java.util.Map;

/**
 * A module's code, loaded.
 *
 * @param name of its class loader, by which its frames are known in stacks
 * @param functions those that are called from outside, by their index in the module
 * @param largeFunctions the largest first
 */
public record CompiledModule(
    String name,
    Map<Integer, CompiledFunction> functions,
    StopSwitch stopSwitch,
    List<LargeFunction> largeFunctions) {
  public CompiledFunction function(int index) {
    CompiledFunction function = functions.get(index);
    if (function == null) {
      throw new IllegalArgumentException("function " + index + " has no entrance");
    }
    return function;
  }
}
