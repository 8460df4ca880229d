package dev.mooring.server;

import dev.mooring.guest.log.LogLimits;
import dev.mooring.setting.InvalidSetting;

/**
 * What goes into the log beside what happens.
 *
 * @param guests what all guests may log together
 * @param statusSeconds how often it says how the server does; 0: never
 */
public record LogConfig(LogLimits guests, int statusSeconds) {
  /** What an operator gets who says nothing. */
  public static final LogConfig DEFAULTS = new LogConfig(LogLimits.OF_ALL, 60);

  public LogConfig {
    InvalidSetting.requireNotNegative("statusSeconds", statusSeconds);
  }
}
