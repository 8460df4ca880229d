package dev.mooring.proto.frame;

import io.netty.buffer.ByteBuf;
import java.util.HexFormat;

/**
 * A length as a canonical varint32, which is how Mooring's own protocol has it.
 *
 * <p>Any thread; no state.
 */
public final class VarintPrefix implements LengthPrefix {
  public static final VarintPrefix INSTANCE = new VarintPrefix();

  /** The fifth byte asks for a sixth. */
  private static final long TOO_LONG = MALFORMED;

  /** Fewer bytes would have said the same. */
  private static final long NOT_CANONICAL = MALFORMED - 1;

  /** Above {@link Integer#MAX_VALUE}. */
  private static final long TOO_LARGE = MALFORMED - 2;

  /** The bytes of the longest length. */
  private static final int MAX_LENGTH_BYTES = 5;

  private VarintPrefix() {}

  @Override
  public long peek(ByteBuf in) {
    int from = in.readerIndex();
    int available = Math.min(in.readableBytes(), MAX_LENGTH_BYTES);
    long length = 0;
    for (int i = 0; i < available; i++) {
      byte next = in.getByte(from + i);
      length |= (long) (next & 0x7F) << (7 * i);
      if (next >= 0) {
        if (next == 0 && i > 0) {
          return NOT_CANONICAL;
        }
        return length > Integer.MAX_VALUE ? TOO_LARGE : LengthPrefix.of(length, i + 1);
      }
    }
    return available == MAX_LENGTH_BYTES ? TOO_LONG : INCOMPLETE;
  }

  @Override
  public String problem(ByteBuf in) {
    var hex = new byte[Math.min(in.readableBytes(), MAX_LENGTH_BYTES)];
    in.getBytes(in.readerIndex(), hex);
    long problem = peek(in);
    String what =
        problem == TOO_LONG
            ? "has more than 5 bytes"
            : problem == NOT_CANONICAL
                ? "is written in more bytes than it needs"
                : "is above 2147483647";
    return "a frame's length "
        + what
        + " ("
        + HexFormat.ofDelimiter(" ").formatHex(hex)
        + "); expected a canonical varint32";
  }
}
