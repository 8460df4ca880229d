package dev.mooring.bench;

import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Finds out what a heavy call must be asked for to take as long as it should, from a server that
 * has nothing else to do.
 */
final class HeavyWork extends LoadSession {
  static final String MODULE = "kernels";
  static final String FUNCTION = "run_sha";

  private static final int PROBE_KIB = 500;

  /** The first half is for the compiler, and may be stopped. */
  private static final int PROBES = 80;

  private static final int LIMIT_SECONDS = 60;

  private final long wantedNanos;
  private final CompletableFuture<Integer> found = new CompletableFuture<>();
  private final Samples nanos = new Samples();
  private int probes;
  private long sentNanos;

  private HeavyWork(long wantedNanos) {
    super(MODULE);
    this.wantedNanos = wantedNanos;
  }

  /** How many KiB a call takes so long for; waits for the answer. */
  static int find(LoadLoop loop, long wantedNanos) throws Exception {
    var probe = new HeavyWork(wantedNanos);
    probe.start(loop);
    return probe.found.get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  void opened() {
    probe();
  }

  private void probe() {
    ByteBuf out = channel().alloc().ioBuffer();
    sentNanos = System.nanoTime();
    writeCall(out, function(FUNCTION), PROBE_KIB);
    send(out);
  }

  @Override
  void result(long id, ByteBuf body, int at, int length) {
    if (probes >= PROBES / 2) {
      nanos.add((double) (System.nanoTime() - sentNanos));
    }
    next();
  }

  @Override
  void error(Error error) {
    if (error.getId() == 0 || error.getCode() != ErrorCode.DEADLINE_EXCEEDED) {
      found.completeExceptionally(new IllegalStateException("a probe failed: " + error));
    } else {
      next();
    }
  }

  private void next() {
    if (++probes < PROBES) {
      probe();
    } else if (nanos.isEmpty()) {
      found.completeExceptionally(new IllegalStateException("every probe was stopped"));
    } else {
      found.complete((int) (PROBE_KIB * wantedNanos / nanos.median()));
      close();
    }
  }

  @Override
  void closed() {
    found.completeExceptionally(new IllegalStateException("a probe's session ended too soon"));
  }
}
