package dev.mooring.guest;

import dev.mooring.guest.compile.InterruptionCheck;
import dev.mooring.guest.deadline.StopSwitch;
import org.jspecify.annotations.NullMarked;

/**
 * What guests ask at every back-edge and call: what they do in the server, or, to see what that
 * costs, something else.
 *
 * <p>In this package, since that is where the parts are; the server has no such switch.
 */
@NullMarked
public enum CheckVariant {
  /** Whether to stop, through a call site that is constantly false: as in the server. */
  SWITCH(InterruptionCheck.SWITCH),
  /** Nothing: the same code with the check removed. */
  NONE(InterruptionCheck.NONE),
  /** Whether the thread was interrupted, as Chicory does. */
  THREAD(InterruptionCheck.THREAD);

  /** How often a module is stopped by a change of that call site; after that its check is real. */
  public static final int FREE_STOPS = StopSwitch.MAX_INVALIDATIONS;

  private final InterruptionCheck check;

  CheckVariant(InterruptionCheck check) {
    this.check = check;
  }

  /** Compiles a module as the server does, but for the check. */
  public GuestModule compile(byte[] wasm, ModuleOptions options, GuestRuntime runtime)
      throws ModuleRefused {
    return ModuleLoader.load(wasm, options, runtime, check);
  }

  /** Whether a module has used up its stops, so that its check is a real one from now on. */
  public static boolean isReal(GuestModule module) {
    return module.compiled().stopSwitch().isChecked();
  }
}
