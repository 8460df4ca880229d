package dev.mooring.session;

import dev.mooring.setting.InvalidSetting;

/**
 * How a session may be kept without a connection.
 *
 * @param ttlMillis how long it lives without one if its client doesn't say
 * @param maxTtlMillis how long it may; 0: no session is kept
 * @param unacknowledgedMessages how many messages may wait until their client says that they came;
 *     then the session's calls and timers wait, too
 * @param unacknowledgedBytes what they may take together, likewise; one turn may go beyond it
 */
public record KeepLimits(
    long ttlMillis, long maxTtlMillis, int unacknowledgedMessages, int unacknowledgedBytes) {
  /** A client acknowledges each so many messages at least. */
  static final int LEAST_MESSAGES = 128;

  /** And so many bytes, likewise. */
  static final int LEAST_BYTES = 128 * 1024;

  /** No more than this may wait: it is in one array. */
  static final int MOST_BYTES = 1 << 28;

  /** What a server allows if its operator says nothing: five minutes, or a day for who asks. */
  public static final KeepLimits DEFAULTS = new KeepLimits(300_000, 86_400_000, 1_024, 1 << 20);

  public KeepLimits {
    InvalidSetting.requireAtLeast(0, "maxTtlMillis", maxTtlMillis);
    InvalidSetting.requireAtLeast(1, "ttlMillis", ttlMillis);
    InvalidSetting.requireAtLeast(LEAST_MESSAGES, "unacknowledgedMessages", unacknowledgedMessages);
    InvalidSetting.requireAtLeast(LEAST_BYTES, "unacknowledgedBytes", unacknowledgedBytes);
    InvalidSetting.require(
        unacknowledgedBytes <= MOST_BYTES,
        "unacknowledgedBytes",
        unacknowledgedBytes,
        "be at most " + MOST_BYTES);
  }

  /** How long a session lives without a connection whose client asks for so long; 0: as it may. */
  long grantMillis(long wantedMillis) {
    long wanted = wantedMillis == 0 ? ttlMillis : wantedMillis;
    return Long.compareUnsigned(wanted, maxTtlMillis) > 0 ? maxTtlMillis : wanted;
  }
}
