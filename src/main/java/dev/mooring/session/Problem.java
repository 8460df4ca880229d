package dev.mooring.session;

import dev.mooring.guest.call.TrapKind;
import org.jspecify.annotations.Nullable;

/**
 * What a client is told when something failed.
 *
 * @param message what was wrong and what was expected, for people; of one that is longer than
 *     {@link #MAX_MESSAGE_BYTES}, the beginning
 * @param trap the kind of trap, where there was one
 */
public record Problem(ErrorCode code, String message, @Nullable TrapKind trap) {
  /**
   * How long a message may be, in bytes of UTF-8: as long as what a guest may say when it fails.
   * Messages quote what clients and modules say, and must not let a few bytes ask for many.
   */
  public static final int MAX_MESSAGE_BYTES = 8 * 1024;

  public Problem {
    message = Quote.ofBytes(message, MAX_MESSAGE_BYTES);
  }

  public Problem(ErrorCode code, String message) {
    this(code, message, null);
  }

  /** Our own failure, of which no more is told than that it was ours. */
  static Problem ofOurs() {
    return new Problem(ErrorCode.INTERNAL, "the server failed; its log says how");
  }

  /** Whether the same request may succeed later, or elsewhere: memory may be free again. */
  public boolean retryable() {
    return code.retryable() || trap == TrapKind.OUT_OF_MEMORY;
  }
}
