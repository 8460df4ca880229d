package dev.mooring.guest;

import dev.mooring.guest.memory.MemoryJournal;
import dev.mooring.state.SessionState;

/**
 * What a space's calls have changed since somebody last asked. What isn't memory is small for most:
 * of that it is known whether any of it has changed.
 *
 * <p>Event loop only.
 */
final class SpaceJournal {
  final MemoryJournal memory = new MemoryJournal();
  boolean globals;
  boolean tables;
  boolean segments;

  /** Begins anew: all of this is known, and half as much may be noted before all is known again. */
  void begin(SessionState known) {
    memory.begin(
        Math.max(SessionState.PAGE_BYTES, known.pageCount() * SessionState.PAGE_BYTES / 2));
    forgetParts();
  }

  void forgetParts() {
    globals = false;
    tables = false;
    segments = false;
  }
}
