package dev.mooring.guest.intake;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A cursor over a module's bytes that reads the binary format's primitives and never leaves the
 * part that it was told to stay in. Integers may be padded, as linkers do, up to the length that
 * the format allows.
 *
 * <p>Invariant: {@code 0 <= position <= limit <= bytes.length}.
 */
final class WasmReader {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] bytes;
  private final int nameBytesLimit;
  private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
  private int position;
  private int limit;
  private int entered;

  WasmReader(byte[] bytes, IntakeLimits limits) {
    this.bytes = bytes;
    this.nameBytesLimit = limits.nameBytes();
    this.limit = bytes.length;
  }

  int position() {
    return position;
  }

  int remaining() {
    return limit - position;
  }

  /**
   * Keeps all reading within the next {@code size} bytes until {@link #leave}.
   *
   * @return what to hand to {@code leave}
   */
  int enter(long size, String what) {
    if (size > remaining()) {
      throw ended(what + " of " + size + " bytes");
    }
    int outer = limit;
    limit = position + (int) size;
    entered++;
    return outer;
  }

  /** Undoes {@link #enter}; what was entered must have been read to its end. */
  void leave(int outer, String what) {
    if (position != limit) {
      throw malformed(position, what + " has " + remaining() + " bytes too many");
    }
    limit = outer;
    entered--;
  }

  /** Undoes {@link #enter}, wherever reading has come to. */
  void abandon(int outer) {
    limit = outer;
    entered--;
  }

  /** Whether the next {@code length} bytes are there and end so. */
  boolean hasNext(long length, byte[] ending) {
    if (length < ending.length || length > remaining()) {
      return false;
    }
    int end = position + (int) length;
    return Arrays.equals(bytes, end - ending.length, end, ending, 0, ending.length);
  }

  /** Goes back to where reading has been before. */
  void back(int earlier) {
    position = earlier;
  }

  int u8() {
    if (position == limit) {
      throw ended("byte");
    }
    return bytes[position++] & 0xFF;
  }

  /** The next byte, which must exist, without moving past it. */
  int peekU8() {
    assert position < limit;
    return bytes[position] & 0xFF;
  }

  /** An unsigned 32-bit integer. */
  long u32() {
    int start = position;
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      int b = u8();
      if (shift == 28 && (b & 0xF0) != 0) {
        throw malformed(start, "an unsigned integer has more than 32 bits");
      }
      value |= (long) (b & 0x7F) << shift;
      if (b < 0x80) {
        return value;
      }
    }
  }

  /** A number of things that follow, at most {@code cap}. */
  int count(String what, int cap, Reason reason) {
    int start = position;
    return atMost(what, u32(), cap, reason, start);
  }

  /** The index of one of {@code size} things. */
  int index(String what, int size) {
    int start = position;
    long value = u32();
    if (value >= size) {
      throw invalid(start, "refers to " + what + " " + value + ", but there are " + size);
    }
    return (int) value;
  }

  int s32() {
    return (int) signed(32);
  }

  /** A 33-bit integer, which the format uses where a type index or a type may stand. */
  long s33() {
    return signed(33);
  }

  long s64() {
    return signed(64);
  }

  private long signed(int bits) {
    int start = position;
    long value = 0;
    int shift = 0;
    while (true) {
      int b = u8();
      int room = bits - shift;
      if (room < 7) {
        // The last byte there may be: no further byte, and all bits past the sign equal to it.
        int signAndAbove = 0x7F & (-1 << (room - 1));
        int found = b & signAndAbove;
        if (b >= 0x80 || (found != 0 && found != signAndAbove)) {
          throw malformed(start, "a signed integer has more than " + bits + " bits");
        }
      }
      value |= (long) (b & 0x7F) << shift;
      shift += 7;
      if (b < 0x80) {
        boolean negative = (b & 0x40) != 0;
        return negative && shift < 64 ? value | (-1L << shift) : value;
      }
    }
  }

  /** The bits of an f32. */
  int f32Bits() {
    int start = position;
    skip(Integer.BYTES, "f32");
    return (int) INT.get(bytes, start);
  }

  /** The bits of an f64. */
  long f64Bits() {
    int start = position;
    skip(Long.BYTES, "f64");
    return (long) LONG.get(bytes, start);
  }

  void skip(long count, String what) {
    if (count > remaining()) {
      throw ended(what + " of " + count + " bytes");
    }
    position += (int) count;
  }

  /** The next bytes, as they are; the caller's. */
  byte[] bytes(long length, String what) {
    int start = position;
    skip(length, what);
    return Arrays.copyOfRange(bytes, start, position);
  }

  /** A name: a length and that many bytes of UTF-8. */
  String name(String what) {
    int start = position;
    long length = u32();
    if (length > nameBytesLimit) {
      throw tooMuch(
          Reason.NAME_TOO_LONG, start, "bytes in the name of " + what, length, nameBytesLimit);
    }
    if (length > remaining()) {
      throw ended("name of " + length + " bytes");
    }
    return utf8((int) length, Reason.MALFORMED, "the name of " + what);
  }

  /** The next {@code length} bytes as text. */
  String utf8(int length, Reason reason, String what) {
    int start = position;
    position += length;
    try {
      return utf8.decode(ByteBuffer.wrap(bytes, start, length)).toString();
    } catch (CharacterCodingException e) {
      throw new ModuleRejection(reason, start, what + " is not valid UTF-8");
    }
  }

  static int atMost(String what, long count, int cap, Reason reason, int offset) {
    if (count > cap) {
      throw tooMuch(reason, offset, what, count, cap);
    }
    return (int) count;
  }

  static ModuleRejection tooMuch(Reason reason, int offset, String what, long count, long cap) {
    return new ModuleRejection(
        reason, offset, "has " + count + " " + what + "; the limit is " + cap);
  }

  static ModuleRejection malformed(int offset, String message) {
    return new ModuleRejection(Reason.MALFORMED, offset, message);
  }

  static ModuleRejection invalid(int offset, String message) {
    return new ModuleRejection(Reason.INVALID, offset, message);
  }

  /**
   * Something doesn't fit before the limit: the file is cut short, or what encloses it says a wrong
   * size.
   */
  private ModuleRejection ended(String what) {
    return entered == 0
        ? new ModuleRejection(
            Reason.TRUNCATED,
            position,
            "ends where a " + what + " was expected; " + remaining() + " bytes are left")
        : malformed(
            position,
            "a section or function ends where a "
                + what
                + " was expected; "
                + remaining()
                + " bytes of it are left");
  }
}
