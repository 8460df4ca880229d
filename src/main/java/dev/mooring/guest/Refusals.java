package dev.mooring.guest;

import dev.mooring.guest.ModuleRefused.Lack;
import dev.mooring.guest.call.GuestTrap;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.intake.ModuleRejection;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.MethodTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in words why a module wasn't let in, whatever was thrown while it was examined or compiled.
 * What intake can't foresee of the engine's limits is told here, as a limit; what should not have
 * been thrown is a fault of ours, and its stack trace is for our log.
 */
final class Refusals {
  private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

  /** Constants of a class; the JVM's limit. */
  private static final int MAX_CONSTANTS = 65_535;

  private Refusals() {}

  /** The refusal that is to be thrown instead. */
  static ModuleRefused of(Throwable thrown) {
    if (thrown instanceof ModuleRejection rejection) {
      return new ModuleRefused(String.valueOf(rejection.getMessage()));
    }
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      ModuleRefused refusal = expected(each);
      if (refusal != null) {
        return refusal;
      }
    }
    LOG.error("a module can't be compiled, and it isn't known why", thrown);
    return new ModuleRefused(
        "can't be compiled, through a fault of the server's, of which its log says more");
  }

  private static @Nullable ModuleRefused expected(Throwable thrown) {
    return switch (thrown) {
      case MethodTooLargeException e ->
          new ModuleRefused(
              tooLarge(Linker.functionOf(e.getMethodName()), String.valueOf(e.getCodeSize())));
      case CodeTooLarge e ->
          new ModuleRefused(tooLarge(e.function(), "more than " + CodeTooLarge.LIMIT_BYTES));
      case ClassTooLargeException e ->
          new ModuleRefused(
              "can't be compiled: it needs "
                  + e.getConstantPoolCount()
                  + " constants in one class of the JVM's; the limit is "
                  + MAX_CONSTANTS);
      case GuestTrap trap when trap.kind() == TrapKind.OUT_OF_MEMORY ->
          new ModuleRefused("can't be compiled now: " + trap.kind().description(), Lack.MEMORY);
      case OutOfMemoryError e ->
          new ModuleRefused(
              "can't be compiled now: the server has no memory left (" + e.getMessage() + ")",
              Lack.MEMORY);
      case StackOverflowError e ->
          new ModuleRefused("can't be compiled: its code is nested too deep");
      default -> null;
    };
  }

  private static String tooLarge(int function, String size) {
    return "can't be compiled: "
        + (function < 0 ? "what finds functions in tables" : "function " + function)
        + " becomes "
        + size
        + " bytes of the JVM's code; the limit is "
        + CodeTooLarge.LIMIT_BYTES
        + (function < 0 ? "" : "; split the function");
  }
}
