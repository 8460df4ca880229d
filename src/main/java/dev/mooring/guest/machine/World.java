package dev.mooring.guest.machine;

import dev.mooring.guest.call.WorldRecording;
import dev.mooring.guest.deadline.GuestClock;
import dev.mooring.guest.intake.FixedInput;
import java.security.SecureRandom;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * What of the outside a guest sees, beside what its session brings.
 *
 * @param fixed what of it is the same for every session: a guest that asks for it is like the
 *     others still
 */
public record World(GuestClock clock, RandomGenerator random, Set<FixedInput> fixed) {
  /** The time at which the fixed clock stands: 2000-01-01T00:00:00Z. */
  public static final long FIXED_UNIX_NANOS = 946_684_800_000_000_000L;

  /** Early, so that time never goes back; but not 0, which Go's runtime takes for a failure. */
  public static final long FIXED_MONOTONIC_NANOS = 1;

  private static final GuestClock STANDING =
      new GuestClock() {
        @Override
        public long nanoTime() {
          return FIXED_MONOTONIC_NANOS;
        }

        @Override
        public long unixNanos() {
          return FIXED_UNIX_NANOS;
        }
      };

  public World {
    fixed = Set.copyOf(fixed);
  }

  /** A session's: nothing is fixed, and nobody can tell its random numbers. */
  public static World live(GuestClock clock) {
    return new World(clock, new SecureRandom(), Set.of());
  }

  /** A session's, of which each call's part is noted. */
  public static World recorded(WorldRecorder recorder) {
    return new World(recorder, recorder, Set.of());
  }

  /** What one call saw, for one call to see again. */
  public static World replayed(WorldRecording recording) {
    return new World(new WorldReplay(recording), new DigestRandom(recording.seed()), Set.of());
  }

  /**
   * An initialisation's that is for all sessions.
   *
   * @param clock in case that the clock isn't fixed
   * @param digest the module's, from which fixed random numbers follow
   */
  public static World forAll(GuestClock clock, String digest, Set<FixedInput> fixed) {
    return new World(
        fixed.contains(FixedInput.CLOCK) ? STANDING : clock,
        fixed.contains(FixedInput.RANDOM) ? new DigestRandom(digest) : new SecureRandom(),
        fixed);
  }
}
