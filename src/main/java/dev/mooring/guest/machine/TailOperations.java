package dev.mooring.guest.machine;

/**
 * Where generated code parks a call that ends a function, until whoever called the function goes on
 * with it: {@code TailCalls} says why. Public for generated code alone.
 *
 * <p>Event loop only.
 */
public final class TailOperations {
  /** As many parameters as a function can have, and two more of an indirect call. */
  private static final int MOST_ARGUMENTS = 257;

  /** The number of no call. */
  public static final int NONE = -1;

  private TailOperations() {}

  /** Parks a call, by its number; its {@link #arguments} are written down next. */
  public static void park(GuestMachine machine, int number) {
    machine.parked = number;
  }

  public static boolean isParked(GuestMachine machine) {
    return machine.parked >= 0;
  }

  /** The number of what is parked, which no longer is. */
  public static int take(GuestMachine machine) {
    int number = machine.parked;
    machine.parked = NONE;
    return number;
  }

  /** No call has such a number. */
  public static RuntimeException unknown(int number) {
    return new IllegalStateException("call " + number + " is parked, which isn't there");
  }

  /** The arguments of what is parked, or just was. */
  public static long[] arguments(GuestMachine machine) {
    long[] arguments = machine.tailArguments;
    if (arguments == null) {
      arguments = new long[MOST_ARGUMENTS];
      machine.tailArguments = arguments;
    }
    return arguments;
  }
}
