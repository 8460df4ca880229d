package dev.mooring.guest;

import dev.mooring.guest.ModuleRefused.Lack;
import dev.mooring.guest.call.GuestTrap;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.compile.CodeTooLarge;
import dev.mooring.guest.intake.ModuleRejection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in words why a module wasn't let in, whatever was thrown while it was examined or compiled.
 * What intake can't foresee of the engine's limits is told here, as a limit; what should not have
 * been thrown is a fault of ours, and its stack trace is for our log.
 */
final class Refusals {
  private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

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
      case CodeTooLarge e -> new ModuleRefused(String.valueOf(e.getMessage()));
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
}
