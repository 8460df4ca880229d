package dev.mooring.guest.call;

/**
 * What one call saw of clocks and random numbers: all that it takes to let it see the same again.
 * The arrays are shared, and nobody writes to them.
 *
 * @param seed what its random numbers follow from; empty if it asked for none
 * @param unixNanos the time of day in nanoseconds since 1970, as often as it asked, in order
 * @param monotonicNanos what the other clocks said in nanoseconds, likewise
 * @param isWhole whether that is each time that it asked: no more than {@link #MOST_READINGS} are
 *     noted of either
 */
@SuppressWarnings("ArrayRecordComponent")
public record WorldRecording(
    byte[] seed, long[] unixNanos, long[] monotonicNanos, boolean isWhole) {
  /** So often a call may ask for the time, of each kind, until it isn't noted any more. */
  public static final int MOST_READINGS = 16_384;

  /** Of a call that asked for nothing. */
  public static final WorldRecording EMPTY =
      new WorldRecording(new byte[0], new long[0], new long[0], true);
}
