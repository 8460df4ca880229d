package dev.mooring.proto;

import dev.mooring.proto.v1.Value;
import dev.mooring.proto.v1.ValueType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;

/**
 * What {@link CallReader} and {@link ResultReader} share: a cursor over a body, and the typed
 * values that a call and a result carry.
 *
 * <p>Both read the one shape that serialisers write: each field at most once but for the values, in
 * ascending order, nothing unknown. Every other shape is {@link #odd}, and then the generated
 * classes decide what it means or that it is wrong. So the fast reader needn't know what protobuf
 * makes of duplicates, merges and unknown fields; it only must not take such a shape for a plain
 * one.
 */
abstract class EnvelopeReader {
  private static final int VALUE_I32 = Value.I32_FIELD_NUMBER << 3;
  private static final int VALUE_I64 = Value.I64_FIELD_NUMBER << 3;
  private static final int VALUE_F32 = Value.F32_FIELD_NUMBER << 3 | 5;
  private static final int VALUE_F64 = Value.F64_FIELD_NUMBER << 3 | 1;

  /** Field numbers up to 15 and wire types fit one byte; a longer tag is of an unknown field. */
  static final int VARINT = 0;

  static final int BYTES = 2;

  private final int maxValues;

  ByteBuf body = Unpooled.EMPTY_BUFFER;
  private int start;

  /** The cursor, and the index that it mustn't pass. */
  int at;

  int end;

  /** Whether the body turned out not to have the plain shape; what was read of it is void. */
  boolean odd;

  long id;
  int bytesIndex;
  int bytesLength;

  private int valueCount;
  private long[] values = new long[8];
  private byte[] types = new byte[8];

  EnvelopeReader(int maxValues) {
    this.maxValues = maxValues;
  }

  /** Starts over on a body, and forgets what was read before. */
  final void begin(ByteBuf bytes, int index, int length) {
    body = bytes;
    start = index;
    at = index;
    end = index + length;
    odd = false;
    id = 0;
    bytesIndex = at;
    bytesLength = 0;
    valueCount = 0;
  }

  /** The body as a buffer of its own. */
  final ByteBuf wholeBody() {
    return body.slice(start, end - start);
  }

  /** Moves the cursor past {@code tag} and a length that makes one field of the whole body. */
  final boolean onlyField(int tag) {
    if (end - at < 2 || body.getByte(at) != tag) {
      return false;
    }
    at++;
    return length() == end - at && !odd;
  }

