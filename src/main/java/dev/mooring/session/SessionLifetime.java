package dev.mooring.session;

import dev.mooring.setting.InvalidSetting;
import java.util.random.RandomGenerator;

/**
 * How long a session may live.
 *
 * @param millis until it is asked to end; 0: for ever
 * @param jitterPercent by how much of that it may be asked earlier, at random, so that those that
 *     began together don't end together
 * @param graceMillis how long it may take to end then
 */
public record SessionLifetime(long millis, int jitterPercent, int graceMillis) {
  /** What a server allows if its operator says nothing. */
  public static final SessionLifetime DEFAULTS = new SessionLifetime(0, 10, 10_000);

  /** When a session is asked to end that never is. */
  static final long NEVER = Long.MAX_VALUE;

  private static final double ALL_PERCENT = 100;

  public SessionLifetime {
    InvalidSetting.requireAtLeast(0, "lifetimeMillis", millis);
    InvalidSetting.requireAtLeast(0, "lifetimeJitterPercent", jitterPercent);
    InvalidSetting.require(
        jitterPercent <= ALL_PERCENT, "lifetimeJitterPercent", jitterPercent, "be at most 100");
    InvalidSetting.requireAtLeast(1, "lifetimeGraceMillis", graceMillis);
  }

  /** When a session that is born now is asked to end, on the clock of {@code nowMillis}. */
  long endMillis(long nowMillis, RandomGenerator random) {
    if (millis == 0) {
      return NEVER;
    }
    double earlier = random.nextDouble() * jitterPercent / ALL_PERCENT;
    return nowMillis + (long) (millis * (1 - earlier));
  }
}
