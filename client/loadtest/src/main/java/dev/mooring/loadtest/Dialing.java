package dev.mooring.loadtest;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Queue;

/** Lets callers connect, so many at a time. One event loop. */
final class Dialing {
  private final EventLoop eventLoop;
  private final int atMost;
  private final Queue<Caller> waiting = new ArrayDeque<>();
  private int connecting;

  Dialing(EventLoop eventLoop, int atMost) {
    this.eventLoop = eventLoop;
    this.atMost = Math.max(1, atMost);
  }

  /** The caller connects when it is its turn. */
  void enqueue(Caller caller) {
    waiting.add(caller);
    connectNext();
  }

  /** The same, but not yet. */
  void enqueueLater(Caller caller, long delayNs) {
    if (delayNs == 0) {
      enqueue(caller);
    } else {
      eventLoop.schedule(() -> enqueue(caller), delayNs, NANOSECONDS);
    }
  }

  /** An attempt has come to its end, good or bad. */
  void attemptEnded() {
    connecting--;
    connectNext();
  }

  private void connectNext() {
    Caller next;
    while (connecting < atMost && (next = waiting.poll()) != null) {
      if (next.connect()) {
        connecting++;
      }
    }
  }
}
