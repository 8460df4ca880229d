package dev.mooring.transport;

/**
 * So many in a second, of which a second's worth is there at the beginning. The clock is read only
 * when those have been used.
 *
 * <p>Event loop only.
 */
public final class Allowance {
  private static final long SECOND_NANOS = 1_000_000_000;

  private final int perSecond;
  private long left;
  private long filledAtNanos;

  /**
   * A full one.
   *
   * @param perSecond 0: there is no bound
   */
  public Allowance(int perSecond, long nowNanos) {
    this.perSecond = perSecond;
    this.left = perSecond;
    this.filledAtNanos = nowNanos;
  }

  /** Takes one; says whether there was one. */
  public boolean take() {
    if (left > 0 || perSecond == 0) {
      left--;
      return true;
    }
    return takeAt(System.nanoTime());
  }

  /** As {@link #take} when all have been used. */
  public boolean takeAt(long nowNanos) {
    long passedNanos = Math.min(nowNanos - filledAtNanos, SECOND_NANOS);
    long earned = passedNanos * perSecond / SECOND_NANOS;
    if (earned == 0) {
      return false;
    }
    filledAtNanos = nowNanos;
    left = earned - 1;
    return true;
  }
}
