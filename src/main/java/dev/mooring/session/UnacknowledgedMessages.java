package dev.mooring.session;

import static java.util.Objects.requireNonNull;

import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.state.StateException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a kept session has said and its client hasn't acknowledged: answers and events in the order
 * of their sequence, in no wire's words, since the next connection may be of another.
 *
 * <p>They lie in a ring of bytes, each of them in one piece, so that to keep one costs a copy and
 * no object; and beside it is a ring of where they begin, so that an acknowledgement, however much
 * it acknowledges, looks at none of them. Each is how many bytes follow; its sequence; what it is;
 * the call that it answers, or 0; and the rest. Types are WebAssembly's numbers for them, traps
 * their names. When all are acknowledged the rings are given up.
 *
 * <p>Places in the ring count on without end; modulo its length, a power of two, they are where in
 * the array something lies.
 *
 * <p>Invariant: the sequences ascend; without a gap, but where {@link #dropAnswers answers were
 * dropped}.
 *
 * <p>Event loop only; whichever the session lives on.
 */
final class UnacknowledgedMessages {
  private static final byte RESULT = 1;
  private static final byte FAILURE = 2;
  private static final byte EVENT = 3;

  private static final int SEQUENCE_AT = Integer.BYTES;
  private static final int KIND_AT = SEQUENCE_AT + Long.BYTES;
  private static final int CALL_AT = KIND_AT + 1;

  /** What each takes beside its payload. */
  static final int MESSAGE_BYTES = CALL_AT + Long.BYTES;

  private static final byte I32 = 0x7F;
  private static final byte I64 = 0x7E;
  private static final byte F32 = 0x7D;
  private static final byte F64 = 0x7C;

  private static final int VALUE_BYTES = 1 + Long.BYTES;

