package dev.mooring.session;

import dev.mooring.setting.InvalidSetting;

/**
 * What all kept sessions of a server may take together. At a limit none is evicted: no other is
 * made.
 *
 * @param sessions how many there may be, on connections and without
 * @param bytes what they have said and their clients haven't acknowledged; at this, those that hold
 *     more than a little wait until others hold less
 * @param sleepAfterMillis after so long without a call or a timer a stored session gives back its
 *     space, and is in the store only
 */
public record KeptLimits(int sessions, long bytes, int sleepAfterMillis) {
  private static final int HEAP_SHARE = 8;
  private static final long MAX_DEFAULT_SESSIONS = 100_000;
  private static final long SESSION_HEAP_BYTES = 16 * 1024;

  /** What a server allows if its operator says nothing. */
  public static final KeptLimits DEFAULTS =
      new KeptLimits(
          (int)
              Math.min(MAX_DEFAULT_SESSIONS, Runtime.getRuntime().maxMemory() / SESSION_HEAP_BYTES),
          Runtime.getRuntime().maxMemory() / HEAP_SHARE,
          60_000);

  public KeptLimits {
    InvalidSetting.requireAtLeast(0, "sessions", sessions);
    InvalidSetting.requireAtLeast(1, "bytes", bytes);
    InvalidSetting.requireAtLeast(1, "sleepAfterMillis", sleepAfterMillis);
  }

  /** As {@link #sleepAfterMillis}, on {@link SessionLoop#now}'s clock. */
  int idleTicks() {
    return Math.ceilDiv(sleepAfterMillis, 1_000 / SessionLoop.TICKS_PER_SECOND);
  }
}
