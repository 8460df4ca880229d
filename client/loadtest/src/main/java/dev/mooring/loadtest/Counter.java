package dev.mooring.loadtest;

import java.util.concurrent.atomic.AtomicLong;

/** A number that one thread counts up and any thread may read: without the cost of a fence. */
final class Counter {
  private final AtomicLong value = new AtomicLong();

  /** The one thread. */
  void add(long amount) {
    value.lazySet(value.getPlain() + amount);
  }

  /** The one thread. */
  void set(long number) {
    value.lazySet(number);
  }

  /** Any thread; never behind by more than a moment. */
  long get() {
    return value.get();
  }
}
