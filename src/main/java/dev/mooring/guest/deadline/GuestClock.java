package dev.mooring.guest.deadline;

import java.time.Instant;

/**
 * What time it is for guests, and for those who count how long they run.
 *
 * <p>Any thread.
 */
public interface GuestClock {
  /** The machine's. */
  GuestClock SYSTEM =
      new GuestClock() {
        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public long unixNanos() {
          Instant now = Instant.now();
          return now.getEpochSecond() * 1_000_000_000L + now.getNano();
        }
      };

  /** Nanoseconds from a point that stays the same while the process lives. */
  long nanoTime();

  /** The time of day, in nanoseconds since 1970. */
  long unixNanos();
}
