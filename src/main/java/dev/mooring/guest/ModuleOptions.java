package dev.mooring.guest;

import dev.mooring.guest.intake.IntakeLimits;
import dev.mooring.guest.memory.Layout;
import dev.mooring.setting.InvalidSetting;

/**
 * How a module is let in and run: its operator's choice.
 *
 * @param limits what it may ask for
 * @param layout how its spaces keep their memory
 * @param initializeMillis how long its initialisation may run
 */
public record ModuleOptions(IntakeLimits limits, Layout layout, int initializeMillis) {
  /** What holds if an operator says nothing. */
  public static final ModuleOptions DEFAULTS =
      new ModuleOptions(IntakeLimits.DEFAULTS, Layout.DENSE, 5_000);

  public ModuleOptions {
    InvalidSetting.requireAtLeast(1, "initializeMillis", initializeMillis);
  }

  public ModuleOptions withLayout(Layout changed) {
    return new ModuleOptions(limits, changed, initializeMillis);
  }
}
