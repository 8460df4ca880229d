package dev.mooring.guest;

import dev.mooring.guest.memory.UndoSwitch;
import org.jspecify.annotations.NullMarked;

/**
 * Leaves out of a process what makes a call one that can be undone, to see what that costs.
 *
 * <p>In this package, since that is where the switch is; the server has no door to it.
 */
@NullMarked
public final class Undo {
  private Undo() {}

  /** From now on a call that fails keeps what it wrote. Before the first guest is loaded. */
  public static void leaveOut() {
    UndoSwitch.keep = false;
  }
}
