package dev.mooring.loadtest;

/**
 * A caller's calls that have no answer yet, oldest first, as numbers in two arrays. Answers come in
 * the order of calls, so no call needs an id to be found.
 *
 * <p>Invariant: {@code head <= sent <= tail}, and {@code head <= givenUp <= tail}. Calls from head
 * to sent are at the server, those from sent to tail wait for the connection; those before givenUp
 * have been counted as never answered, and nobody waits for them any more.
 *
 * <p>One event loop.
 */
final class CallRing {
  private static final int FIRST_CAPACITY = 16;

  private long[] intendedNs = new long[FIRST_CAPACITY];
  private long[] sentNs = new long[FIRST_CAPACITY];
  private long head;
  private long sent;
  private long tail;
  private long givenUp;

  /** A call that should be sent at this moment. */
  void schedule(long intended) {
    if (tail - head == intendedNs.length) {
      grow();
    }
    intendedNs[at(tail++)] = intended;
    assert invariant();
  }

  /** Whether a call waits to be sent. */
  boolean hasWaiting() {
    return sent < tail;
  }

  /** Calls that wait to be sent. */
  int waiting() {
    return (int) (tail - sent);
  }

  /** Calls at the server. */
  int inFlight() {
    return (int) (sent - head);
  }

  /** The oldest call that waits goes to the server. */
  void send(long now) {
    sentNs[at(sent++)] = now;
    assert invariant();
  }

  /** When the oldest call at the server should have been sent. */
  long oldestIntendedNs() {
    return intendedNs[at(head)];
  }

  /** When it was sent. */
  long oldestSentNs() {
    return sentNs[at(head)];
  }

  /** Whether it was given up before. */
  boolean oldestIsGivenUp() {
    return head < givenUp;
  }

  /** The oldest call at the server has its answer, or will never have one. */
  void remove() {
    head++;
    givenUp = Math.max(givenUp, head);
    assert invariant();
  }

  /** Whether somebody still waits for any of them. */
  boolean hasAwaited() {
    return givenUp < tail;
  }

  /** When the oldest call that is awaited should have been sent. */
  long oldestAwaitedNs() {
    return intendedNs[at(givenUp)];
  }

  /** Nobody waits for the oldest awaited call any more. Its answer may still come. */
  void giveUp() {
    givenUp++;
    assert invariant();
  }

  private int at(long index) {
    return (int) index & intendedNs.length - 1;
  }

  private void grow() {
    int capacity = Math.multiplyExact(intendedNs.length, 2);
    var intended = new long[capacity];
    var sends = new long[capacity];
    for (long i = head; i < tail; i++) {
      intended[(int) i & capacity - 1] = intendedNs[at(i)];
      sends[(int) i & capacity - 1] = sentNs[at(i)];
    }
    intendedNs = intended;
    sentNs = sends;
  }

  private boolean invariant() {
    return head <= sent && sent <= tail && head <= givenUp && givenUp <= tail;
  }
}
