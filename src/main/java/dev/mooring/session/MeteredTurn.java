package dev.mooring.session;

import org.jspecify.annotations.Nullable;

/**
 * Turns that count as some tenant's time: one that owes time waits until it is earned, and its
 * client isn't read meanwhile.
 *
 * <p>Event loop only.
 */
abstract class MeteredTurn extends TurnScheduler.Taker {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final SessionLoop home;

  /** Null where nobody is asked who they are. */
  private final @Nullable TenantShare share;

  /** When the tenant may run again; null unless it is waited for. */
  private Loop.@Nullable Timer quotaTimer;

  /** Whether it waits for its turn or has it. */
  private boolean inRing;

  MeteredTurn(SessionLoop home, @Nullable TenantShare share) {
    this.home = home;
    this.share = share;
  }

  /** Whether there is something to do in a turn. */
  abstract boolean wantsTurn();

  /** Whether that runs the guest, and so waits for its tenant. */
  abstract boolean runsGuest();

  /** Whether it waits for its tenant for so long; if not, there is nothing left to do. */
  abstract boolean mayWait(long nowNanos, long waitNanos);

  /**
   * Does it, for as long as a turn may last.
   *
   * @return the loop's clock afterwards
   */
  abstract long run(long startNanos);

  /** Whose turns they are. */
  abstract Peer peer();

  /** Waits for a turn, if there is something to do in one. */
  final void becomeReady() {
    if (!inRing && wantsTurn() && !(isWaiting() && runsGuest())) {
      inRing = true;
      home.turns().add(this);
    }
  }

  /** Whether it waits for its turn or has it. */
  final boolean isInRing() {
    return inRing;
  }

  /** Whether it waits for its tenant. */
  final boolean isWaiting() {
    return quotaTimer != null;
  }

  /** Waits for its tenant no more. */
  final void stopWaiting() {
    if (quotaTimer != null) {
      quotaTimer.cancel();
      quotaTimer = null;
    }
  }

  @Override
  final long takeTurn(long startNanos) {
    assert home.loop().inLoop();
    if (share == null) {
      return run(startNanos);
    }
    long waitNanos = runsGuest() ? share.waitNanos(startNanos) : 0;
    if (waitNanos > 0) {
      waitForTenant(startNanos, waitNanos);
      return startNanos;
    }
    share.begin(home.guests());
    long end = startNanos;
    try {
      end = run(startNanos);
    } catch (RuntimeException | Error e) {
      end = home.loop().nanoTime();
      throw e;
    } finally { // The tenant's limits are nobody else's.
      share.end(home.guests(), end - startNanos, end);
    }
    return end;
  }

  private void waitForTenant(long now, long waitNanos) {
    if (mayWait(now, waitNanos)) {
      peer().pause(PauseReason.QUOTA);
      quotaTimer = home.loop().schedule(this::mayRunAgain, 1 + waitNanos / NANOS_PER_MILLI);
    }
  }

  private void mayRunAgain() {
    quotaTimer = null;
    peer().resume(PauseReason.QUOTA);
    becomeReady();
  }

  @Override
  void ended() {
    inRing = false;
    becomeReady();
  }
}
