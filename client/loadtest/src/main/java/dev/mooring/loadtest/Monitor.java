package dev.mooring.loadtest;

/** Hears how a test goes, about once a second, on the thread that runs it. */
public interface Monitor {
  /** Hears nothing. */
  Monitor NONE = _ -> {};

  /** What a test is doing. */
  enum Phase {
    CONNECTING,
    WARMING_UP,
    MEASURING,
    DRAINING
  }

  /**
   * The last moments.
   *
   * @param elapsedSeconds of this phase
   * @param totalSeconds of this phase; 0 if nobody knows
   * @param p99Us 0 when nothing was measured
   */
  record Moment(
      Phase phase,
      double elapsedSeconds,
      double totalSeconds,
      double perSecond,
      double p99Us,
      long openConnections,
      long errors) {}

  void moment(Moment moment);
}
