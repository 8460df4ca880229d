package dev.mooring.session;

import dev.mooring.guest.intake.ValueType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A call as its message says it. Whoever reads messages has one and fills it anew for each.
 *
 * <p>Event loop only.
 */
public final class CallRequest {
  /** The index of a call that gives none. */
  public static final long NO_INDEX = -1;

  private long id;
  private @Nullable String name;
  private long index = NO_INDEX;
  private int timeoutMillis;
  private int argumentCount;
  private @Nullable ValueType[] types = new ValueType[4];
  private long[] bits = new long[4];
  private ByteBuf input = Unpooled.EMPTY_BUFFER;
  private int inputIndex;
  private int inputLength;
  private @Nullable TraceParent trace;

  /**
   * Begins anew, without input and arguments so far.
   *
   * @param name the function's, or null to go by {@code index}
   * @param index the function's place among the module's exports, from 0, or {@link #NO_INDEX}
   * @param timeoutMillis unsigned; 0 asks for the session's
   */
  public void begin(long id, @Nullable String name, long index, int timeoutMillis) {
    this.id = id;
    this.name = name;
    this.index = index;
    this.timeoutMillis = timeoutMillis;
    input(Unpooled.EMPTY_BUFFER, 0, 0);
    argumentCount = 0;
    trace = null;
  }

  /** Sets of which trace the call is a part; null for none. */
  public void trace(@Nullable TraceParent parent) {
    trace = parent;
  }

  /**
   * Sets what the call brings along.
   *
   * @param bytes hold it, from {@code start} on; borrowed for as long as the request is used
   * @param length in bytes
   */
  public void input(ByteBuf bytes, int start, int length) {
    input = bytes;
    inputIndex = start;
    inputLength = length;
  }

  /**
   * Appends an argument.
   *
   * @param type null for a value that the message doesn't say the type of
   */
  public void addArgument(@Nullable ValueType type, long rawBits) {
    if (argumentCount == bits.length) {
      bits = Arrays.copyOf(bits, 2 * argumentCount);
      types = Arrays.copyOf(types, 2 * argumentCount);
    }
    types[argumentCount] = type;
    bits[argumentCount++] = rawBits;
  }

  long id() {
    return id;
  }

  @Nullable String name() {
    return name;
  }

  /** {@link #NO_INDEX} if the call gives none; then, without a name, it names no function. */
  long index() {
    return index;
  }

  /** What the input lies in. */
  ByteBuf input() {
    return input;
  }

  int inputIndex() {
    return inputIndex;
  }

  int inputLength() {
    return inputLength;
  }

  int timeoutMillis() {
    return timeoutMillis;
  }

  @Nullable TraceParent trace() {
    return trace;
  }

  int argumentCount() {
    return argumentCount;
  }

  @Nullable ValueType type(int argument) {
    return types[argument];
  }

  /**
   * The arguments' raw bits.
   *
   * @param spare an array that is used if it has just the length
   */
  long[] arguments(long[] spare) {
    long[] arguments = spare.length == argumentCount ? spare : new long[argumentCount];
    System.arraycopy(bits, 0, arguments, 0, argumentCount);
    return arguments;
  }
}
