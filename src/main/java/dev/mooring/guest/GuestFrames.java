package dev.mooring.guest;

import dev.mooring.guest.compile.FunctionFrames;
import dev.mooring.guest.intake.FunctionNames;
import java.util.ArrayList;
import java.util.List;

/**
 * A module's functions in the stacks of threads that run guests.
 *
 * <p>Immutable, and thread-safe.
 */
public final class GuestFrames {
  /** Of a deeper stack, the innermost so many. */
  static final int MOST_FRAMES = 200;

  private final FunctionFrames frames;
  private final FunctionNames names;

  /** Of a module; of a script they are its engine's. */
  public GuestFrames(GuestModule module) {
    frames = new FunctionFrames(module.code());
    names = module.functionNames();
  }

  /** The functions in a stack, by their indices, the outermost first; none if it has none. */
  public List<Integer> functions(StackTraceElement[] stack) {
    var functions = new ArrayList<Integer>();
    for (StackTraceElement frame : stack) {
      int function = frames.function(frame);
      if (function >= 0 && functions.size() < MOST_FRAMES) {
        functions.add(function);
      }
    }
    return functions.reversed();
  }

  /** What a function is called. */
  public String name(int function) {
    return names.name(function);
  }
}
