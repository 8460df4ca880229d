package dev.mooring.guest.machine;

import dev.mooring.guest.call.FunctionTracer;

/**
 * What generated code calls before and after each function, if it was compiled to be traced. {@code
 * Tracing} has put that there; public for that reason alone.
 */
public final class TraceOperations {
  private static final long[] NOTHING = {};

  private TraceOperations() {}

  /** A function is about to run. */
  public static void entered(long[] arguments, String types, int function, GuestMachine machine) {
    FunctionTracer tracer = machine.tracer;
    if (tracer != null) {
      tracer.entered(function, types, arguments);
    }
  }

  /** A function without a result has returned. */
  public static void left(String types, int function, GuestMachine machine) {
    leave(NOTHING, types, function, machine);
  }

  /** A function with one result has returned. */
  public static void left(long result, String types, int function, GuestMachine machine) {
    leave(new long[] {result}, types, function, machine);
  }

  /** A function with several results has returned. */
  public static void left(long[] results, String types, int function, GuestMachine machine) {
    leave(results, types, function, machine);
  }

  private static void leave(long[] results, String types, int function, GuestMachine machine) {
    FunctionTracer tracer = machine.tracer;
    if (tracer != null) {
      tracer.left(function, types, TailOperations.isParked(machine) ? null : results);
    }
  }
}
