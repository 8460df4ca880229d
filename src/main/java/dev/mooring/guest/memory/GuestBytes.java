package dev.mooring.guest.memory;

import io.netty.buffer.ByteBuf;

/**
 * Guest memory as host functions see it. Addresses and lengths are unsigned; a range that is not
 * wholly inside the memory is a trap, before any byte is moved.
 */
public interface GuestBytes {
  /** Throws if the range is not wholly inside. */
  void check(int address, int length);

  /** A copy of a range. */
  byte[] bytes(int address, int length);

  /** Appends guest memory to a buffer. */
  void read(int address, int length, ByteBuf into);

  /** Copies from a buffer, whose indices don't move. */
  void write(int address, ByteBuf from, int index, int length);

  // Whoever uses these has checked the range.

  int readInt(int address);

  void writeInt(int address, int value);

  void writeLong(int address, long value);

  void writeByte(int address, byte value);
}
