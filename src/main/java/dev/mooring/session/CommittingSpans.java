package dev.mooring.session;

import java.util.ArrayDeque;

/**
 * Spans of a session's calls that have run, until what they did is safe.
 *
 * <p>Event loop only.
 */
final class CommittingSpans {
  /** So many wait; the oldest of more ends early. */
  static final int MOST = 64;

  /** Its turn hasn't ended: which write it waits for isn't known. */
  private static final long UNKNOWN = Long.MAX_VALUE;

  private final ArrayDeque<Committing> spans = new ArrayDeque<>(2);

  private record Committing(CallTracer.TracedCall span, long write) {}

  /** A call has run. */
  void add(CallTracer.TracedCall span) {
    if (spans.size() == MOST) {
      spans.remove().span().end();
    }
    spans.add(new Committing(span, UNKNOWN));
  }

  /** What has run until now is safe when this write is. */
  void waitFor(long write) {
    var unknown = new ArrayDeque<CallTracer.TracedCall>();
    while (!spans.isEmpty() && spans.getLast().write() == UNKNOWN) {
      unknown.push(spans.removeLast().span());
    }
    unknown.forEach(span -> spans.add(new Committing(span, write)));
  }

  /** A write is safe. */
  void safe(long write) {
    while (!spans.isEmpty() && spans.getFirst().write() <= write) {
      spans.remove().span().end();
    }
  }

  /** Nothing is waited for any more. */
  void endAll() {
    spans.forEach(committing -> committing.span().end());
    spans.clear();
  }
}
