package dev.mooring.session;

import dev.mooring.guest.ExportedFunction;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A session's calls that wait for their turn, in the order of their arrival. A call that can't be
 * run (no such function, wrong arguments, cancelled) waits too, with its problem, so that answers
 * keep the order.
 *
 * <p>Invariant: {@code bytes} is the sum of what the entries between head and tail are charged. It
 * bounds what they hold: an input counts its length and holds at most twice that, but for the first
 * {@link #SHARED_INPUTS}, which may hold a read buffer each.
 *
 * <p>Event loop only. The queue owns the inputs of its entries.
 */
final class CallQueue {
  /** An entry is reused when it has been taken and the queue has gone once around. */
  static final class Entry {
    long id;
    @Nullable ExportedFunction function;
    long[] arguments = NO_ARGUMENTS;
    ByteBuf input = Unpooled.EMPTY_BUFFER;

    /** On the loop's clock; {@link #NO_DEADLINE} when the client set none. */
    long deadlineNanos;

    @Nullable Problem problem;

    /** What it counts for, until its turn; also if it is cancelled meanwhile. */
    int chargedBytes;
  }

  static final long NO_DEADLINE = Long.MAX_VALUE;

  private static final long[] NO_ARGUMENTS = {};
  private static final int FIRST_CAPACITY = 4;

  /** What an entry counts for beside its payload: about what it takes. */
  static final int ENTRY_BYTES = 64;

  /**
   * So many calls may wait on slices of the buffers that they came in. Others are copied if they
   * are the lesser part of their buffer: 1,024 calls of a byte each must not hold 1,024 read
   * buffers.
   */
  static final int SHARED_INPUTS = 16;

  private @Nullable Entry[] ring = new Entry[FIRST_CAPACITY];
  private int head;
  private int size;
  private long bytes;

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

  /** Appends a call; copies {@code input} or retains it. */
  void add(
      long id, ExportedFunction function, long[] arguments, ByteBuf input, long deadlineNanos) {
    Entry entry = next();
    entry.id = id;
    entry.function = function;
    entry.arguments = arguments;
    entry.input = keep(input);
    entry.deadlineNanos = deadlineNanos;
    charge(entry, ENTRY_BYTES + input.readableBytes() + Long.BYTES * arguments.length);
  }

  private ByteBuf keep(ByteBuf input) {
    int length = input.readableBytes();
    if (length == 0) {
      return Unpooled.EMPTY_BUFFER;
    }
    return size <= SHARED_INPUTS || 2 * length >= capacityBehind(input)
        ? input.retain()
        : input.alloc().buffer(length).writeBytes(input, input.readerIndex(), length);
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
    entry.chargedBytes = chargedBytes;
    bytes += chargedBytes;
  }

  /** Appends an answer that is known already. */
  void addProblem(long id, Problem problem) {
    Entry entry = next();
    entry.id = id;
    entry.problem = problem;
    charge(entry, ENTRY_BYTES + problem.message().length());
  }

  private Entry next() {
    if (size == ring.length) {
      @Nullable Entry[] larger = new Entry[2 * size];
      for (int i = 0; i < size; i++) {
        larger[i] = ring[(head + i) & (size - 1)];
      }
      ring = larger;
      head = 0;
    }
    int tail = (head + size++) & (ring.length - 1);
    Entry entry = ring[tail];
    if (entry == null) {
      entry = new Entry();
      ring[tail] = entry;
    }
    return entry;
  }

  /** The call that waits longest. The queue must not be empty. */
  Entry first() {
    Entry entry = ring[head];
    assert size > 0 && entry != null;
    return entry;
  }

  /** Drops the first call. */
  void removeFirst() {
    Entry entry = first();
    bytes -= entry.chargedBytes;
    clear(entry);
    head = (head + 1) & (ring.length - 1);
    size--;
    if (size == 0 && ring.length > FIRST_CAPACITY) {
      ring = Arrays.copyOf(ring, FIRST_CAPACITY);
      head = 0;
    }
    assert size > 0 || bytes == 0 : "an empty queue counts " + bytes + " bytes";
  }

  private static void clear(Entry entry) {
    entry.input.release();
    entry.input = Unpooled.EMPTY_BUFFER;
    entry.function = null;
    entry.arguments = NO_ARGUMENTS;
    entry.problem = null;
    entry.deadlineNanos = NO_DEADLINE;
  }

  /**
   * Turns a waiting call into the answer {@code problem}. Its input is let go, its charge is not:
   * whoever cancels what he sent must not get to send the more.
   *
   * @return whether it was waiting
   */
  boolean replace(long id, Problem problem) {
    for (int i = 0; i < size; i++) {
      Entry entry = ring[(head + i) & (ring.length - 1)];
      if (entry != null && entry.id == id) {
        if (entry.problem != null) {
          return false;
        }
        clear(entry);
        entry.problem = problem;
        return true;
      }
    }
    return false;
  }

  /** Drops all. */
  void clear() {
    while (!isEmpty()) {
      removeFirst();
    }
  }
}
