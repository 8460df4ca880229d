package dev.mooring.guest;

import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.runtime.WasmRuntimeException;
import io.netty.buffer.ByteBuf;

/** The memory of a Chicory instance, as host functions see it. */
final class EngineBytes implements GuestBytes {
  /** Of a module without memory. */
  static final GuestBytes NONE = new EngineBytes(null);

  private final @org.jspecify.annotations.Nullable Memory memory;

  EngineBytes(@org.jspecify.annotations.Nullable Memory memory) {
    this.memory = memory;
  }

  private Memory checked(int address, int length) {
    long end = Integer.toUnsignedLong(address) + Integer.toUnsignedLong(length);
    if (memory == null || end > Memory.bytes(1) * (long) memory.pages()) {
      throw new WasmRuntimeException("out of bounds memory access");
    }
    return memory;
  }

  @Override
  public void check(int address, int length) {
    checked(address, length);
  }

  @Override
  public byte[] bytes(int address, int length) {
    return checked(address, length).readBytes(address, length);
  }

  @Override
  public void read(int address, int length, ByteBuf into) {
    into.writeBytes(bytes(address, length));
  }

  @Override
  public void write(int address, ByteBuf from, int index, int length) {
    Memory target = checked(address, length);
    byte[] bytes = new byte[length];
    from.getBytes(index, bytes);
    target.write(address, bytes);
  }

  @Override
  public int readInt(int address) {
    return checked(address, Integer.BYTES).readInt(address);
  }

  @Override
  public void writeInt(int address, int value) {
    checked(address, Integer.BYTES).writeI32(address, value);
  }

  @Override
  public void writeLong(int address, long value) {
    checked(address, Long.BYTES).writeLong(address, value);
  }

  @Override
  public void writeByte(int address, byte value) {
    checked(address, Byte.BYTES).writeByte(address, value);
  }
}
