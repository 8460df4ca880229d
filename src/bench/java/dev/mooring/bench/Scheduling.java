package dev.mooring.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * When the kernel gives a thread a processor. Priorities aren't enough where there are few
 * processors: whatever its priority, a thread that has one keeps it for a slice of milliseconds.
 */
enum Scheduling {
  /** At once, whoever has it; for threads that need it for microseconds. Takes a privilege. */
  AT_ONCE(1, 1),

  /** When nobody else wants it. */
  WHEN_IDLE(5, 0);

  private static final int CALLING_THREAD = 0;

  /** As Linux numbers it. */
  private final int policy;

  private final int priority;

  Scheduling(int policy, int priority) {
    this.policy = policy;
    this.priority = priority;
  }

  /**
   * Makes it so for the calling thread, on Linux; elsewhere this does nothing.
   *
   * @return whether it is so
   */
  @SuppressWarnings(
      "restricted") // A call of the C library, of which nothing can go wrong but its result.
  boolean apply() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return false;
    }
    Linker linker = Linker.nativeLinker();
    var setScheduler =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("sched_setscheduler"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment parameters = arena.allocateFrom(ValueLayout.JAVA_INT, priority);
      return (int) setScheduler.invokeExact(CALLING_THREAD, policy, parameters) == 0;
    } catch (Throwable e) {
      throw new IllegalStateException("sched_setscheduler can't be called", e);
    }
  }
}
