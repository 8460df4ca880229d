package dev.mooring.state;

import dev.mooring.state.SessionState.Timer;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;

/** States made by hand, and bytes of states with a valid checksum that they don't deserve. */
final class States {
  static final String MODULE =
      "sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  static final String IMAGE =
      "sha256:f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405060708090a0b0c0d0e0f";

  private States() {}

  /** Something of everything, and one page of memory. The golden file holds it. */
  static SessionState ofEverything() {
    byte[] page = new byte[SessionState.PAGE_BYTES];
    for (int i = 0; i < page.length; i++) {
      page[i] = (byte) (i * 7 + (i >> 8));
    }
    return new SessionState.Builder(MODULE, IMAGE, 3)
        .page(130, page, 0)
        .global(0, 0xFFFF_FFFFL)
        .global(5, Long.MIN_VALUE)
        .table(0, new int[] {-1, 0, 2})
        .table(2, new int[] {})
        .droppedSegments(new long[] {0b101})
        .timers(List.of(new Timer(-7, 0), new Timer(3, 0), new Timer(1, 0xFFFF_FFFFL)))
        .build();
  }

  /** A state at random: everything that the format allows may be in it. */
  static SessionState random(Random random) {
    int memoryPages = random.nextInt(4);
    var state = new SessionState.Builder(MODULE, IMAGE, memoryPages);
    byte[] page = new byte[SessionState.PAGE_BYTES];
    for (int number = 0; number < memoryPages * 64; number++) {
      if (random.nextInt(40) == 0) {
        random.nextBytes(page);
        state.page(number, page, 0);
      }
    }
    for (int index = 0; index < 6; index++) {
      if (random.nextBoolean()) {
        state.global(index * 11, random.nextLong());
      }
      if (random.nextInt(3) == 0) {
        state.table(index, random.ints(random.nextInt(5)).toArray());
      }
    }
    state.droppedSegments(random.longs(random.nextInt(3)).toArray());
    if (random.nextBoolean()) {
      state.timers(List.of(new Timer(random.nextInt(9), random.nextInt(99)), new Timer(-1, 50)));
    }
    return state.build();
  }

  /** Gives bytes the checksum that they would have if they had been written so. */
  static byte[] sealed(byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - 4);
    int at = bytes.length - 4;
    putInt(bytes, at, (int) crc.getValue());
    return bytes;
  }

  static void putInt(byte[] bytes, int at, int value) {
    for (int i = 0; i < 4; i++) {
      bytes[at + i] = (byte) (value >> (8 * i));
    }
  }
}
