package dev.mooring.loadtest;

import dev.mooring.proto.CallWriter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.HexFormat;
import java.util.SplittableRandom;

/**
 * Writes a caller's calls to one connection, as many together as there are. Allocates nothing of
 * ours. One event loop.
 */
final class CallSender {
  /** Calls are written into buffers of about this size, each flushed as a whole. */
  private static final int BATCH_BYTES = 64 << 10;

  /** What a call needs beside its input and its arguments: more than enough. */
  private static final int ENVELOPE_BYTES = 48;

  private static final int ARGUMENT_BYTES = 13;
  private static final int TRACEPARENT_BYTES = 57;

  private final LoadLoop loop;
  private final CallRing calls;
  private long nextId = 1;

  /** How many calls may be unanswered. */
  private int pipeline;

  /** How many this connection may still carry. */
  private int left;

  CallSender(LoadLoop loop, CallRing calls) {
    this.loop = loop;
    this.calls = calls;
    this.pipeline = loop.pipeline();
    int limit = loop.plan().callsPerConnection();
    this.left = limit == 0 ? Integer.MAX_VALUE : limit;
  }

  /** About what a call takes in a frame whose input is so long, in bytes. */
  static long callBytes(int inputBytes) {
    return (long) inputBytes + ENVELOPE_BYTES;
  }

  /** Has no more calls unanswered than so many. */
  void narrow(int most) {
    pipeline = Math.min(pipeline, most);
  }

  /** Whether the connection has carried as many calls as it should. */
  boolean isSpent() {
    return left == 0;
  }

  /**
   * Sends as many calls as there are and the connection takes.
   *
   * @return whether there were any
   */
  boolean send(Channel to, CallMix mix, long now) {
    boolean sent = false;
    while (to.isWritable() && hasNext(now)) {
      writeBatch(to, mix, now);
      to.flush();
      sent = true;
    }
    return sent;
  }

  private boolean hasNext(long now) {
    return left > 0 && calls.inFlight() < pipeline && (calls.hasWaiting() || loop.mayCall(now));
  }

  private void writeBatch(Channel to, CallMix mix, long now) {
    int room = Math.min(pipeline - calls.inFlight(), left);
    if (loop.isOpenLoop()) {
      room = Math.min(room, calls.waiting());
    }
    long expected = room * callBytes(loop.payloads().longestBytes());
    ByteBuf out = to.alloc().directBuffer((int) Math.min(expected, BATCH_BYTES));
    while (hasNext(now) && out.readableBytes() < BATCH_BYTES) {
      if (calls.hasWaiting()) {
        loop.departed();
      } else {
        // A closed loop: the call is due now, since nothing kept it from being sent before.
        loop.tally().scheduled(now);
        calls.schedule(now);
      }
      write(mix.next(loop.random()), out);
      calls.send(now);
      left--;
    }
    loop.recorders().bytesSent.add(out.readableBytes());
    to.write(out, to.voidPromise());
  }

  private void write(CallMix.Bound call, ByteBuf out) {
    ByteBuf input = call.input == null ? loop.payloads().next() : call.input;
    int arguments = call.values.length;
    String traceparent = isTraced() ? newTrace() : "";
    out.ensureWritable(
        input.readableBytes()
            + ENVELOPE_BYTES
            + ARGUMENT_BYTES * arguments
            + (traceparent.isEmpty() ? 0 : TRACEPARENT_BYTES));
    CallWriter.writeCall(
        out, nextId++, call.index, call.values, call.types, arguments, input, 0, traceparent);
  }

  private boolean isTraced() {
    int every = loop.plan().traced();
    return every > 0 && nextId % every == 0;
  }

  /** A trace of its own, which is sampled. */
  private String newTrace() {
    SplittableRandom random = loop.random();
    HexFormat hex = HexFormat.of();
    return "00-"
        + hex.toHexDigits(random.nextLong() | 1)
        + hex.toHexDigits(random.nextLong())
        + "-"
        + hex.toHexDigits(random.nextLong() | 1)
        + "-01";
  }
}
