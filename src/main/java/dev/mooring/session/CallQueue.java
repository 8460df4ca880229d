package dev.mooring.session;

import dev.mooring.guest.ExportedFunction;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * A session's calls that wait for their turn, in the order of their arrival. A call that can't be
 * run (no such function, wrong arguments, cancelled) waits too, with its problem, so that answers
 * keep the order.
 *
 * <p>Their ids rise, each above that of the call before.
 *
 * <p>Invariant: {@code bytes} is the sum of what the entries from first to last are charged. It
 * bounds what they hold: an input counts its length and holds at most twice that, but for the first
 * {@link #SHARED_INPUTS}, which may hold a read buffer each.
 *
 * <p>Event loop only. The queue owns the inputs of its entries.
 */
final class CallQueue {
  /** One call. It is the queue's until it is removed, and then the loop's, for the next. */
  static final class Entry {
    private @Nullable Entry next;

    /** Of every {@link #STRIDE}th entry, the next of those. */
    private @Nullable Entry nextMilestone;

    long id;
    @Nullable ExportedFunction function;
    long[] arguments = NO_ARGUMENTS;

    /** What the input lies in, from {@link #inputIndex} on. */
    ByteBuf input = Unpooled.EMPTY_BUFFER;

    /**
     * Whether it is this entry that retains the input. Of several in a row with the same read
     * buffer the last one does, which is the last to go.
     */
    private boolean retains;

    int inputIndex;
    int inputLength;

    /** On the loop's clock; {@link #NO_DEADLINE} when the client set none. */
    long deadlineNanos = NO_DEADLINE;

    /** When it came, on the loop's clock, if it is to be timed; else 0. */
    long arrivedNanos;

    @Nullable Problem problem;

    /** Of which trace it is a part; null of none. */
    @Nullable TraceParent trace;

    /** What it counts for, until its turn; also if it is cancelled meanwhile. */
    int chargedBytes;

    private void letGo() {
      if (retains) {
        retains = false;
        input.release();
      }
      input = Unpooled.EMPTY_BUFFER;
      function = null;
      problem = null;
      trace = null;
      deadlineNanos = NO_DEADLINE;
      arrivedNanos = 0;
      if (arguments.length > KEPT_ARGUMENTS) {
        arguments = NO_ARGUMENTS;
      }
    }
  }

  /**
   * Entries that no queue of an event loop uses at the moment, so that calls make none. Event loop
   * only.
   */
  static final class Spare {
    private @Nullable Entry first;
    private int count;

    /** How many entries the last search for a call looked at. */
    private int looks;

    private Entry take() {
      Entry entry = first;
      if (entry == null) {
        return new Entry();
      }
      first = entry.next;
      entry.next = null;
      count--;
      return entry;
    }

    private void give(Entry entry) {
      if (count < MAX_SPARE) {
        entry.next = first;
        first = entry;
        count++;
      }
    }

    int looks() {
      return looks;
    }
  }

  static final long NO_DEADLINE = Long.MAX_VALUE;

  /** What an entry counts for beside its payload: about what it takes. */
  static final int ENTRY_BYTES = 64;

  /** Entries that an event loop keeps for calls to come. */
  static final int MAX_SPARE = 4_096;

  /** An entry keeps its array of arguments for the next call, unless that is longer. */
  private static final int KEPT_ARGUMENTS = 16;

  /**
   * So many calls may wait on slices of the buffers that they came in. Others are copied if they
   * are the lesser part of their buffer: 1,024 calls of a byte each must not hold 1,024 read
   * buffers.
   */
  static final int SHARED_INPUTS = 16;

  /**
   * A call is looked for along every so manyth, then between two of those: of 1,024 that wait, 64
   * are looked at, not all. Who cancels as often as may would otherwise be a heavy neighbour.
   */
  private static final int STRIDE = 32;

  private static final long[] NO_ARGUMENTS = {};

  private final Spare spare;
  private @Nullable Entry first;
  private @Nullable Entry last;
  private @Nullable Entry firstMilestone;
  private @Nullable Entry lastMilestone;
  private int sinceMilestone;
  private int size;
  private long bytes;

  CallQueue(Spare spare) {
    this.spare = spare;
  }

  int size() {
    return size;
  }

  /** What the waiting calls are charged. */
  long bytes() {
    return bytes;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /**
   * Appends a call; copies its input, or retains it.
   *
   * @param arrivedNanos when it came, if it is to be timed; else 0
   */
  void add(CallRequest call, ExportedFunction function, long deadlineNanos, long arrivedNanos) {
    Entry before = last;
    Entry entry = append(call);
    entry.function = function;
    entry.arguments = call.arguments(entry.arguments);
    entry.deadlineNanos = deadlineNanos;
    entry.arrivedNanos = arrivedNanos;
    keepInput(entry, call, before);
    charge(entry, ENTRY_BYTES + call.inputLength() + Long.BYTES * entry.arguments.length);
  }

  @SuppressWarnings("ReferenceEquality") // Which buffer, not what it holds.
  private void keepInput(Entry entry, CallRequest call, @Nullable Entry before) {
    int length = call.inputLength();
    entry.inputLength = length;
    entry.inputIndex = 0;
    if (length == 0) {
      return;
    }
    ByteBuf input = call.input();
    if (size <= SHARED_INPUTS || 2 * length >= capacityBehind(input)) {
      entry.input = input;
      entry.inputIndex = call.inputIndex();
      if (before != null && before.retains && before.input == input) {
        before.retains = false;
      } else {
        input.retain();
      }
    } else {
      entry.input = input.alloc().buffer(length).writeBytes(input, call.inputIndex(), length);
    }
    entry.retains = true;
  }

  /** How large the buffer is that this one may be a part of. */
  private static int capacityBehind(ByteBuf buffer) {
    ByteBuf root = buffer;
    for (ByteBuf next = root.unwrap(); next != null; next = root.unwrap()) {
      root = next;
    }
    return root.capacity();
  }

  private void charge(Entry entry, int chargedBytes) {
    entry.chargedBytes = chargedBytes + (entry.trace == null ? 0 : TraceParent.BYTES);
    bytes += entry.chargedBytes;
  }

  /** Appends an answer that is known already. */
  void addProblem(CallRequest call, Problem problem) {
    Entry entry = append(call);
    entry.problem = problem;
    charge(entry, ENTRY_BYTES + problem.message().length());
  }

  private Entry append(CallRequest call) {
    long id = call.id();
    assert last == null || Long.compareUnsigned(last.id, id) < 0 : last.id + ", then " + id;
    Entry entry = spare.take();
    entry.id = id;
    entry.trace = call.trace();
    if (last == null) {
      first = entry;
    } else {
      last.next = entry;
    }
    last = entry;
    size++;
    mark(entry);
    return entry;
  }

  private void mark(Entry entry) {
    if (lastMilestone == null) {
      firstMilestone = entry;
    } else if (++sinceMilestone < STRIDE) {
      return;
    } else {
      lastMilestone.nextMilestone = entry;
    }
    lastMilestone = entry;
    sinceMilestone = 0;
  }

  /** The call that waits longest. The queue must not be empty. */
  Entry first() {
    Entry entry = first;
    if (entry == null) {
      throw new IllegalStateException("no call waits");
    }
    return entry;
  }

  /** Drops the first call. */
  void removeFirst() {
    Entry entry = first();
    first = entry.next;
    if (first == null) {
      last = null;
    }
    unmark(entry);
    size--;
    bytes -= entry.chargedBytes;
    entry.letGo();
    spare.give(entry);
    assert size > 0 || bytes == 0 : "an empty queue counts " + bytes + " bytes";
  }

  @SuppressWarnings("ReferenceEquality") // Which entry, not what it holds.
  private void unmark(Entry entry) {
    if (entry == firstMilestone) {
      firstMilestone = entry.nextMilestone;
      entry.nextMilestone = null;
      if (firstMilestone == null) {
        lastMilestone = null;
      }
    }
  }

  /**
   * Turns a waiting call into the answer {@code problem}. Its charge stays: whoever cancels what he
   * sent must not get to send the more. So does its input, which the calls before it may lie in.
   *
   * @return whether it was waiting
   */
  boolean replace(long id, Problem problem) {
    Entry entry = find(id);
    if (entry == null || entry.problem != null) {
      return false;
    }
    entry.problem = problem;
    return true;
  }

  private @Nullable Entry find(long id) {
    if (last == null || Long.compareUnsigned(id, last.id) > 0) {
      return null;
    }
    spare.looks = 0;
    Entry entry = first;
    for (Entry milestone = firstMilestone;
        milestone != null && Long.compareUnsigned(milestone.id, id) <= 0;
        milestone = milestone.nextMilestone) {
      entry = milestone;
      spare.looks++;
    }
    while (entry != null && Long.compareUnsigned(entry.id, id) < 0) {
      entry = entry.next;
      spare.looks++;
    }
    return entry != null && entry.id == id ? entry : null;
  }

  /** Drops all. */
  void clear() {
    while (!isEmpty()) {
      removeFirst();
    }
  }
}
