package dev.mooring.loadtest;

import org.HdrHistogram.SingleWriterRecorder;

/**
 * What one event loop measures. It alone writes; the thread of the test takes the histograms of
 * each second away.
 */
final class Recorders {
  /** Three digits: a value is known to a thousandth of itself. */
  static final int DIGITS = 3;

  /** Longer times count as this long; a day. */
  static final long HIGHEST_NS = 86_400 * Ticks.SECOND;

  final SingleWriterRecorder latency = recorder();
  final SingleWriterRecorder service = recorder();
  final SingleWriterRecorder sendLag = recorder();
  final SingleWriterRecorder connect = recorder();
  final SingleWriterRecorder open = recorder();
  final SingleWriterRecorder firstReply = recorder();

  /** Answers that were results, whenever their call was scheduled. */
  final Counter answered = new Counter();

  /**
   * Calls of the window: those that were to be sent, those answered with a result, and with an
   * error or never.
   */
  final Counter scheduledInWindow = new Counter();

  final Counter answeredInWindow = new Counter();
  final Counter failedInWindow = new Counter();

  /** When the last result came, in {@link Ticks}. */
  final Counter lastAnswerNs = new Counter();

  final Counter opened = new Counter();

  /** Connections that came to nothing or were lost, other than with calls of theirs. */
  final Counter connectionsFailed = new Counter();

  /** Goes up and down. */
  final Counter openNow = new Counter();

  final Counter events = new Counter();
  final Counter bytesSent = new Counter();
  final Counter bytesReceived = new Counter();

  static void record(SingleWriterRecorder recorder, long nanos) {
    recorder.recordValue(Math.clamp(nanos, 0, HIGHEST_NS));
  }

  private static SingleWriterRecorder recorder() {
    return new SingleWriterRecorder(HIGHEST_NS, DIGITS);
  }
}
