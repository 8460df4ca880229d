package dev.mooring.bench;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/** How willing a thread is to let others have its processor. */
final class Niceness {
  private static final int OF_A_PROCESS = 0;
  private static final int ITSELF = 0;

  /** It waits for whatever else wants to run. */
  static final int NICEST = 19;

  /** It runs before whatever else wants to. */
  static final int LEAST_NICE = -20;

  private Niceness() {}

  /**
   * Sets the calling thread's. On Linux, where that is a thread's although it is called a
   * process's; elsewhere this does nothing. Less than 0 takes a privilege.
   *
   * @return whether it is set
   */
  @SuppressWarnings(
      "restricted") // A call of the C library, of which nothing can go wrong but its result.
  static boolean set(int niceness) {
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
      return (int) setPriority.invokeExact(OF_A_PROCESS, ITSELF, niceness) == 0;
    } catch (Throwable e) {
      throw new IllegalStateException("setpriority can't be called", e);
    }
  }
}
