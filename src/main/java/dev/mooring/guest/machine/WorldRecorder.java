package dev.mooring.guest.machine;

import dev.mooring.guest.call.WorldRecording;
import dev.mooring.guest.deadline.GuestClock;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Clock and random numbers of an event loop's guests, which notes what the call that runs saw of
 * them. Random numbers follow from a seed for each call, which nobody can guess: so however many
 * there are, the seed is all that there is to note.
 *
 * <p>Event loop only, but for the constructor.
 */
public final class WorldRecorder implements GuestClock, RandomGenerator {
  private static final int SEED_BYTES = 32;
  private static final byte[] NO_SEED = {};

  private final GuestClock clock;
  private final SecureRandom seeds = new SecureRandom();
  private final Readings unix = new Readings();
  private final Readings monotonic = new Readings();
  private byte[] seed = NO_SEED;
  private @Nullable DigestRandom random;

  /** What one clock said during a call; of so many times no more than may be noted. */
  private static final class Readings {
    private long[] nanos = new long[16];
    private int count;
    private boolean isCut;

    long note(long reading) {
      if (count == WorldRecording.MOST_READINGS) {
        isCut = true;
        return reading;
      }
      if (count == nanos.length) {
        nanos = Arrays.copyOf(nanos, 2 * count);
      }
      nanos[count++] = reading;
      return reading;
    }

    long[] all() {
      return Arrays.copyOf(nanos, count);
    }

    void clear() {
      count = 0;
      isCut = false;
    }
  }

  /** Of what a clock says; nothing is noted yet. */
  public WorldRecorder(GuestClock clock) {
    this.clock = clock;
  }

  /** A call begins: what was noted of the last one is forgotten. */
  void begin() {
    unix.clear();
    monotonic.clear();
    seed = NO_SEED;
    random = null;
  }

  /** What the call that ran last saw. */
  public WorldRecording recording() {
    return new WorldRecording(seed, unix.all(), monotonic.all(), !unix.isCut && !monotonic.isCut);
  }

  @Override
  public long nanoTime() {
    return monotonic.note(clock.nanoTime());
  }

  @Override
  public long unixNanos() {
    return unix.note(clock.unixNanos());
  }

  @Override
  public long nextLong() {
    return random().nextLong();
  }

  @Override
  public void nextBytes(byte[] bytes) {
    random().nextBytes(bytes);
  }

  private DigestRandom random() {
    DigestRandom known = random;
    if (known == null) {
      seed = new byte[SEED_BYTES];
      seeds.nextBytes(seed);
      known = new DigestRandom(seed);
      random = known;
    }
    return known;
  }
}
