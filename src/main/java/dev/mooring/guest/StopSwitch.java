package dev.mooring.guest;

import java.lang.invoke.CallSite;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;

/**
 * Stops calls of one module, at no cost to calls that behave.
 *
 * <p>Generated code asks at every back-edge and call whether the switch is armed. It asks a call
 * site whose target is constantly false, which the JIT compiles to nothing at all. Arming sets
 * another target: the JVM throws away the code that was compiled for the first, and the next check
 * of a running loop comes to {@link #stopIfCondemned}. That throws only on the thread whose current
 * call is the condemned one; the others go on, a little slower until the switch is set back.
 *
 * <p>HotSpot gives up compiling a method after some hundreds of such invalidations. So after {@link
 * #MAX_INVALIDATIONS} stops a module stays <em>checked</em>: each check reads a field.
 *
 * <p>Thread-safe: the watchdog arms and settles, event loops disarm and check.
 */
public final class StopSwitch {
  /** How often a module's code is thrown away in order to stop a call. */
  public static final int MAX_INVALIDATIONS = 16;

  private static final MethodType CHECK = MethodType.methodType(boolean.class);
  private static final MethodHandle NEVER = MethodHandles.constant(boolean.class, false);

  private final MutableCallSite site = new MutableCallSite(NEVER);
  private final MutableCallSite[] sites = {site};
  private final MethodHandle poll;

  /** Condemned calls that have not ended yet. Written with the lock, read without. */
  private volatile int condemned;

  private boolean polling;
  private int invalidations;
  private boolean saidChecked;
  private volatile String module = "?";

  StopSwitch() {
    try {
      poll = MethodHandles.lookup().findVirtual(StopSwitch.class, "isArmed", CHECK).bindTo(this);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /** Says whose switch this is: the module's digest. */
  void belongsTo(String module) {
    this.module = module;
  }

  String module() {
    return module;
  }

  /** Links a check in generated code to the switch of its module; called by the JVM. */
  public static CallSite bootstrap(MethodHandles.Lookup caller, String name, MethodType type) {
    return ModuleClassLoader.of(caller.lookupClass()).stopSwitch().site;
  }

  /** Ends the calling thread's guest call if it is condemned; called by generated code. */
  public static void stopIfCondemned() {
    Lane.stopIfCondemned();
  }

  @SuppressWarnings("UnusedMethod") // By a method handle.
  private boolean isArmed() {
    return condemned != 0;
  }

  /** From now on, checks look whether their call is condemned. */
  synchronized void arm() {
    condemned++;
    poll();
  }

  private void poll() {
    if (!polling) {
      site.setTarget(poll);
      polling = true;
      invalidations++;
      MutableCallSite.syncAll(sites);
    }
  }

  /** A condemned call has ended; perhaps before {@link #arm} was reached for it. */
  synchronized void disarm() {
    condemned--;
  }

  /**
   * Makes checks free again, if nothing is condemned and the module may be invalidated once more.
   * If something is, makes sure that checks look: arming may have failed for want of heap, just
   * when a guest is using it up.
   *
   * @return whether there is nothing left to settle
   */
  synchronized boolean settle() {
    if (condemned > 0) {
      poll();
    } else if (condemned == 0 && polling && invalidations < MAX_INVALIDATIONS) {
      site.setTarget(NEVER);
      polling = false;
    }
    return condemned == 0;
  }

  /** Whether the module {@link #isChecked} since it was last asked: true once. */
  synchronized boolean hasBecomeChecked() {
    boolean news = isChecked() && !saidChecked;
    saidChecked |= news;
    return news;
  }

  /** Whether the module has been stopped so often that its checks stay real ones. */
  synchronized boolean isChecked() {
    return invalidations >= MAX_INVALIDATIONS;
  }
}
