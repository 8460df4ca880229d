package dev.mooring.guest.call;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one call takes in and what it gives out. An event loop has one and uses it for every call;
 * what it holds is valid until the next {@link #begin}.
 *
 * <p>Event loop only.
 */
public final class Invocation implements AutoCloseable {
  /** A reused buffer that a large call has stretched beyond this is given back after the call. */
  static final int KEPT_BUFFER_BYTES = 64 * 1024;

  /** How often one call may set or clear a timer: each change is looked through by the next. */
  public static final int MAX_TIMER_CHANGES = 1_024;

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long[] NO_RESULTS = {};

  private final ByteBuf output;
  private final ByteBuf events;
  private int[] eventEnds = new int[8];
  private int eventCount;
  private int[] timerIds = new int[4];
  private long[] timerMillis = new long[4];
  private int timerCount;
  private ActiveTimers activeTimers = ActiveTimers.NONE;
  private int timersAfter;
  private ByteBuf input = Unpooled.EMPTY_BUFFER;
  private int inputIndex;
  private int inputLength;
  private boolean command;
  private String traceparent = "";
  private long[] results = NO_RESULTS;
  private long[] @Nullable [] resultArrays = new long[4][];
  private CallLimits limits = new CallLimits(1, 0, 0, 0);
  private long startNanos;
  private int timeoutMillis;

  /** The two buffers become the invocation's: empty, growable. */
  public Invocation(ByteBuf output, ByteBuf events) {
    this.output = output;
    this.events = events;
  }

  /**
   * Makes ready for a call, without input so far.
   *
   * @param timers those that are set before the call
   * @param timeoutMillis at most the limits' own
   * @param nowNanos {@link System#nanoTime}, which the caller knows anyway: its time begins now
   */
  public void begin(CallLimits limits, ActiveTimers timers, int timeoutMillis, long nowNanos) {
    clear();
    this.activeTimers = timers;
    this.timersAfter = timers.count();
    this.limits = limits;
    this.timeoutMillis = Math.min(timeoutMillis, limits.timeoutMillis());
    this.startNanos = nowNanos;
  }

  /**
   * Gives the call its input: what the guest may pull.
   *
   * @param bytes hold it, from {@code index} on; borrowed until the next {@link #begin}
   * @param length in bytes
   */
  public void input(ByteBuf bytes, int index, int length) {
    input = bytes;
    inputIndex = index;
    inputLength = length;
  }

  /** Says of which trace the call is a part, as W3C's Trace Context writes it. */
  public void traceparent(String text) {
    traceparent = text;
  }

  /** Of which trace the call is a part; empty of none. */
  public String traceparent() {
    return traceparent;
  }

  /**
   * Says whether the function that is called is a command, whose standard streams are the call's
   * input and output.
   */
  public void command(boolean isCommand) {
    command = isCommand;
  }

  public boolean isCommand() {
    return command;
  }

  /** Forgets the last call, and the memory that only a large one needed. */
  public void clear() {
    input(Unpooled.EMPTY_BUFFER, 0, 0);
    command = false;
    traceparent = "";
    activeTimers = ActiveTimers.NONE;
    results = NO_RESULTS;
    eventCount = 0;
    timerCount = 0;
    empty(output);
    empty(events);
  }

  private static void empty(ByteBuf buffer) {
    buffer.clear();
    if (buffer.capacity() > KEPT_BUFFER_BYTES) {
      buffer.capacity(KEPT_BUFFER_BYTES);
    }
  }

  /** What the function returned, as raw bits, one for each result. */
  public long[] results() {
    return results;
  }

  /** What the guest wrote; the invocation's. */
  public ByteBuf output() {
    return output;
  }

  public int eventCount() {
    return eventCount;
  }

  /** The payloads of all events, one after the other; the invocation's. */
  public ByteBuf events() {
    return events;
  }

  /** Where an event's payload begins in {@link #events}; from 0, in the order of sending. */
  public int eventStart(int index) {
    return index == 0 ? 0 : eventEnds[index - 1];
  }

  /** Where it ends. */
  public int eventEnd(int index) {
    return eventEnds[index];
  }

  public int timerChangeCount() {
    return timerCount;
  }

  /** The timer that a change is about. Changes are in the order in which the guest made them. */
  public int timerId(int index) {
    return timerIds[index];
  }

  /** In how many milliseconds the timer is due, or −1 when it was cleared. */
  public long timerMillis(int index) {
    return timerMillis[index];
  }

  /** Until when this call may run, on {@link System#nanoTime}'s clock. */
  public long deadlineNanos() {
    return startNanos + durationNanos();
  }

  /** How long this call may run. */
  public long durationNanos() {
    return timeoutMillis * NANOS_PER_MILLI;
  }

  @Override
  public void close() {
    output.release();
    events.release();
  }

  public int inputLength() {
    return inputLength;
  }

  /** What holds the input. */
  public ByteBuf input() {
    return input;
  }

  /** Where it begins there. */
  public int inputIndex() {
    return inputIndex;
  }

  /** The array that takes so many results; it is the same for each call with as many. */
  public long[] resultsFor(int count) {
    if (count >= resultArrays.length) {
      resultArrays = Arrays.copyOf(resultArrays, count + 1);
    }
    long[] array = resultArrays[count];
    if (array == null) {
      array = new long[count];
      resultArrays[count] = array;
    }
    results = array;
    return array;
  }

  /** The buffer to append {@code length} bytes of output to. */
  public ByteBuf outputFor(int length) {
    if (Integer.toUnsignedLong(length) > limits.outputBytes() - output.readableBytes()) {
      throw new CallEnded(
          new CallOutcome.OverLimit(CallOutcome.Limit.OUTPUT, limits.outputBytes()));
    }
    return output;
  }

  /** The buffer to append an event of {@code length} bytes to; then {@link #endEvent}. */
  public ByteBuf eventFor(int length) {
    if (eventCount >= limits.events()) {
      throw new CallEnded(new CallOutcome.OverLimit(CallOutcome.Limit.EVENTS, limits.events()));
    }
    if (Integer.toUnsignedLong(length) > limits.outputBytes() - events.readableBytes()) {
      throw new CallEnded(
          new CallOutcome.OverLimit(CallOutcome.Limit.OUTPUT, limits.outputBytes()));
    }
    return events;
  }

  public void endEvent() {
    if (eventCount == eventEnds.length) {
      eventEnds = Arrays.copyOf(eventEnds, 2 * eventCount);
    }
    eventEnds[eventCount++] = events.writerIndex();
  }

  /** Notes that a timer is to be set, or, with −1, cleared. */
  public void changeTimer(int id, long millis) {
    boolean setBefore = isTimerSet(id);
    boolean setAfter = millis >= 0;
    timersAfter += (setAfter ? 1 : 0) - (setBefore ? 1 : 0);
    if (timersAfter > limits.timers()) {
      throw new CallEnded(new CallOutcome.OverLimit(CallOutcome.Limit.TIMERS, limits.timers()));
    }
    if (timerCount == MAX_TIMER_CHANGES) {
      throw new CallEnded(
          new CallOutcome.OverLimit(CallOutcome.Limit.TIMER_CHANGES, MAX_TIMER_CHANGES));
    }
    if (timerCount == timerIds.length) {
      timerIds = Arrays.copyOf(timerIds, 2 * timerCount);
      timerMillis = Arrays.copyOf(timerMillis, 2 * timerCount);
    }
    timerIds[timerCount] = id;
    timerMillis[timerCount++] = millis;
  }

  private boolean isTimerSet(int id) {
    for (int i = timerCount - 1; i >= 0; i--) {
      if (timerIds[i] == id) {
        return timerMillis[i] >= 0;
      }
    }
    return activeTimers.isSet(id);
  }

  /** The timers that a session has set. */
  public interface ActiveTimers {
    /** Of a session without timers. */
    ActiveTimers NONE =
        new ActiveTimers() {
          @Override
          public int count() {
            return 0;
          }

          @Override
          public boolean isSet(int id) {
            return false;
          }
        };

    int count();

    boolean isSet(int id);
  }
}
