package dev.mooring.guest.compile;

/**
 * Which frames of a stack are a module's functions.
 *
 * <p>Immutable, and thread-safe.
 */
public final class FunctionFrames {
  private final String loader;

  /** Of the module that this is the code of. */
  public FunctionFrames(CompiledModule code) {
    loader = code.name();
  }

  /**
   * The index of the function that a frame is in; −1 if it is in none of the module's, or in what
   * only leads to one.
   */
  public int function(StackTraceElement frame) {
    return loader.equals(frame.getClassLoaderName())
        ? Linker.functionOf(frame.getMethodName())
        : -1;
  }
}
