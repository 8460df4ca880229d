package dev.mooring.session;

import dev.mooring.access.Tenant;
import dev.mooring.guest.GuestLoop;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one session takes of what its tenant may use: time and memory. What a turn took is known
 * after it, as the loop's account is before and after; nothing is counted while the guest runs.
 *
 * <p>The event loop of the session's; on no other loop while it is in a turn.
 */
final class TenantShare {
  private final Tenant tenant;

  /** Whether its session counts as one that is on a connection. */
  private boolean entered;

  private long heldBytes;

  /** The guests of the loop that it has a turn on; null between turns. */
  private @Nullable GuestLoop inTurn;

  private long loopHeldBytes;

  /**
   * Of a session.
   *
   * @param entered whether the tenant was let have it on a connection
   */
  TenantShare(Tenant tenant, boolean entered) {
    this.tenant = tenant;
    this.entered = entered;
  }

  Tenant tenant() {
    return tenant;
  }

  /** It is on a connection from now on, if its tenant may have another that is. */
  boolean enter() {
    entered = entered || tenant.enter();
    return entered;
  }

  /** It is on no connection any more. */
  void exit() {
    if (entered) {
      entered = false;
      tenant.leave();
    }
  }

  /** Which modules its tenant may open, by name. Any thread may ask. */
  Predicate<String> modules() {
    return tenant.limits()::allows;
  }

  /** How long the session must wait for its tenant's time, in nanoseconds; 0 if it may run. */
  long waitNanos(long nowNanos) {
    return tenant.waitNanos(nowNanos);
  }

  /** The session is about to run: its guest gets no more memory than its tenant has left. */
  void begin(GuestLoop guests) {
    inTurn = guests;
    loopHeldBytes = guests.heldBytes();
    guests.allowGrowth(tenant.memoryLeftBytes());
  }

  /** It has run. */
  void end(GuestLoop guests, long usedNanos, long nowNanos) {
    guests.allowGrowth(Long.MAX_VALUE);
    measure();
    inTurn = null;
    tenant.ran(usedNanos, nowNanos);
  }

  /** What others did between this session's turns is none of its business. */
  private void measure() {
    if (inTurn != null) {
      long now = inTurn.heldBytes();
      tenant.holds(now - loopHeldBytes);
      heldBytes += now - loopHeldBytes;
      loopHeldBytes = now;
    }
  }

  /** The session is over, perhaps in the middle of its turn; its space is still there. */
  void leave() {
    measure();
    inTurn = null;
    tenant.holds(-heldBytes);
    heldBytes = 0;
    exit();
  }
}