  private static final byte[] NOTHING = {};
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);

  private static VarHandle view(Class<?> type) {
    return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.LITTLE_ENDIAN);
  }

  private final KeepLimits limits;
  private final KeptSessions.Account account;

  private final Supplier<MessageRing.Spares> spares;
  private MessageRing ring = MessageRing.EMPTY;

  /** The ring's. Messages lie from the place {@code start} to {@code end}. */
  private byte[] buffer = ring.bytes();

  private int start;
  private int end;

  /** The ring's: where messages begin, the oldest one at the place in {@code oldest}. */
  private int[] places = ring.places();

  private int oldest;
  private int count;

  /** As much room as was needed before the client acknowledged is made at once the next time. */
  private int firstBytes = MessageRing.LEAST_BYTES;

  private long lastSequence;

  /** All up to this one is acknowledged. */
  private long acknowledged;

  /** Whether sequences are missing among them. */
  private boolean hasGaps;

  /** All up to this one was written down. */
  private long savedSequence;

  private boolean wasSaved;
  private boolean isOver;

  /**
   * Nothing said yet.
   *
   * @param account the session's, where what is held here counts
   * @param spares those of the event loop that the session is on
   */
  UnacknowledgedMessages(
      KeepLimits limits, KeptSessions.Account account, Supplier<MessageRing.Spares> spares) {
    this.limits = limits;
    this.account = account;
    this.spares = spares;
  }

  /** What was said up to one moment, or since another, to be written down. Immutable. */
  static final class Saved {
    private final long acknowledged;
    private final long lastSequence;
    private final byte[] messages;

    private Saved(long acknowledged, long lastSequence, byte[] messages) {
      this.acknowledged = acknowledged;
      this.lastSequence = lastSequence;
      this.messages = messages;
    }

    int count() {
      int count = 0;
      for (int at = 0; at < messages.length; at = next(messages, at)) {
        count++;
      }
      return count;
    }

    /** What was said up to a later moment, of what was said since this one. */
    Saved followedBy(Saved later) {
      int kept = 0;
      while (kept < messages.length
          && Long.compareUnsigned(sequence(messages, kept), later.acknowledged) <= 0) {
        kept = next(messages, kept);
      }
      byte[] all = Arrays.copyOfRange(messages, kept, messages.length + later.messages.length);
      System.arraycopy(later.messages, 0, all, messages.length - kept, later.messages.length);
      return new Saved(later.acknowledged, later.lastSequence, all);
    }

    void write(FormatWriter out) {
      out.number(acknowledged).number(lastSequence).bytes(messages);
    }

    static Saved read(FormatReader in) throws StateException {
      var read = new Saved(in.number(), in.number(), in.bytes());
      check(read.messages);
      return read;
    }
  }

  /** Refuses what isn't messages, one behind the other. */
  private static void check(byte[] messages) throws StateException {
    int at = 0;
    while (at < messages.length) {
      int left = messages.length - at;
      int length = left < MESSAGE_BYTES ? -1 : (int) INT.get(messages, at);
      if (length < MESSAGE_BYTES - Integer.BYTES || length > left - Integer.BYTES) {
        throw new StateException("no stored session: a message that is cut off");
      }
      checkRest(messages, at, at + Integer.BYTES + length);
      at += Integer.BYTES + length;
    }
  }

  private static void checkRest(byte[] messages, int at, int end) throws StateException {
    int rest = at + MESSAGE_BYTES;
    switch (messages[at + KIND_AT]) {
      case RESULT -> {
        int values = end - rest < Integer.BYTES ? -1 : (int) INT.get(messages, rest);
        if (values < 0 || values > (end - rest - Integer.BYTES) / VALUE_BYTES) {
          throw new StateException("no stored session: a result without all of its values");
        }
        for (int i = 0; i < values; i++) {
          int type = messages[rest + Integer.BYTES + i * VALUE_BYTES];
          if (type(type) == null) {
            throw new StateException("no stored session: a value of the type " + type);
          }
        }
      }
      case FAILURE -> {
        int trapAt = rest + Integer.BYTES;
        if (end <= trapAt
            || messages[trapAt] < 0
            || messages[trapAt] > end - trapAt - 1
            || ErrorCode.of((int) INT.get(messages, rest)) == null
            || (messages[trapAt] > 0 && trap(messages, trapAt) == null)) {
          throw new StateException("no stored session: a failure that nothing here has");
        }
      }
      case EVENT -> {}
      default ->
          throw new StateException(
              "no stored session: a message of the kind " + messages[at + KIND_AT]);
    }
  }

  private static byte number(ValueType type) {
    return switch (type) {
      case I32 -> I32;
      case I64 -> I64;
      case F32 -> F32;
      case F64 -> F64;
      case FUNCREF, EXTERNREF -> throw new IllegalArgumentException("clients get numbers only");
    };
  }

  private static @Nullable ValueType type(int number) {
    return switch (number) {
      case I32 -> ValueType.I32;
      case I64 -> ValueType.I64;
      case F32 -> ValueType.F32;
      case F64 -> ValueType.F64;
      default -> null;
    };
  }

  /** The trap whose name stands somewhere, behind its length; null if there is no such. */
  private static @Nullable TrapKind trap(byte[] messages, int at) {
    return TrapKind.named(new String(messages, at + 1, messages[at], StandardCharsets.US_ASCII));
  }

  private static int next(byte[] messages, int at) {
    return at + Integer.BYTES + (int) INT.get(messages, at);
  }

  private static long sequence(byte[] messages, int at) {
    return (long) LONG.get(messages, at + SEQUENCE_AT);
  }

  /** All that is to be written down. */
  Saved save() {
    return saveFrom(0);
  }

  /** What is to be written down since that was last done; null if all must be. */
  @Nullable Saved saveNew() {
    return wasSaved ? saveFrom((int) Math.max(0, count - (lastSequence - savedSequence))) : null;
  }

  private Saved saveFrom(int first) {
    wasSaved = true;
    savedSequence = lastSequence;
    int bytes = 0;
    for (int i = first; i < count; i++) {
      bytes += next(buffer, at(i)) - at(i);
    }
    var messages = new byte[bytes];
    int into = 0;
    for (int i = first; i < count; i++) {
      into += copy(i, messages, into);
    }
    return new Saved(acknowledged, lastSequence, messages);
  }

  /** Says what was said once; nothing has been said here yet. */
  void restore(Saved saved) {
    lastSequence = saved.lastSequence;
    acknowledged = saved.acknowledged;
    byte[] messages = saved.messages;
    hasGaps = true; // Perhaps: whose answers were dropped may be what was stored.
    for (int at = 0; at < messages.length; at = next(messages, at)) {
      keep(messages, at);
    }
  }

  private void keep(byte[] from, int at) {
    int length = next(from, at) - at;
    int into = makeRoom(length);
    System.arraycopy(from, at, buffer, into, length);
  }

  /** Where in the array a message begins, as there are so many before it. */
  private int at(int index) {
    return places[oldest + index & places.length - 1] & buffer.length - 1;
  }

  private int copy(int index, byte[] target, int targetAt) {
    int at = at(index);
    int length = next(buffer, at) - at;
    System.arraycopy(buffer, at, target, targetAt, length);
    return length;
  }

  /** The sequence of the last message; 0 if there was none. */
  long lastSequence() {
    return lastSequence;
  }

  /** Keeps a result, whose values are raw bits; answers its sequence. */
  long result(long id, List<ValueType> types, long[] values, ByteBuf output) {
    int valueCount = types.size();
    int length = output.readableBytes();
    int at = add(RESULT, id, Integer.BYTES + valueCount * VALUE_BYTES + length);
    if (at >= 0) {
      INT.set(buffer, at, valueCount);
      at += Integer.BYTES;
      for (int i = 0; i < valueCount; i++) {
        buffer[at] = number(types.get(i));
        LONG.set(buffer, at + 1, values[i]);
        at += VALUE_BYTES;
      }
      output.getBytes(output.readerIndex(), buffer, at, length);
    }
    return lastSequence;
  }

  /** Keeps an error; answers its sequence. */
  long error(long id, Problem problem) {
    byte[] message = problem.message().getBytes(StandardCharsets.UTF_8);
    byte[] trap =
        problem.trap() == null
            ? NOTHING
            : problem.trap().name().getBytes(StandardCharsets.US_ASCII);
    int at = add(FAILURE, id, Integer.BYTES + 1 + trap.length + message.length);
    if (at >= 0) {
      INT.set(buffer, at, problem.code().number());
      buffer[at + Integer.BYTES] = (byte) trap.length;
      System.arraycopy(trap, 0, buffer, at + Integer.BYTES + 1, trap.length);
      int text = at + Integer.BYTES + 1 + trap.length;
      System.arraycopy(message, 0, buffer, text, message.length);
    }
    return lastSequence;
  }

  /** Keeps an event; answers its sequence. */
  long event(ByteBuf from, int index, int length) {
    int at = add(EVENT, 0, length);
    if (at >= 0) {
      from.getBytes(index, buffer, at, length);
    }
    return lastSequence;
  }

  /** Begins a message; answers where the rest of it is to be, or -1 if nothing is kept. */
  private int add(byte kind, long callId, int restBytes) {
    lastSequence++;
    if (isOver) {
      return -1;
    }
    int bytes = MESSAGE_BYTES + restBytes;
    int at = makeRoom(bytes);
    INT.set(buffer, at, bytes - Integer.BYTES);
    LONG.set(buffer, at + SEQUENCE_AT, lastSequence);
    buffer[at + KIND_AT] = kind;
    LONG.set(buffer, at + CALL_AT, callId);
    return at + MESSAGE_BYTES;
  }

  /** Makes room for one more message; answers where in the array it is to be. */
  private int makeRoom(int bytes) {
    int at = end & buffer.length - 1;
    int padding = at + bytes > buffer.length ? buffer.length - at : 0;
    if (count == places.length || padding + bytes > buffer.length - (end - start)) {
      grow(bytes);
      at = end;
    } else if (padding > 0) { // Each lies in one piece.
      end += padding;
      at = 0;
    }
    places[oldest + count & places.length - 1] = end;
    count++;
    end += bytes;
    account.holds(end - start);
    return at;
  }

  /** Moves all to the beginning of a longer ring, which has room for one more. */
  private void grow(int bytes) {
    int least = Math.max(powerOfTwo(end - start + bytes), 2 * buffer.length);
    MessageRing longer = spares.get().take(Math.max(firstBytes, least));
    int into = 0;
    for (int i = 0; i < count; i++) {
      longer.places()[i] = into;
      into += copy(i, longer.bytes(), into);
    }
    spares.get().give(ring);
    use(longer);
    end = into;
  }

  /** The least power of two that isn't less. */
  private static int powerOfTwo(int atLeast) {
    return Integer.highestOneBit(atLeast - 1) << 1;
  }

  private void use(MessageRing next) {
    ring = next;
    buffer = next.bytes();
    places = next.places();
    start = 0;
    end = 0;
    oldest = 0;
  }

  /** Keeps nothing any more: nobody will go on with the session, nor acknowledge anything. */
  void over() {
    isOver = true;
    forgetAll();
  }

  private void forgetAll() {
    spares.get().give(ring);
    firstBytes = Math.clamp(buffer.length, MessageRing.LEAST_BYTES, MessageRing.MOST_SPARE_BYTES);
    use(MessageRing.EMPTY);
    count = 0;
    hasGaps = false;
    account.holds(0);
  }

  /** Whether there is room for what one more turn says. */
  boolean hasRoom() {
    return isOver || hasRoomForMore();
  }

  private boolean hasRoomForMore() {
    return count < limits.unacknowledgedMessages()
        && end - start < limits.unacknowledgedBytes()
        && account.mayHoldMore();
  }

  /**
   * Forgets all up to a sequence.
   *
   * @return false if there is no such message yet, and nothing was forgotten
   */
  boolean acknowledge(long received) {
    if (Long.compareUnsigned(received, lastSequence) > 0) {
      return false;
    }
    if (Long.compareUnsigned(received, acknowledged) > 0) {
      acknowledged = received;
    }
    int left = countAbove(received);
    if (left == 0) {
      forgetAll();
    } else {
      oldest += count - left;
      count = left;
      start = places[oldest & places.length - 1];
      account.holds(end - start);
    }
    return true;
  }

  private int countAbove(long received) {
    if (!hasGaps) {
      return (int) Math.min(count, lastSequence - received);
    }
    int above = count;
    while (above > 0 && Long.compareUnsigned(sequence(buffer, at(count - above)), received) <= 0) {
      above--;
    }
    return above;
  }

  /** Forgets all answers: whoever waited for them won't come for them any more. */
  void dropAnswers() {
    byte[] all = save().messages;
    wasSaved = false;
    forgetAll();
    hasGaps = true;
    for (int at = 0; at < all.length; at = next(all, at)) {
      if ((long) LONG.get(all, at + CALL_AT) == 0) {
        keep(all, at);
      }
    }
  }

  private long callId(int at) {
    return (long) LONG.get(buffer, at + CALL_AT);
  }

  /** Says all again, in order, each to where it is to be appended then. */
  void encodeAll(MessageEncoder encoder, Supplier<ByteBuf> out) {
    for (int i = 0; i < count; i++) {
      encode(at(i), encoder, out.get());
    }
  }

  /**
   * Says the answer of a call again.
   *
   * @return false if there is none
   */
  boolean encodeAnswer(long callId, MessageEncoder encoder, Supplier<ByteBuf> out) {
    for (int i = 0; i < count; i++) {
      int at = at(i);
      if (callId(at) == callId) {
        encode(at, encoder, out.get());
        return true;
      }
    }
    return false;
  }

  private void encode(int at, MessageEncoder encoder, ByteBuf out) {
    long sequence = sequence(buffer, at);
    int rest = at + MESSAGE_BYTES;
    int length = next(buffer, at) - rest;
    switch (buffer[at + KIND_AT]) {
      case RESULT -> encodeResult(sequence, callId(at), rest, length, encoder, out);
      case FAILURE -> encoder.error(out, sequence, callId(at), problem(rest, length));
      default ->
          encoder.event(out, sequence, Unpooled.wrappedBuffer(buffer, rest, length), 0, length);
    }
  }

  private void encodeResult(
      long sequence, long id, int rest, int length, MessageEncoder encoder, ByteBuf out) {
    var values = new long[(int) INT.get(buffer, rest)];
    var types = new ValueType[values.length];
    int at = rest + Integer.BYTES;
    for (int i = 0; i < values.length; i++) {
      types[i] = requireNonNull(type(buffer[at]));
      values[i] = (long) LONG.get(buffer, at + 1);
      at += VALUE_BYTES;
    }
    ByteBuf output = Unpooled.wrappedBuffer(buffer, at, rest + length - at);
    encoder.result(out, sequence, id, List.of(types), values, output);
  }

  private Problem problem(int rest, int length) {
    int trapAt = rest + Integer.BYTES;
    int text = trapAt + 1 + buffer[trapAt];
    return new Problem(
        requireNonNull(ErrorCode.of((int) INT.get(buffer, rest))),
        new String(buffer, text, rest + length - text, StandardCharsets.UTF_8),
        buffer[trapAt] == 0 ? null : trap(buffer, trapAt));
  }
}
