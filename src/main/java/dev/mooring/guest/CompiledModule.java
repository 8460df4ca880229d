package dev.mooring.guest;

import dev.mooring.guest.deadline.StopSwitch;
import dev.mooring.guest.machine.CompiledFunction;
import dev.mooring.guest.memory.Layout;
import java.util.List;
import java.util.Map;

/**
 * A module's code, loaded, and what else its processors need that no space can change.
 *
 * @param functions those that are called from outside, by their index in the module
 * @param data the data segments' bytes, as far as they aren't dropped from the start
 * @param elements the element segments' references, likewise
 * @param largeFunctions the largest first
 */
@SuppressWarnings("ArrayRecordComponent") // Shared, and never written to.
record CompiledModule(
    Layout layout,
    Map<Integer, CompiledFunction> functions,
    StopSwitch stopSwitch,
    Changes changes,
    byte[][] data,
    int[][] elements,
    List<LargeFunction> largeFunctions) {
  CompiledFunction function(int index) {
    CompiledFunction function = functions.get(index);
    if (function == null) {
      throw new IllegalArgumentException("function " + index + " has no entrance");
    }
    return function;
  }
}
