package dev.mooring.client;

import dev.mooring.client.Outgoing.PendingCall;
import dev.mooring.client.Outgoing.PendingPing;
import dev.mooring.proto.CallWriter;
import dev.mooring.proto.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The calls and pings that the server owes an answer to. Writes them, since only what is written is
 * owed, and finds them again when they are answered.
 *
 * <p>Invariant: the calls are in ascending order of their ids, which is the order in which they
 * were written and in which they will be answered. On the session's event loop.
 */
final class Unanswered {
  /** We send no larger message, whatever the server says that it reads. */
  private static final int LARGEST_MESSAGE_BYTES = 1 << 30;

  private final CallWindow window;
  private final int maxMessageBytes;
  private final Deque<PendingCall> calls = new ArrayDeque<>();
  private final Queue<PendingPing> pings = new ArrayDeque<>();

  /** Calls up to this one were another program's; unsigned. */
  private final long lastForeignId;

  private long lastCallId;
  private long lastPingToken;

  /** The last call that a server which goes away will serve; unsigned. */
  private long lastServedId = -1;

  private @Nullable MooringException goAway;

  /** The arguments of the call that is being written. */
  private long[] argumentBits = new long[8];

  private byte[] argumentTypes = new byte[8];

  /**
   * @param window where calls give back their room
   * @param frameBytes the longest message that the server reads; 0 if it doesn't say
   * @param lastForeignId the last call of the program that had the session before; 0 if none had
   */
  Unanswered(CallWindow window, long frameBytes, long lastForeignId) {
    this.window = window;
    this.lastForeignId = lastForeignId;
    this.lastCallId = lastForeignId;
    this.maxMessageBytes =
        frameBytes == 0 ? LARGEST_MESSAGE_BYTES : (int) Math.min(frameBytes, LARGEST_MESSAGE_BYTES);
  }

  boolean isEmpty() {
    return calls.isEmpty() && pings.isEmpty();
  }

  boolean hasCalls() {
    return !calls.isEmpty();
  }

  /**
   * Writes a call, unless nobody waits for it any more, or it can't be sent. One that was written
   * before keeps its id.
   */
  void send(PendingCall call, ByteBuf out) {
    if (goAway != null) {
      drop(call, goAway);
    } else if (call.isDone()) {
      settle(call);
    } else if (call.request.inputLength() > maxMessageBytes) {
      drop(call, tooLarge());
    } else {
      int before = out.writerIndex();
      long id = call.id == 0 ? lastCallId + 1 : call.id;
      encode(id, call, out);
      if (out.writerIndex() - before > Frames.frameBytes(maxMessageBytes)) {
        out.writerIndex(before);
        drop(call, tooLarge());
      } else {
        if (call.id == 0) {
          lastCallId = id;
          call.id = id;
        }
        calls.add(call);
      }
    }
  }

  void send(PendingPing ping, ByteBuf out) {
    ping.token = ++lastPingToken;
    ping.sentNanos = System.nanoTime();
    pings.add(ping);
    Frames.write(out, Translation.ping(ping.token));
  }

  /** Asks the server to leave a call out, if that can still make a difference. */
  void cancel(PendingCall call, ByteBuf out) {
    if (call.id != 0 && !call.settled) {
      Frames.write(out, Translation.cancel(call.id));
    }
  }

  /**
   * Another connection goes on after a call: those behind it didn't happen, and are to be written
   * again. The others are owed still.
   */
  void takeBack(long committedId, Outbox outbox) {
    PendingCall last;
    while ((last = calls.peekLast()) != null && Long.compareUnsigned(last.id, committedId) > 0) {
      calls.removeLast();
      outbox.putBack(last);
    }
  }

  /**
   * The call that an answer is for, which must be the oldest. Its room is free again.
   *
   * @return null if it was another program's
   */
  @Nullable PendingCall take(long id) throws ProtocolViolation {
    PendingCall call = calls.peek();
    if (call == null || call.id != id) {
      if (Long.compareUnsigned(id, lastForeignId) <= 0) {
        return null;
      }
      throw new ProtocolViolation(
          "call %s was answered, expected %s"
              .formatted(Long.toUnsignedString(id), call == null ? "no answer" : call.id));
    }
    calls.remove();
    settle(call);
    return call;
  }

  /** Completes the ping that an answer is for, which must be the oldest. */
  void pong(long token) throws ProtocolViolation {
    PendingPing ping = pings.peek();
    if (ping == null || ping.token != token) {
      throw new ProtocolViolation(
          "a pong carries %s, expected %s"
              .formatted(Long.toUnsignedString(token), ping == null ? "none" : ping.token));
    }
    pings.remove();
    ping.complete(Duration.ofNanos(System.nanoTime() - ping.sentNanos));
  }

  /** The server serves no later call: no other is sent, and those that were will be refused. */
  void goAway(long lastServedId, MooringException why) {
    this.lastServedId = lastServedId;
    this.goAway = why;
  }

  /** Whether every call is answered that the server has to serve: then it may say goodbye. */
  boolean isServed() {
    PendingCall oldest = calls.peek();
    return oldest == null || Long.compareUnsigned(oldest.id, lastServedId) > 0;
  }

  /** No answer will come any more. */
  void failAll(MooringException why) {
    PendingCall call;
    while ((call = calls.poll()) != null) {
      boolean refused = Long.compareUnsigned(call.id, lastServedId) > 0;
      drop(call, refused && goAway != null ? goAway : why);
    }
    failPings(why);
  }

  /** No pong will come any more. */
  void failPings(MooringException why) {
    PendingPing ping;
    while ((ping = pings.poll()) != null) {
      ping.fail(why);
    }
  }

  /** A call isn't owed, and its caller hears why. */
  private void drop(PendingCall call, MooringException why) {
    settle(call);
    call.fail(why);
  }

  /** Room first: whoever waits for the call's future may make the next call at once. */
  private void settle(PendingCall call) {
    call.settle(window);
  }

  private void encode(long id, PendingCall call, ByteBuf out) {
    CallRequest request = call.request;
    int count = takeArguments(request.arguments());
    byte[] array = request.sharedInput();
    ByteBuf input = array.length == 0 ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(array);
    // Durations has checked that it fits.
    int timeoutMs = (int) Durations.toMillisRoundedUp(request.timeout());
    if (call.functionIndex < 0) {
      CallWriter.writeCall(
          out,
          id,
          request.function(),
          argumentBits,
          argumentTypes,
          count,
          input,
          timeoutMs,
          request.traceparent());
    } else {
      CallWriter.writeCall(
          out,
          id,
          call.functionIndex,
          argumentBits,
          argumentTypes,
          count,
          input,
          timeoutMs,
          request.traceparent());
    }
  }

  private int takeArguments(List<Value> arguments) {
    int count = arguments.size();
    if (count > argumentBits.length) {
      argumentBits = new long[count];
      argumentTypes = new byte[count];
    }
    for (int i = 0; i < count; i++) {
      Value argument = arguments.get(i);
      argumentBits[i] = Translation.bits(argument);
      argumentTypes[i] = Translation.type(argument);
    }
    return count;
  }

  private MooringException tooLarge() {
    return MooringException.local(
        ErrorCode.FRAME_TOO_LARGE,
        "the call doesn't fit a message of %d bytes, the most that the server reads"
            .formatted(maxMessageBytes),
        false);
  }
}
