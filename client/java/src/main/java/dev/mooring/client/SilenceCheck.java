package dev.mooring.client;

import java.time.Duration;

/**
 * Notices that the other side of a connection is gone though nobody said so, as when a machine dies
 * or a cable is pulled. Only while something is owed: a session may idle for as long as it likes.
 *
 * <p>The event loop looks from time to time whether anything was heard since. After two looks in
 * vain the server is asked for a sign of life, after one more it is lost. On the event loop.
 */
final class SilenceCheck {
  private static final int LOOKS_PER_SILENCE = 2;

  /** What a look finds. */
  enum Finding {
    FINE,
    ASK,
    LOST
  }

  private boolean heard;
  private int silentLooks;

  /** How often to look, so that a server may stay silent for at least {@code silence}. */
  static Duration period(Duration silence) {
    return silence.dividedBy(LOOKS_PER_SILENCE);
  }

  /** Something came. */
  void heard() {
    heard = true;
  }

  /** What to do now. */
  Finding look(boolean owed) {
    silentLooks = heard || !owed ? 0 : silentLooks + 1;
    heard = false;
    if (silentLooks < LOOKS_PER_SILENCE) {
      return Finding.FINE;
    }
    return silentLooks == LOOKS_PER_SILENCE ? Finding.ASK : Finding.LOST;
  }
}
