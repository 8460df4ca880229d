package dev.mooring.guest;

import dev.mooring.guest.machine.CompiledFunction;
import org.jspecify.annotations.Nullable;

/** What runs when an exported function is called. */
final class Door {
  private final CompiledFunction[] functions;
  private final long @Nullable [] arguments;
  private final boolean command;

  /**
   * To a compiled function.
   *
   * @param arguments what it is given instead of what the client gives; null: the client's
   * @param isCommand whether it runs a whole program, as WASI's commands have it
   */
  Door(CompiledFunction function, long @Nullable [] arguments, boolean isCommand) {
    this.functions = new CompiledFunction[] {function};
    this.arguments = arguments;
    this.command = isCommand;
  }

  CompiledFunction[] functions() {
    return functions;
  }

  boolean isCommand() {
    return command;
  }

  /** What the function is given if a client gives this. */
  long[] arguments(long[] given) {
    return arguments == null ? given : arguments;
  }
}
