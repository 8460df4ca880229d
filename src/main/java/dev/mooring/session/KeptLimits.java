package dev.mooring.session;

import dev.mooring.setting.InvalidSetting;

/**
 * What all kept sessions of a server may take together. At a limit none is evicted: no other is
 * made.
 *
 * @param sessions how many there may be, on connections and without
 * @param bytes what they have said and their clients haven't acknowledged; at this, those that hold
 *     more than a little wait until others hold less
 */
public record KeptLimits(int sessions, long bytes) {
  private static final int HEAP_SHARE = 8;
  private static final long MAX_DEFAULT_SESSIONS = 100_000;
  private static final long SESSION_HEAP_BYTES = 16 * 1024;

  /** What a server allows if its operator says nothing. */
  public static final KeptLimits DEFAULTS =
      new KeptLimits(
          (int)
              Math.min(MAX_DEFAULT_SESSIONS, Runtime.getRuntime().maxMemory() / SESSION_HEAP_BYTES),
          Runtime.getRuntime().maxMemory() / HEAP_SHARE);

  public KeptLimits {
    InvalidSetting.requireAtLeast(0, "sessions", sessions);
    InvalidSetting.requireAtLeast(1, "bytes", bytes);
  }
}
