package dev.mooring.module;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Compiles as the server does, writes down what, and fails when it is told to. */
final class TestCompiler implements ModuleShelf.Compiler, AutoCloseable {
  private final GuestRuntime runtime = new GuestRuntime(1 << 20);
  private final Queue<Throwable> failures = new ArrayDeque<>();

  /** The digests of what it was given, in order. */
  final List<String> compiled = Collections.synchronizedList(new ArrayList<>());

  /** A module with nothing in it but a custom section of its own. */
  static byte[] module(char letter) {
    return new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0, 0, 2, 1, (byte) letter};
  }

  /** The next that is compiled fails so. */
  synchronized void failNext(Throwable failure) {
    failures.add(failure);
  }

  private synchronized @Nullable Throwable nextFailure() {
    return failures.poll();
  }

  @Override
  public GuestModule compile(byte[] bytes, ModuleOptions options) throws ModuleRefused {
    compiled.add(GuestModule.digest(bytes));
    switch (nextFailure()) {
      case null -> {}
      case ModuleRefused refused -> throw refused;
      case RuntimeException exception -> throw exception;
      case Error error -> throw error;
      case Throwable other -> throw new IllegalArgumentException(other);
    }
    return GuestModule.compile(bytes, options, runtime);
  }

  @Override
  public void close() {
    runtime.close();
  }
}
