package dev.mooring.bench;

import dev.mooring.proto.v1.Error;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sessions that each call an echo of 64 bytes at fixed times, whether or not the last call was
 * answered, all of them evenly spread. A call's latency begins when it was due, so a late send
 * counts as the server's until {@link Measured#lags} says otherwise.
 *
 * <p>Used from one thread, and runs on its loop's.
 */
final class LightLoad implements AutoCloseable {
  static final int SESSIONS = 200;
  static final int CALLS_PER_SECOND = 20;

  private static final int PAYLOAD_BYTES = 64;
  private static final int HEADER_BYTES = 32;
  private static final long STEP_NANOS = TimeUnit.SECONDS.toNanos(1) / CALLS_PER_SECOND / SESSIONS;
  private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int OPEN_SECONDS = 30;
  private static final double NANOS_PER_MILLI = 1e6;

  private final LoadLoop loop;
  private final Light[] sessions = new Light[SESSIONS];
  private final CompletableFuture<Void> allOpen = new CompletableFuture<>();
  private final Runnable sendDue = this::sendDue;
  private final CompletableFuture<Measured> measured = new CompletableFuture<>();
  private int open;

  // Of the measurement.
  private long firstNanos;
  private long calls;
  private long next;
  private long answered;
  private long failed;
  private long wrong;
  private long[] latencyNanos = {};
  private long[] lagNanos = {};

  /** Opens the sessions, and waits until all are open. */
  LightLoad(LoadLoop loop) throws Exception {
    this.loop = loop;
    for (int i = 0; i < SESSIONS; i++) {
      sessions[i] = new Light(i);
      sessions[i].start(loop);
    }
    allOpen.get(OPEN_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * What came of a load.
   *
   * @param latencies of the calls that were answered as they should, in milliseconds
   * @param lags how late each call was sent, in milliseconds
   * @param failed calls that were not answered, or with an error, or wrongly
   * @param wrong those that were answered with other bytes than were sent
   */
  record Measured(Samples latencies, Samples lags, long failed, long wrong) {}

  /** Calls for so long, and waits for the last answers. Once. */
  Measured measure(int millis) throws Exception {
    calls = TimeUnit.MILLISECONDS.toNanos(millis) / STEP_NANOS;
    latencyNanos = new long[(int) calls];
    lagNanos = new long[(int) calls];
    firstNanos = System.nanoTime() + LEAD_NANOS;
    loop.thread().execute(sendDue);
    return measured.get();
  }

  private void sendDue() {
    long now = System.nanoTime();
    while (next < calls && dueNanos(next) <= now) {
      int call = (int) next++;
      sessions[call % SESSIONS].call(call);
      long sent = System.nanoTime();
      lagNanos[call] = sent - dueNanos(call);
      now = sent;
    }
    if (next < calls) {
      loop.thread().schedule(sendDue, dueNanos(next) - now, TimeUnit.NANOSECONDS);
    } else {
      awaitAnswers(now + GRACE_NANOS);
    }
  }

  private long dueNanos(long call) {
    return firstNanos + call * STEP_NANOS;
  }

  private void awaitAnswers(long untilNanos) {
    if (answered + failed < calls && System.nanoTime() < untilNanos) {
      loop.thread().schedule(() -> awaitAnswers(untilNanos), 1, TimeUnit.MILLISECONDS);
      return;
    }
    // Whatever has neither been answered nor failed never will.
    measured.complete(
        new Measured(
            millis(latencyNanos, answered), millis(lagNanos, calls), calls - answered, wrong));
  }

  private static Samples millis(long[] nanos, long count) {
    var samples = new Samples();
    for (int i = 0; i < count; i++) {
      samples.add(nanos[i] / NANOS_PER_MILLI);
    }
    return samples;
  }

  @Override
  public void close() {
    for (Light session : sessions) {
      session.close().awaitUninterruptibly();
    }
  }

  /** One session; its calls' ids are 1, 2, 3, ... */
  private final class Light extends LoadSession {
    private final int index;
    private final ByteBuf payload = Unpooled.buffer(PAYLOAD_BYTES).writeZero(PAYLOAD_BYTES);
    private int echo;

    Light(int index) {
      super("page17");
      this.index = index;
    }

    @Override
    void opened() {
      echo = function("echo");
      if (++open == SESSIONS) {
        allOpen.complete(null);
      }
    }

    void call(int call) {
      if (!isOpen()) {
        failed++;
        return;
      }
      payload.setInt(0, call);
      payload.setInt(PAYLOAD_BYTES - Integer.BYTES, ~call);
      ByteBuf out = channel().alloc().ioBuffer(PAYLOAD_BYTES + HEADER_BYTES);
      writeCall(out, echo, payload);
      send(out);
    }

    @Override
    void result(long id, ByteBuf body, int at, int length) {
      int call = (int) (id - 1) * SESSIONS + index;
      if (length != PAYLOAD_BYTES
          || body.getInt(at) != call
          || body.getInt(at + PAYLOAD_BYTES - Integer.BYTES) != ~call) {
        wrong++;
        failed++;
        return;
      }
      latencyNanos[(int) answered++] = System.nanoTime() - dueNanos(call);
    }

    @Override
    void error(Error error) {
      if (error.getId() != 0) {
        failed++;
      }
    }

    @Override
    void closed() {
      allOpen.completeExceptionally(new IllegalStateException("a light session ended too soon"));
    }
  }
}
