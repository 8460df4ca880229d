package dev.mooring.rate;

/**
 * So many units in a time, of which some may come at once.
 *
 * @param units how many; 0: there is no bound
 * @param periodNanos in how much time
 * @param burst how many may have been saved up; 1 at least, unless there is no bound
 */
public record Rate(long units, long periodNanos, long burst) {
  private static final long SECOND_NANOS = 1_000_000_000;

  public Rate {
    if (units < 0 || periodNanos < 1 || (units > 0 && burst < 1)) {
      throw new IllegalArgumentException(
          "%d in %d ns, %d at once".formatted(units, periodNanos, burst));
    }
  }

  /** So many in a second, of which a second's worth may come at once; 0: there is no bound. */
  public static Rate perSecond(long units) {
    return new Rate(units, SECOND_NANOS, units);
  }

  /** In how much time so many are earned, rounded up. */
  long nanos(long count) {
    return count / units * periodNanos + Math.ceilDiv(count % units * periodNanos, units);
  }
}
