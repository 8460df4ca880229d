package dev.mooring.session;

import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.intake.ValueType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a kept session has said and its client hasn't acknowledged: answers and events in the order
 * of their sequence, in no wire's words, since the next connection may be of another.
 *
 * <p>Invariant: the sequences ascend; without a gap, but where {@link #dropAnswers answers were
 * dropped}.
 *
 * <p>Event loop only; whichever the session lives on.
 */
final class UnacknowledgedMessages {
  /** What each counts for beside its payload: about what it takes. */
  static final int MESSAGE_BYTES = 96;

  /** One message. */
  private abstract static class Said {
    final long sequence;
    final int bytes;

    Said(long sequence, int payloadBytes) {
      this.sequence = sequence;
      this.bytes = MESSAGE_BYTES + payloadBytes;
    }

    /** The call that it answers; 0 for an event. */
    abstract long callId();

    abstract void encode(MessageEncoder encoder, ByteBuf out);

    abstract void write(DataOutputStream out) throws IOException;
  }

  private static final class Result extends Said {
    private final long id;
    private final List<ValueType> types;
    private final long[] values;
    private final byte[] output;

    Result(long sequence, long id, List<ValueType> types, long[] values, byte[] output) {
      super(sequence, output.length + Long.BYTES * values.length);
      this.id = id;
      this.types = types;
      this.values = values;
      this.output = output;
    }

    @Override
    long callId() {
      return id;
    }

    @Override
    void encode(MessageEncoder encoder, ByteBuf out) {
      encoder.result(out, sequence, id, types, values, Unpooled.wrappedBuffer(output));
    }

    @Override
    void write(DataOutputStream out) throws IOException {
      out.writeByte(RESULT);
      KeptFormat.number(out, id);
      KeptFormat.number(out, values.length);
      for (int i = 0; i < values.length; i++) {
        KeptFormat.text(out, types.get(i).name());
        out.writeLong(values[i]);
      }
      KeptFormat.bytes(out, output);
    }

    static Result read(DataInputStream in, long sequence) throws IOException {
      long id = KeptFormat.number(in);
      int count = KeptFormat.count(in);
      var types = new ArrayList<ValueType>(count);
      var values = new long[count];
      for (int i = 0; i < count; i++) {
        types.add(valueOf(ValueType.class, KeptFormat.text(in)));
        values[i] = in.readLong();
      }
      return new Result(sequence, id, List.copyOf(types), values, KeptFormat.bytes(in));
    }
  }

  private static final class Failure extends Said {
    private final long id;
    private final Problem problem;

    Failure(long sequence, long id, Problem problem) {
      super(sequence, problem.message().length());
      this.id = id;
      this.problem = problem;
    }

    @Override
    long callId() {
      return id;
    }

    @Override
    void encode(MessageEncoder encoder, ByteBuf out) {
      encoder.error(out, sequence, id, problem);
    }

    @Override
    void write(DataOutputStream out) throws IOException {
      out.writeByte(FAILURE);
      KeptFormat.number(out, id);
      KeptFormat.text(out, problem.code().name());
      KeptFormat.text(out, problem.message());
      KeptFormat.text(out, problem.trap() == null ? "" : problem.trap().name());
    }

    static Failure read(DataInputStream in, long sequence) throws IOException {
      long id = KeptFormat.number(in);
      ErrorCode code = valueOf(ErrorCode.class, KeptFormat.text(in));
      String message = KeptFormat.text(in);
      String trap = KeptFormat.text(in);
      TrapKind kind = trap.isEmpty() ? null : valueOf(TrapKind.class, trap);
      return new Failure(sequence, id, new Problem(code, message, kind));
    }
  }

  private static final class Event extends Said {
    private final byte[] payload;

    Event(long sequence, byte[] payload) {
      super(sequence, payload.length);
      this.payload = payload;
    }

    @Override
    long callId() {
      return 0;
    }

    @Override
    void encode(MessageEncoder encoder, ByteBuf out) {
      encoder.event(out, sequence, Unpooled.wrappedBuffer(payload), 0, payload.length);
    }

    @Override
    void write(DataOutputStream out) throws IOException {
      out.writeByte(EVENT);
      KeptFormat.bytes(out, payload);
    }

    static Event read(DataInputStream in, long sequence) throws IOException {
      return new Event(sequence, KeptFormat.bytes(in));
    }
  }

  /** What was said up to one moment, or since another, to be written down. Immutable. */
  static final class Saved {
    private final long acknowledged;
    private final long lastSequence;
    private final List<Said> said;

    private Saved(long acknowledged, long lastSequence, List<Said> said) {
      this.acknowledged = acknowledged;
      this.lastSequence = lastSequence;
      this.said = said;
    }

    /** What was said up to a later moment, of what was said since this one. */
    Saved followedBy(Saved later) {
      var all = new ArrayList<Said>();
      for (Said message : said) {
        if (Long.compareUnsigned(message.sequence, later.acknowledged) > 0) {
          all.add(message);
        }
      }
      all.addAll(later.said);
      return new Saved(later.acknowledged, later.lastSequence, List.copyOf(all));
    }

    int count() {
      return said.size();
    }

    void write(DataOutputStream out) throws IOException {
      KeptFormat.number(out, acknowledged);
      KeptFormat.number(out, lastSequence);
      KeptFormat.number(out, said.size());
      for (Said message : said) {
        KeptFormat.number(out, message.sequence);
        message.write(out);
      }
    }

