package dev.mooring.session;

/** Who is told how long calls take. Event loops tell it; it must not hold them up. */
public interface CallTimings {
  /** Of so many calls one is timed, so that no clock is read for most. A power of two. */
  int EVERY = 64;

  /**
   * So many are timed on an event loop in a quarter of a second; more would cost more, and tell no
   * more.
   */
  int MOST_PER_TICK = 250;

  /**
   * A call has ended, however.
   *
   * @param module the name of its session's module
   * @param waitedNanos how long it waited for its turn
   * @param ranNanos how long it ran
   */
  void took(String module, long waitedNanos, long ranNanos);
}
