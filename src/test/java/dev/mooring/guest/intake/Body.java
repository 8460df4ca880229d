package dev.mooring.guest.intake;

import java.io.ByteArrayOutputStream;

/** Writes a function's instructions, one after the other, without a check. */
public final class Body {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** A byte, and numbers behind it; what is below 128 is a byte then, too. */
  public Body op(int opcode, long... numbers) {
    out.write(opcode);
    for (long number : numbers) {
      out.writeBytes(WasmBuilder.leb(number));
    }
    return this;
  }

  Body raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  public Body i32(int value) {
    out.write(0x41);
    return signed(value);
  }

  public Body i64(long value) {
    out.write(0x42);
    return signed(value);
  }

  public Body f32(int bits) {
    out.write(0x43);
    return little(bits, 4);
  }

  public Body f64(long bits) {
    out.write(0x44);
    return little(bits, 8);
  }

  private Body little(long bits, int bytes) {
    for (int i = 0; i < bytes; i++) {
      out.write((int) (bits >>> (8 * i)));
    }
    return this;
  }

  private Body signed(long value) {
    long rest = value;
    while (true) {
      int b = (int) (rest & 0x7F);
      rest >>= 7;
      if ((rest == 0 && (b & 0x40) == 0) || (rest == -1 && (b & 0x40) != 0)) {
        out.write(b);
        return this;
      }
      out.write(b | 0x80);
    }
  }

  /** A constant of a type, with something of {@code value} in it; null if it is a reference. */
  Body value(int type, long value) {
    return switch (type) {
      case WasmBuilder.I32 -> i32((int) value);
      case WasmBuilder.I64 -> i64(value);
      case WasmBuilder.F32 -> f32((int) value);
      case WasmBuilder.F64 -> f64(value);
      default -> op(0xD0, type);
    };
  }

  public byte[] bytes() {
    return out.toByteArray();
  }
}