    static Saved read(DataInputStream in) throws IOException {
      long acknowledged = KeptFormat.number(in);
      long lastSequence = KeptFormat.number(in);
      var said = new ArrayList<Said>();
      for (int i = KeptFormat.count(in); i > 0; i--) {
        long sequence = KeptFormat.number(in);
        byte kind = in.readByte();
        said.add(
            switch (kind) {
              case RESULT -> Result.read(in, sequence);
              case FAILURE -> Failure.read(in, sequence);
              case EVENT -> Event.read(in, sequence);
              default -> throw new IOException("a message of the kind " + kind);
            });
      }
      return new Saved(acknowledged, lastSequence, List.copyOf(said));
    }
  }

  private static <E extends Enum<E>> E valueOf(Class<E> type, String name) throws IOException {
    try {
      return Enum.valueOf(type, name);
    } catch (IllegalArgumentException e) {
      throw new IOException("the name '" + Quote.of(name) + "', which nothing here has", e);
    }
  }

  private static final long NOT_SAVED = -1;
  private static final byte RESULT = 1;
  private static final byte FAILURE = 2;
  private static final byte EVENT = 3;

  private static final long[] NO_VALUES = {};
  private static final byte[] NO_BYTES = {};

  private final KeepLimits limits;
  private final KeptSessions.Account account;
  private final ArrayDeque<Said> said = new ArrayDeque<>(4);
  private long lastSequence;

  /** All up to this one is acknowledged. */
  private long acknowledged;

  /** The last that was written down; negative if not all is there that was. */
  private long savedSequence = NOT_SAVED;

  private long bytes;
  private boolean isOver;

  /**
   * Nothing said yet.
   *
   * @param account the session's, where what is held here counts
   */
  UnacknowledgedMessages(KeepLimits limits, KeptSessions.Account account) {
    this.limits = limits;
    this.account = account;
  }

  /** All that is to be written down. */
  Saved save() {
    savedSequence = lastSequence;
    return new Saved(acknowledged, lastSequence, List.copyOf(said));
  }

  /** What is to be written down since that was last done; null if all must be. */
  @Nullable Saved saveNew() {
    if (savedSequence == NOT_SAVED) {
      return null;
    }
    var added = new ArrayDeque<Said>(4);
    for (Iterator<Said> last = said.descendingIterator(); last.hasNext(); ) {
      Said message = last.next();
      if (message.sequence <= savedSequence) {
        break;
      }
      added.addFirst(message);
    }
    savedSequence = lastSequence;
    return new Saved(acknowledged, lastSequence, List.copyOf(added));
  }

  /** Says what was said once; nothing has been said here yet. */
  void restore(Saved saved) {
    lastSequence = saved.lastSequence;
    acknowledged = saved.acknowledged;
    for (Said message : saved.said) {
      said.add(message);
      bytes += message.bytes;
    }
    account.holds(bytes);
  }

  /** The sequence of the last message; 0 if there was none. */
  long lastSequence() {
    return lastSequence;
  }

  /** Keeps a result, whose values are raw bits; answers its sequence. */
  long result(long id, List<ValueType> types, long[] values, ByteBuf output) {
    int count = types.size();
    return add(
        new Result(
            lastSequence + 1,
            id,
            types,
            count == 0 ? NO_VALUES : Arrays.copyOf(values, count),
            output.isReadable() ? ByteBufUtil.getBytes(output) : NO_BYTES));
  }

  /** Keeps an error; answers its sequence. */
  long error(long id, Problem problem) {
    return add(new Failure(lastSequence + 1, id, problem));
  }

  /** Keeps an event; answers its sequence. */
  long event(ByteBuf from, int index, int length) {
    return add(new Event(lastSequence + 1, ByteBufUtil.getBytes(from, index, length)));
  }

  private long add(Said message) {
    if (!isOver) {
      said.add(message);
      bytes += message.bytes;
      account.holds(bytes);
    }
    return ++lastSequence;
  }

  /** Keeps nothing any more: nobody will go on with the session, nor acknowledge anything. */
  void over() {
    isOver = true;
    said.clear();
    bytes = 0;
    account.holds(0);
  }

  /** Whether there is room for what one more turn says. */
  boolean hasRoom() {
    return isOver || hasRoomForMore();
  }

  private boolean hasRoomForMore() {
    return said.size() < limits.unacknowledgedMessages()
        && bytes < limits.unacknowledgedBytes()
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
    for (Said first = said.peek(); first != null && first.sequence <= received; ) {
      drop(first);
      said.remove();
      first = said.peek();
    }
    acknowledged = Long.compareUnsigned(received, acknowledged) > 0 ? received : acknowledged;
    account.holds(bytes);
    return true;
  }

  /** Forgets all answers: whoever waited for them won't come for them any more. */
  void dropAnswers() {
    savedSequence = NOT_SAVED;
    for (Iterator<Said> each = said.iterator(); each.hasNext(); ) {
      Said next = each.next();
      if (next.callId() != 0) {
        drop(next);
        each.remove();
      }
    }
    account.holds(bytes);
  }

  private void drop(Said message) {
    bytes -= message.bytes;
  }

  /** Says all again, in order, each to where it is to be appended then. */
  void encodeAll(MessageEncoder encoder, Supplier<ByteBuf> out) {
    for (Said message : said) {
      message.encode(encoder, out.get());
    }
  }

  /**
   * Says the answer of a call again.
   *
   * @return false if there is none
   */
  boolean encodeAnswer(long callId, MessageEncoder encoder, Supplier<ByteBuf> out) {
    Said answer = answer(callId);
    if (answer == null) {
      return false;
    }
    answer.encode(encoder, out.get());
    return true;
  }

  private @Nullable Said answer(long callId) {
    for (Said message : said) {
      if (message.callId() == callId) {
        return message;
      }
    }
    return null;
  }
}
