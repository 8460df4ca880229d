package dev.mooring.guest.log;

import dev.mooring.setting.InvalidSetting;

/**
 * How much guests may log. A second's worth may come at once.
 *
 * @param linesPerSecond 0: any number
 * @param bytesPerSecond as they are written; 0: any number. A line is not cut for it: the last may
 *     be longer than what is left, and those after it wait until it is paid for
 */
public record LogLimits(int linesPerSecond, int bytesPerSecond) {
  /** What one session's guest may log if the operator says nothing. */
  public static final LogLimits OF_A_SESSION = new LogLimits(100, 64 << 10);

  /** What all guests of a server may log together if the operator says nothing. */
  public static final LogLimits OF_ALL = new LogLimits(1_000, 1 << 20);

  public LogLimits {
    InvalidSetting.requireNotNegative("logLinesPerSecond", linesPerSecond);
    InvalidSetting.requireNotNegative("logBytesPerSecond", bytesPerSecond);
  }
}
