package dev.mooring.loadtest;

import java.time.Duration;

/**
 * Books what becomes of one event loop's calls: those of the window, and no others. Written by the
 * event loop.
 */
final class Tally {
  private final Recorders recorders = new Recorders();
  private final Window window;
  private final ErrorLog errors;
  private final String timedOut;

  /** Calls that may still be scheduled in the window; without a count, as good as endless. */
  private long budget;

  /**
   * @param count how many calls the window has
   * @param counted whether it has so many and no more
   */
  Tally(Window window, ErrorLog errors, Duration timeout, long count, boolean counted) {
    this.window = window;
    this.errors = errors;
    this.timedOut = "there was no answer within " + timeout.toMillis() + " ms";
    this.budget = counted ? count : Long.MAX_VALUE;
  }

  Recorders recorders() {
    return recorders;
  }

  /** Whether the window has all the calls that it should have. */
  boolean isSpent() {
    return budget == 0;
  }

  /** Whether one more call may be made: before the window they don't count. */
  boolean mayCall(long intendedNs) {
    return budget > 0 || !window.hasStarted(intendedNs);
  }

  void scheduled(long intendedNs) {
    if (window.covers(intendedNs)) {
      recorders.scheduledInWindow.add(1);
      budget--;
    }
  }

  /** An open loop's call came to its caller this late. */
  void lagged(long intendedNs, long now) {
    if (window.covers(intendedNs)) {
      Recorders.record(recorders.sendLag, now - intendedNs);
    }
  }

  void answered(long intendedNs, long sentNs, long answeredNs) {
    recorders.answered.add(1);
    recorders.lastAnswerNs.set(answeredNs);
    if (window.covers(intendedNs)) {
      recorders.answeredInWindow.add(1);
      Recorders.record(recorders.latency, answeredNs - intendedNs);
      Recorders.record(recorders.service, answeredNs - sentNs);
    }
  }

  void failed(long intendedNs, String code, String message) {
    if (window.covers(intendedNs)) {
      recorders.failedInWindow.add(1);
      errors.add(code, message);
    }
  }

  /** Nobody waits any more: the time that somebody did wait is part of the latency. */
  void gaveUp(long intendedNs, long now) {
    if (window.covers(intendedNs)) {
      Recorders.record(recorders.latency, now - intendedNs);
      failed(intendedNs, "TIMEOUT", timedOut);
    }
  }
}
