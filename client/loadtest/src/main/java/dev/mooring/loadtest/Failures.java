package dev.mooring.loadtest;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The first reason to give the whole test up. Any thread. */
final class Failures {
  private final AtomicReference<@Nullable LoadFailure> first = new AtomicReference<>();

  void add(LoadFailure failure) {
    first.compareAndSet(null, failure);
  }

  /** Throws it, if there is one. */
  void check() {
    LoadFailure failure = first.get();
    if (failure != null) {
      throw failure;
    }
  }
}
