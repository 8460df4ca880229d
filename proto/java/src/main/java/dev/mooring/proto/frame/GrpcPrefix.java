package dev.mooring.proto.frame;

import io.netty.buffer.ByteBuf;

/**
 * What gRPC has in front of a message: a byte that says whether it is compressed, which none is
 * here, and its length in four.
 *
 * <p>Any thread; no state.
 */
public final class GrpcPrefix implements LengthPrefix, Framing {
  public static final GrpcPrefix INSTANCE = new GrpcPrefix();

  private static final int HEAD_BYTES = 5;
  private static final int COMPRESSED = 1;

  private GrpcPrefix() {}

  @Override
  public long peek(ByteBuf in) {
    if (!in.isReadable()) {
      return INCOMPLETE;
    }
    if (in.getByte(in.readerIndex()) != 0) {
      return MALFORMED;
    }
    return in.readableBytes() < HEAD_BYTES
        ? INCOMPLETE
        : LengthPrefix.of(in.getUnsignedInt(in.readerIndex() + 1), HEAD_BYTES);
  }

  @Override
  public String problem(ByteBuf in) {
    return switch (in.getByte(in.readerIndex())) {
      case 0 -> "a message's length is above 2147483647";
      case COMPRESSED -> "a message is compressed, and no encoding was agreed on";
      default -> "a message begins with neither 0 nor 1, which is to say whether it is compressed";
    };
  }

  @Override
  public int headBytes(int bodyBytes) {
    return HEAD_BYTES;
  }

  @Override
  public void writeHead(ByteBuf out, int bodyBytes) {
    out.writeByte(0).writeInt(bodyBytes);
  }
}
