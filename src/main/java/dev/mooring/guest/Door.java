package dev.mooring.guest;

import dev.mooring.guest.machine.CompiledFunction;
import org.jspecify.annotations.Nullable;

/** What runs when an exported function is called. */
final class Door {
  private final CompiledFunction[] functions;
  private final long @Nullable [] arguments;

  /**
   * To a compiled function.
   *
   * @param arguments what it is given instead of what the client gives; null: the client's
   */
  Door(CompiledFunction function, long @Nullable [] arguments) {
    this.functions = new CompiledFunction[] {function};
    this.arguments = arguments;
  }

  CompiledFunction[] functions() {
    return functions;
  }

  /** What the function is given if a client gives this. */
  long[] arguments(long[] given) {
    return arguments == null ? given : arguments;
  }
}
