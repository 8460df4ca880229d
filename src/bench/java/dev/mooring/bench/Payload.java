package dev.mooring.bench;

import io.netty.buffer.ByteBuf;

/** 64 bytes that only one session sends. */
final class Payload {
  static final int BYTES = 64;

  private static final long MIX = 0x9E3779B97F4A7C15L;

  private Payload() {}

  /** Writes them to a buffer that has been emptied. */
  static void write(ByteBuf to, int session) {
    to.clear();
    for (int i = 1; i <= BYTES / Long.BYTES; i++) {
      to.writeLong((session + 1L) * i * MIX);
    }
  }

  /** Whether these, from {@code index}, are they. */
  static boolean is(ByteBuf bytes, int index, int length, int session) {
    boolean same = length == BYTES;
    for (int i = 1; same && i <= BYTES / Long.BYTES; i++) {
      same = bytes.getLong(index + (i - 1) * Long.BYTES) == (session + 1L) * i * MIX;
    }
    return same;
  }
}
