package dev.mooring.guest.intake;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import java.util.HashMap;
import java.util.List;

/**
 * Foresees what compiling a module costs the engine. Some of its passes are not linear in the
 * code's size, so that a few KiB can keep it busy for hours or fill the heap. Found in Chicory
 * 1.7.5:
 *
 * <ul>
 *   <li>resolving a branch walks one step per block that it leaves;
 *   <li>the end of a {@code loop} walks over all blocks that its parent has so far;
 *   <li>each block copies the types of the whole operand stack, and so does each branch at worst;
 *   <li>blocks, calls and branches pop and push their types one by one, a {@code br_table} once for
 *       each entry;
 *   <li>ASM's frame computation keeps, for each branch target, an int for each local and operand;
 *   <li>for each type, used or not, a method is made that calls all functions of that type: each
 *       function is compared with each type, and is called from as many methods as there are types
 *       that are the same as its own.
 * </ul>
 */
final class CompileCost {
  /** What it takes to compare a function's type with another, where anything else is one step. */
  private static final int COMPARISON_STEPS = 40;

  /** What it takes to write a call of a function, to load it, and to hold it. */
  private static final int CALL_STEPS = 2_000;

  private final IntakeLimits limits;
  private long steps;
  private long largestFrameSlots;
  private long targets;

  CompileCost(IntakeLimits limits) {
    this.limits = limits;
  }

  void startFunction() {
    targets = 0;
  }

  /** Work that one instruction causes beyond a constant. */
  void add(long moreSteps) {
    steps += moreSteps;
  }

  /** A place that code may jump to, or a jump. */
  void addTarget() {
    targets++;
  }

  /**
   * Settles a function's cost.
   *
   * @param slots its parameters, locals and deepest operand stack
   */
  void endFunction(int function, long slots, int offset) {
    long frameSlots = targets * slots;
    largestFrameSlots = Math.max(largestFrameSlots, frameSlots);
    steps += frameSlots;
    if (frameSlots > limits.frameSlotsPerFunction()) {
      throw tooCostly(
          offset,
          "function "
              + function
              + " has "
              + targets
              + " branches and blocks over "
              + slots
              + " locals and operands; the product is limited to "
              + limits.frameSlotsPerFunction()
              + "; split the function");
    }
    if (steps > limits.compileSteps()) {
      throw tooCostly(
          offset,
          "compiling the first "
              + (function + 1)
              + " functions would take "
              + steps
              + " steps; the limit is "
              + limits.compileSteps());
    }
  }

  /** Settles what types cost, beyond one for each function. */
  void addTypes(List<Signature> types, List<Signature> functions, int offset) {
    var ofType = new HashMap<Signature, Integer>();
    for (Signature function : functions) {
      ofType.merge(function, 1, Integer::sum);
    }
    long calls = 0;
    for (Signature type : types) {
      calls += ofType.getOrDefault(type, 0);
    }
    steps += COMPARISON_STEPS * (types.size() - 1L) * functions.size();
    steps += CALL_STEPS * (calls - functions.size());
    if (steps > limits.compileSteps()) {
      throw tooCostly(
          offset,
          "compiling "
              + functions.size()
              + " functions of "
              + types.size()
              + " types, of which some may be the same, would take "
              + steps
              + " steps; the limit is "
              + limits.compileSteps());
    }
  }

  long steps() {
    return steps;
  }

  long largestFrameSlots() {
    return largestFrameSlots;
  }

  private static ModuleRejection tooCostly(int offset, String message) {
    return new ModuleRejection(Reason.TOO_COSTLY_TO_COMPILE, offset, message);
  }
}