  /** A varint of up to 64 bits. */
  final long varint() {
    long value = 0;
    for (int shift = 0; at < end; shift += 7) {
      byte next = body.getByte(at++);
      if (shift == 63 && next != 1) {
        // The tenth byte has room for one bit. What to make of others is protobuf's business.
        break;
      }
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    odd = true;
    return 0;
  }

  /** A length that lies within what is left. */
  final int length() {
    long length = varint();
    if (length < 0 || length > end - at) {
      odd = true;
      return 0;
    }
    return (int) length;
  }

  /** A bytes field's value, noted and passed over. */
  final void bytes() {
    bytesLength = length();
    bytesIndex = at;
    at += bytesLength;
  }

  /** A {@code Value}, length and all. */
  final void value() throws MessageException {
    int bytes = length();
    int valueEnd = at + bytes;
    if (bytes == 0) {
      addValue(ValueType.VALUE_TYPE_UNSPECIFIED_VALUE, 0);
      return;
    }
    int tag = body.getByte(at++);
    if (tag == VALUE_I32) {
      addValue(ValueType.I32_VALUE, unzigzag((int) varint()));
    } else if (tag == VALUE_I64) {
      addValue(ValueType.I64_VALUE, unzigzag(varint()));
    } else if (tag == VALUE_F32 && bytes == 5) {
      addValue(ValueType.F32_VALUE, body.getUnsignedIntLE(at));
      at += 4;
    } else if (tag == VALUE_F64 && bytes == 9) {
      addValue(ValueType.F64_VALUE, body.getLongLE(at));
      at += 8;
    } else {
      odd = true;
    }
    if (at != valueEnd) {
      odd = true;
    }
  }

  /** Takes over the values that the generated classes read. */
  final void setValues(List<Value> list) throws MessageException {
    valueCount = 0;
    for (Value value : list) {
      switch (value.getValueCase()) {
        case I32 -> addValue(ValueType.I32_VALUE, value.getI32());
        case I64 -> addValue(ValueType.I64_VALUE, value.getI64());
        case F32 ->
            addValue(
                ValueType.F32_VALUE,
                Integer.toUnsignedLong(Float.floatToRawIntBits(value.getF32())));
        case F64 -> addValue(ValueType.F64_VALUE, Double.doubleToRawLongBits(value.getF64()));
        case VALUE_NOT_SET -> addValue(ValueType.VALUE_TYPE_UNSPECIFIED_VALUE, 0);
      }
    }
  }

  /**
   * Finds, in a body that the generated classes have accepted, the last bytes field {@code inner}
   * of the oneof's member {@code outer}. As protobuf-java has it: all occurrences of a member are
   * one message, whatever came in between.
   */
  final void locateBytes(int outer, int inner) {
    at = start;
    bytesIndex = at;
    bytesLength = 0;
    while (at < end) {
      int tag = acceptedVarint();
      if (tag != (outer << 3 | BYTES)) {
        skipAccepted(tag);
      } else {
        int bytes = acceptedVarint();
        int memberEnd = at + bytes;
        while (at < memberEnd) {
          int innerTag = acceptedVarint();
          if (innerTag == (inner << 3 | BYTES)) {
            bytesLength = acceptedVarint();
            bytesIndex = at;
            at += bytesLength;
          } else {
            skipAccepted(innerTag);
          }
        }
      }
    }
  }

  private void skipAccepted(int tag) {
    switch (tag & 7) {
      case VARINT -> acceptedVarint();
      case 1 -> at += 8;
      case BYTES -> {
        int bytes = acceptedVarint();
        at += bytes;
      }
      case 5 -> at += 4;
      default -> throw new IllegalStateException("a wire type that was refused before");
    }
  }

  /** A varint as protobuf takes a tag or a length: of up to ten bytes, the lower 32 bits. */
  private int acceptedVarint() {
    int value = 0;
    byte next;
    int shift = 0;
    do {
      next = body.getByte(at++);
      value |= shift < Integer.SIZE ? (next & 0x7F) << shift : 0;
      shift += 7;
    } while (next < 0);
    return value;
  }

  private void addValue(int type, long value) throws MessageException {
    if (valueCount == values.length) {
      if (valueCount == maxValues) {
        throw new MessageException("more than " + maxValues + " typed values in one message");
      }
      int capacity = Math.min(2 * valueCount, maxValues);
      values = Arrays.copyOf(values, capacity);
      types = Arrays.copyOf(types, capacity);
    }
    values[valueCount] = value;
    types[valueCount] = (byte) type;
    valueCount++;
  }

  private static int unzigzag(int value) {
    return value >>> 1 ^ -(value & 1);
  }

  private static long unzigzag(long value) {
    return value >>> 1 ^ -(value & 1);
  }

  /** How many typed values came. */
  public final int valueCount() {
    return valueCount;
  }

  /**
   * The typed values as raw bits, of which the first {@link #valueCount()} count: an i32
   * sign-extended, an f32's 32 bits zero-extended, an f64's 64 bits. The reader's own array, valid
   * until the next message is read.
   */
  public final long[] values() {
    return values;
  }

  /**
   * The numbers of the values' {@link ValueType}s, of which the first {@link #valueCount()} count;
   * 0 for a value of which no type is set. The reader's own array, valid until the next message is
   * read.
   */
  public final byte[] types() {
    return types;
  }
}
