package dev.mooring.proto;

import dev.mooring.proto.frame.Framing;
import dev.mooring.proto.v1.Value;
import dev.mooring.proto.v1.ValueType;
import io.netty.buffer.ByteBuf;

/**
 * What {@link CallWriter} and {@link ResultWriter} share. A field that has protobuf's default value
 * isn't written, unless it is a oneof's member: the bytes are those that protobuf-java writes.
 */
final class EnvelopeWriter {
  /** The greatest varint of one byte. */
  private static final int MOST_OF_ONE_BYTE = 0x7F;

  /** Leaves room for what any framing has in front, within what a buffer may hold. */
  private static final int MOST_BODY_BYTES = Integer.MAX_VALUE - 16;

  private EnvelopeWriter() {}

  /** {@link #begin(ByteBuf, Framing, int, long)} of a frame with a varint in front. */
  static void begin(ByteBuf out, int tag, long messageBytes) {
    begin(out, Frames.VARINT, tag, messageBytes);
  }

  /** Makes room in {@code out} for a frame whose body is one field, and writes all up to it. */
  @SuppressWarnings("ReferenceEquality") // There is one of that kind.
  static void begin(ByteBuf out, Framing framing, int tag, long messageBytes) {
    long bodyBytes = 1 + lengthBytes(messageBytes) + messageBytes;
    if (bodyBytes > MOST_BODY_BYTES) {
      throw new IllegalArgumentException("a message of " + messageBytes + " bytes fits no frame");
    }
    out.ensureWritable(framing.headBytes((int) bodyBytes) + (int) bodyBytes);
    if (framing == Frames.VARINT && bodyBytes <= MOST_OF_ONE_BYTE) {
      out.writeMediumLE((int) bodyBytes | tag << 8 | (int) messageBytes << 16);
    } else {
      framing.writeHead(out, (int) bodyBytes);
      out.writeByte(tag);
      Frames.writeVarint(out, (int) messageBytes);
    }
  }

  static long varintFieldBytes(long value) {
    return value == 0 ? 0 : 1 + Frames.varintSize(value);
  }

  static void writeVarintField(ByteBuf out, int tag, long value) {
    if (value != 0) {
      out.writeByte(tag);
      Frames.writeVarint(out, value);
    }
  }

  static long bytesFieldBytes(long length) {
    return length == 0 ? 0 : 1 + lengthBytes(length) + length;
  }

  /** Tag and length of a bytes field of {@code length} bytes, unless that is 0. */
  static void writeBytesHead(ByteBuf out, int tag, int length) {
    if (length != 0) {
      out.writeByte(tag);
      Frames.writeVarint(out, length);
    }
  }

  static long valueFieldsBytes(long[] values, byte[] types, int count) {
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      bytes += 2 + valueBytes(values[i], types[i]);
    }
    return bytes;
  }

  static void writeValueFields(ByteBuf out, int tag, long[] values, byte[] types, int count) {
    for (int i = 0; i < count; i++) {
      out.writeByte(tag);
      out.writeByte(valueBytes(values[i], types[i]));
      writeValue(out, values[i], types[i]);
    }
  }

  private static int valueBytes(long value, byte type) {
    return switch (type) {
      case ValueType.VALUE_TYPE_UNSPECIFIED_VALUE -> 0;
      case ValueType.I32_VALUE -> 1 + Frames.varintSize(zigzag((int) value));
      case ValueType.I64_VALUE -> 1 + Frames.varintSize(zigzag(value));
      case ValueType.F32_VALUE -> 5;
      case ValueType.F64_VALUE -> 9;
      default -> throw new IllegalArgumentException("no value type has the number " + type);
    };
  }

  private static void writeValue(ByteBuf out, long value, byte type) {
    switch (type) {
      case ValueType.I32_VALUE -> {
        out.writeByte(Value.I32_FIELD_NUMBER << 3);
        Frames.writeVarint(out, zigzag((int) value));
      }
      case ValueType.I64_VALUE -> {
        out.writeByte(Value.I64_FIELD_NUMBER << 3);
        Frames.writeVarint(out, zigzag(value));
      }
      case ValueType.F32_VALUE -> {
        out.writeByte(Value.F32_FIELD_NUMBER << 3 | 5);
        out.writeIntLE((int) value);
      }
      case ValueType.F64_VALUE -> {
        out.writeByte(Value.F64_FIELD_NUMBER << 3 | 1);
        out.writeLongLE(value);
      }
      default -> {}
    }
  }

  private static int lengthBytes(long length) {
    return Frames.varintSize(length);
  }

  private static int zigzag(int value) {
    return value << 1 ^ value >> 31;
  }

  private static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }
}
