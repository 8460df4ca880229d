package dev.mooring.guest;

import dev.mooring.guest.intake.IntakeLimits;
import dev.mooring.setting.InvalidSetting;

/**
 * How a module is let in and run: its operator's choice.
 *
 * @param limits what it may ask for
 * @param initializeMillis how long its initialisation may run
 */
public record ModuleOptions(IntakeLimits limits, int initializeMillis) {
  /** What holds if an operator says nothing. */
  public static final ModuleOptions DEFAULTS = new ModuleOptions(IntakeLimits.DEFAULTS, 5_000);

  public ModuleOptions {
    InvalidSetting.requireAtLeast(1, "initializeMillis", initializeMillis);
  }
}
