package dev.mooring.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/**
 * Looks now and then how much a server has written, while it is under load; and tells what it wrote
 * in the middle of that time, when all sessions were open and all called. A thread of its own.
 */
final class BatchSampler implements AutoCloseable {
  private static final int EVERY_MILLIS = 50;
  private static final double NANOS_PER_SECOND = 1e9;

  /** So much of the time in which something was written is left out at either end. */
  private static final double EDGE = 0.3;

  private record Sample(long nanos, StoreIo io) {}

  private final ServerProcess server;
  private final List<Sample> samples = new ArrayList<>();
  private final Thread thread = Thread.ofPlatform().daemon().start(this::run);
  private volatile boolean stopping;

  BatchSampler(ServerProcess server) {
    this.server = server;
  }

  private void run() {
    try {
      while (!stopping) {
        StoreIo io = StoreIo.of(server);
        if (samples.isEmpty() || io.writes() > samples.getLast().io.writes()) {
          samples.add(new Sample(System.nanoTime(), io));
        }
        TimeUnit.MILLISECONDS.sleep(EVERY_MILLIS);
      }
    } catch (IOException | InterruptedException e) {
      samples.clear(); // Nothing is known then.
    }
  }

  /** How many batches it wrote in a second, and bytes. */
  record Rates(OptionalDouble batchesPerSecond, OptionalDouble bytesPerSecond) {}

  /** Ends, and tells. */
  Rates rates() {
    close();
    int first = (int) (EDGE * samples.size());
    int last = samples.size() - 1 - first;
    if (last <= first) {
      return new Rates(OptionalDouble.empty(), OptionalDouble.empty());
    }
    Sample from = samples.get(first);
    Sample to = samples.get(last);
    StoreIo written = to.io.since(from.io);
    double seconds = (to.nanos - from.nanos) / NANOS_PER_SECOND;
    return new Rates(
        OptionalDouble.of(written.writes() / seconds),
        OptionalDouble.of(written.bytes() / seconds));
  }

  @Override
  public void close() {
    stopping = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
