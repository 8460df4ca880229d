package dev.mooring.bench;

import dev.mooring.bench.MooringEngine.Loaded;
import dev.mooring.guest.Space;
import dev.mooring.guest.call.CallOutcome;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;

/**
 * What is measured of calls that only Mooring has: those that can be undone, and are.
 *
 * <p>One thread. Each method is one sample.
 */
final class Calls {
  private static final int CALLS_PER_LOOK = 256;
  private static final int PAYLOAD_BYTES = 64;
  private static final double NANOS_PER_MILLI = 1e6;

  private final MooringEngine engine;
  private final byte[] wasm;
  private final ByteBuf payload = Unpooled.buffer(PAYLOAD_BYTES);
  private final Map<String, Called> called = new HashMap<>();

  /** Of rollbacks. */
  private int samples;

  Calls(MooringEngine engine, byte[] wasm) {
    this.engine = engine;
    this.wasm = wasm;
    for (int i = 0; i < PAYLOAD_BYTES; i++) {
      payload.writeByte(i);
    }
  }

  /** A function, and the space that it is called in. */
  private record Called(Loaded guest, Space space) {}

  private Called called(String function) throws Exception {
    Called found = called.get(function);
    if (found == null) {
      Loaded guest = engine.load(wasm, function);
      found = new Called(guest, guest.open());
      called.put(function, found);
    }
    return found;
  }

  /** Some calls. */
  private interface Batch {
    void run();
  }

  /** Nanoseconds a call, over batches of {@link #CALLS_PER_LOOK}. */
  private static double nanos(int millis, Batch batch) {
    long start = System.nanoTime();
    long end = start + (long) (millis * NANOS_PER_MILLI);
    long now = start;
    long calls = 0;
    while (now < end) {
      batch.run();
      calls += CALLS_PER_LOOK;
      now = System.nanoTime();
    }
    return (double) (now - start) / calls;
  }

  double echoNanos(int millis) throws Exception {
    Called echo = called("echo");
    return nanos(millis, () -> echo(echo, CALLS_PER_LOOK));
  }

  private void echo(Called echo, int count) {
    for (int i = 0; i < count; i++) {
      CallOutcome outcome = echo.guest.run(echo.space, payload, 0);
      if (!outcome.committed() || echo.guest.output().readableBytes() != PAYLOAD_BYTES) {
        throw new IllegalStateException("an echo ended as " + outcome);
      }
    }
    if (!echo.guest.output().equals(payload)) {
      throw new IllegalStateException("an echo differs from what was sent");
    }
  }

  double bytesPerEcho(int count) throws Exception {
    Called echo = called("echo");
    echo(echo, count / 10);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    echo(echo, count);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    return (double) allocated / count;
  }

  double touchNanos(int pages, int millis) throws Exception {
    Called touch = called("touch");
    return nanos(
        millis,
        () -> {
          for (int i = 0; i < CALLS_PER_LOOK; i++) {
            touch.guest.call(touch.space, pages);
          }
        });
  }

  double rollbackNanos(int pages, int millis) throws Exception {
    Called trap = called("touch_and_trap");
    double nanos =
        nanos(
            millis,
            () -> {
              for (int i = 0; i < CALLS_PER_LOOK; i++) {
                CallOutcome outcome = trap.guest.run(trap.space, Unpooled.EMPTY_BUFFER, pages);
                if (!(outcome instanceof CallOutcome.Trapped)) {
                  throw new IllegalStateException("a call that traps ended as " + outcome);
                }
              }
            });
    // The only one of these calls in this space that commits; if none of the others did, and each
    // sample before made one such call, the first page was written to as often as there were
    // samples.
    samples++;
    long first = trap.guest.with("touch").call(trap.space, 1);
    if (first != samples) {
      throw new IllegalStateException("of a call that trapped, something stayed");
    }
    return nanos;
  }
}
