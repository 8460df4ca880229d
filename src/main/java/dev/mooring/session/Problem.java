package dev.mooring.session;

import dev.mooring.guest.TrapKind;
import org.jspecify.annotations.Nullable;

/**
 * What a client is told when something failed.
 *
 * @param message what was wrong and what was expected, for people
 * @param trap the kind of trap, where there was one
 */
public record Problem(ErrorCode code, String message, @Nullable TrapKind trap) {
  public Problem(ErrorCode code, String message) {
    this(code, message, null);
  }

  /** Whether the same request may succeed later, or elsewhere: memory may be free again. */
  public boolean retryable() {
    return code.retryable() || trap == TrapKind.OUT_OF_MEMORY;
  }
}
