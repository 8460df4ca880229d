package dev.mooring.bench;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/** How willing a thread is to let others have its processor. */
final class Niceness {
  private static final int OF_A_PROCESS = 0;
  private static final int ITSELF = 0;
  private static final int NICEST = 19;

  private Niceness() {}

  /**
   * Makes the calling thread wait for whatever else wants to run. On Linux, where a priority is a
   * thread's although it is called a process's; elsewhere this does nothing.
   *
   * @return whether it did
   */
  @SuppressWarnings(
      "restricted") // A call of the C library, of which nothing can go wrong but its result.
  static boolean yieldToAll() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return false;
    }
    Linker linker = Linker.nativeLinker();
    var setPriority =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("setpriority"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT));
    try {
      return (int) setPriority.invokeExact(OF_A_PROCESS, ITSELF, NICEST) == 0;
    } catch (Throwable e) {
      throw new IllegalStateException("setpriority can't be called", e);
    }
  }
}
