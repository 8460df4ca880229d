package dev.mooring.bench;

/** A server was ended: how long its clients had to wait. Thread-safe. */
final class Strike {
  private static final double NANOS_PER_MILLI = 1e6;

  private final long beganNanos = System.nanoTime();
  private final Samples sinceBegan = new Samples();
  private final Samples waited = new Samples();

  /** A client has its first answer from elsewhere, to a call that it made at {@code called}. */
  synchronized void answered(long called, long now) {
    sinceBegan.add((now - beganNanos) / NANOS_PER_MILLI);
    waited.add((now - called) / NANOS_PER_MILLI);
  }

  synchronized int count() {
    return waited.count();
  }

  /** From the strike to a client's first answer, in milliseconds. */
  synchronized void addSinceBegan(Samples to) {
    to.addAll(sinceBegan);
  }

  /** How long a client waited for that answer, in milliseconds. */
  synchronized void addWaited(Samples to) {
    to.addAll(waited);
  }
}
