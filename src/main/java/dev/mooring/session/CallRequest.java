package dev.mooring.session;

import dev.mooring.guest.ValueType;
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
  private long id;
  private @Nullable String name;
  private int index;
  private int timeoutMillis;
  private int argumentCount;
  private @Nullable ValueType[] types = new ValueType[4];
  private long[] bits = new long[4];
  private ByteBuf input = Unpooled.EMPTY_BUFFER;

  /**
   * Begins anew.
   *
   * @param name the function's, or null to go by {@code index}
   * @param index the function's place among the module's exports, unsigned
   * @param input borrowed for as long as the request is used
   * @param timeoutMillis unsigned; 0 asks for the session's
   */
  public void begin(long id, @Nullable String name, int index, ByteBuf input, int timeoutMillis) {
    this.id = id;
    this.name = name;
    this.index = index;
    this.input = input;
    this.timeoutMillis = timeoutMillis;
    argumentCount = 0;
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

  int index() {
    return index;
  }

  ByteBuf input() {
    return input;
  }

  int timeoutMillis() {
    return timeoutMillis;
  }

  int argumentCount() {
    return argumentCount;
  }

  @Nullable ValueType type(int argument) {
    return types[argument];
  }

  long bits(int argument) {
    return bits[argument];
  }
}
