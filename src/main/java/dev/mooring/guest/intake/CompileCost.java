package dev.mooring.guest.intake;

import dev.mooring.guest.intake.ModuleRejection.Reason;

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
 *   <li>ASM's frame computation keeps, for each branch target, an int for each local and operand.
 * </ul>
 */
final class CompileCost {
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
