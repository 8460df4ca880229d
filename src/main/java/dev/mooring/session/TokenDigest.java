package dev.mooring.session;

import dev.mooring.digest.Sha256;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What is remembered of a token: its SHA-256, from which nobody can tell the token. There are as
 * many as sessions, so it is four numbers and not a text.
 */
record TokenDigest(long first, long second, long third, long fourth) {
  static final int BYTES = 4 * Long.BYTES;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Of a token as a client has it, in hexadecimal. */
  static TokenDigest of(String token) {
    return of(Sha256.of(token.getBytes(StandardCharsets.US_ASCII)), 0);
  }

  /** Of its bytes, from {@code at} on. */
  static TokenDigest of(byte[] bytes, int at) {
    return new TokenDigest(
        (long) LONG.get(bytes, at),
        (long) LONG.get(bytes, at + Long.BYTES),
        (long) LONG.get(bytes, at + 2 * Long.BYTES),
        (long) LONG.get(bytes, at + 3 * Long.BYTES));
  }

  /** Its bytes. */
  byte[] toBytes() {
    var bytes = new byte[BYTES];
    LONG.set(bytes, 0, first);
    LONG.set(bytes, Long.BYTES, second);
    LONG.set(bytes, 2 * Long.BYTES, third);
    LONG.set(bytes, 3 * Long.BYTES, fourth);
    return bytes;
  }

  /** Any of it is as good as chance. */
  @Override
  public int hashCode() {
    return (int) first;
  }
}
