package dev.mooring.proto;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import dev.mooring.proto.frame.Framing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The framing's arithmetic, and the encoding of a whole frame: a message's length as a canonical
 * varint32, then the message. Any thread; no state.
 */
public final class Frames {
  /** The length as a canonical varint32, which is how Mooring's own protocol has it. */
  public static final Framing VARINT =
      new Framing() {
        @Override
        public int headBytes(int bodyBytes) {
          return varintSize(bodyBytes);
        }

        @Override
        public void writeHead(ByteBuf out, int bodyBytes) {
          writeVarint(out, bodyBytes);
        }
      };

  private Frames() {}

  /**
   * Writes one frame to {@code out}, growing it at most once and to no more than it needs.
   *
   * @param out stays the caller's
   */
  public static void write(ByteBuf out, MessageLite message) {
    write(out, VARINT, message);
  }

  /**
   * Writes one message to {@code out}, growing it at most once and to no more than it needs.
   *
   * @param framing what stands in front of it
   * @param out stays the caller's
   */
  public static void write(ByteBuf out, Framing framing, MessageLite message) {
    int bodyBytes = message.getSerializedSize();
    out.ensureWritable(Math.addExact(framing.headBytes(bodyBytes), bodyBytes));
    framing.writeHead(out, bodyBytes);
    writeBody(out, message, bodyBytes);
  }

  /** One frame in a buffer of exactly its size, which is the caller's to release. */
  public static ByteBuf encode(ByteBufAllocator allocator, MessageLite message) {
    ByteBuf out = allocator.buffer(frameBytes(message.getSerializedSize()));
    boolean written = false;
    try {
      write(out, message);
      written = true;
      return out;
    } finally {
      if (!written) {
        out.release();
      }
    }
  }

  /** The bytes of a frame whose body has {@code bodyBytes} bytes. */
  public static int frameBytes(int bodyBytes) {
    return Math.addExact(varintSize(bodyBytes), bodyBytes);
  }

  /** How many bytes {@code value}, taken as unsigned, needs as a varint: 1 to 5. */
  public static int varintSize(int value) {
    // Nine per eight is one seventh, rounded up, for every width of a 32-bit number.
    return ((Integer.SIZE - Integer.numberOfLeadingZeros(value)) * 9 + 64) >>> 6;
  }

  /** How many bytes {@code value}, taken as unsigned, needs as a varint: 1 to 10. */
  public static int varintSize(long value) {
    return ((Long.SIZE - Long.numberOfLeadingZeros(value)) * 9 + 64) >>> 6;
  }

  /** Writes {@code value}, taken as unsigned, as a canonical varint. */
  public static void writeVarint(ByteBuf out, int value) {
    writeVarint(out, Integer.toUnsignedLong(value));
  }

  /** Writes {@code value}, taken as unsigned, as a canonical varint. */
  public static void writeVarint(ByteBuf out, long value) {
    // One write has one check of bounds, and nearly all are as short as this.
    if (value >>> 7 == 0) {
      out.writeByte((int) value);
    } else if (value >>> 14 == 0) {
      out.writeShortLE((int) ((value & 0x7F) | (value << 1 & 0x7F00)) | 0x80);
    } else if (value >>> 21 == 0) {
      out.writeMediumLE(
          (int) ((value & 0x7F) | (value << 1 & 0x7F00) | (value << 2 & 0x7F0000)) | 0x8080);
    } else {
      while (value >>> 7 != 0) {
        out.writeByte((int) value | 0x80);
        value >>>= 7;
      }
      out.writeByte((int) value);
    }
  }

  private static void writeBody(ByteBuf out, MessageLite message, int bytes) {
    int index = out.writerIndex();
    try {
      if (out.hasArray()) {
        message.writeTo(
            CodedOutputStream.newInstance(out.array(), out.arrayOffset() + index, bytes));
      } else if (out.nioBufferCount() == 1) {
        var coded = CodedOutputStream.newInstance(out.internalNioBuffer(index, bytes));
        message.writeTo(coded);
        coded.flush();
      } else {
        out.setBytes(index, message.toByteArray());
      }
    } catch (IOException e) {
      // Only when a message is changed while it is written: the size was asked for above.
      throw new UncheckedIOException(e);
    }
    out.writerIndex(index + bytes);
  }
}
