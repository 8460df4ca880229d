package dev.mooring.guest.machine;

import dev.mooring.guest.call.WorldRecording;
import dev.mooring.guest.deadline.GuestClock;

/**
 * Lets a call see of clocks what another one saw. Once it has seen all of that, time goes on from
 * there as it does here.
 *
 * <p>One thread.
 */
final class WorldReplay implements GuestClock {
  private final Readings unix;
  private final Readings monotonic;

  /** What one clock is to say. */
  private static final class Readings {
    private final long[] nanos;
    private int next;
    private long lastAtNanos;

    Readings(long[] nanos) {
      this.nanos = nanos;
    }

    long next(long hereNanos, long nowNanos) {
      if (next < nanos.length) {
        lastAtNanos = nowNanos;
        return nanos[next++];
      }
      return next == 0 ? hereNanos : nanos[next - 1] + nowNanos - lastAtNanos;
    }
  }

  WorldReplay(WorldRecording recording) {
    unix = new Readings(recording.unixNanos());
    monotonic = new Readings(recording.monotonicNanos());
  }

  @Override
  public long nanoTime() {
    long now = GuestClock.SYSTEM.nanoTime();
    return monotonic.next(now, now);
  }

  @Override
  public long unixNanos() {
    return unix.next(GuestClock.SYSTEM.unixNanos(), GuestClock.SYSTEM.nanoTime());
  }
}
