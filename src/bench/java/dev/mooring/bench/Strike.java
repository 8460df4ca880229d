package dev.mooring.bench;

/** A server was ended: how long its clients had to wait. Thread-safe. */
final class Strike {
  private static final double NANOS_PER_MILLI = 1e6;

  private final long beganNanos = System.nanoTime();
  private final Samples sinceBegan = new Samples();
  private final Samples away = new Samples();

  /** A client has its first answer from elsewhere. */
  synchronized void answered(long now) {
    sinceBegan.add((now - beganNanos) / NANOS_PER_MILLI);
  }

  /** A client's session goes on elsewhere. */
  synchronized void resumed(long awaySince, long now) {
    away.add((now - awaySince) / NANOS_PER_MILLI);
  }

  synchronized int count() {
    return away.count();
  }

  /** From the strike to a client's first answer, in milliseconds. */
  synchronized void addSinceBegan(Samples to) {
    to.addAll(sinceBegan);
  }

  /** From the end of a client's connection to when its session went on, in milliseconds. */
  synchronized void addAway(Samples to) {
    to.addAll(away);
  }
}
