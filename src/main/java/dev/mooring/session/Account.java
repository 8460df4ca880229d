package dev.mooring.session;

import dev.mooring.guest.call.CallOutcome;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What one session has used. It is counted where it is known anyway: no clock is read for it.
 *
 * <p>Event loop only.
 */
final class Account {
  /** The session's turns together: its guest, and our work for it. */
  long turnNanos;

  /** Calls of the guest that committed, those of timers and of the closing hook too. */
  long committed;

  /** Calls of the guest that were rolled back. */
  long rolledBack;

  /** What its instance held in the end: what it is, and the pages that it wrote, in bytes. */
  long memoryBytes;

  void ran(CallOutcome outcome) {
    if (outcome.committed()) {
      committed++;
    } else {
      rolledBack++;
    }
  }

  LoggingEventBuilder log(LoggingEventBuilder event) {
    return event
        .addKeyValue("turnMicros", turnNanos / 1_000)
        .addKeyValue("committed", committed)
        .addKeyValue("rolledBack", rolledBack)
        .addKeyValue("memoryBytes", memoryBytes);
  }
}
