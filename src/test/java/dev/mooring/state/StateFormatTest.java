package dev.mooring.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The format: what it is, byte for byte, and that nothing else is taken for it. */
final class StateFormatTest {
  /** Where the header's counts are. */
  private static final int MEMORY_AT = 84;

  private static final int PAGES_AT = 88;
  private static final int GLOBALS_AT = 92;
  private static final int TABLES_AT = 96;
  private static final int WORDS_AT = 100;
  private static final int TIMERS_AT = 104;
  private static final int ENTRIES_AT = 108;

  /** Where {@link States#ofEverything} has its records. */
  private static final int PAGE_AT = 112;

  private static final int GLOBAL_AT = PAGE_AT + 4 + 1024;
  private static final int TABLE_AT = GLOBAL_AT + 2 * 12;
  private static final int TIMER_AT = TABLE_AT + 2 * 8 + 3 * 4 + 8;
  private static final int END = TIMER_AT + 3 * 8 + 4;

  /** Another program wrote the file, from the description of the format. */
  @Test
  void goldenFile_readAndWritten_isTheSame() throws StateException, IOException {
    byte[] golden = golden();
    assertEquals(States.ofEverything(), SessionState.fromBytes(golden));
    assertArrayEquals(golden, States.ofEverything().toBytes());
    assertEquals(golden.length, States.ofEverything().sizeBytes());
    assertEquals(END, golden.length);
  }

  private static byte[] golden() throws IOException {
    try (var stream = StateFormatTest.class.getResourceAsStream("state-v1.hex")) {
      var bytes = new ByteArrayOutputStream();
      for (String line :
          new String(stream.readAllBytes(), StandardCharsets.US_ASCII).split("\n", -1)) {
        int comment = line.indexOf('#');
        String digits = comment < 0 ? line : line.substring(0, comment);
        bytes.writeBytes(HexFormat.of().parseHex(digits.replace(" ", "")));
      }
      return bytes.toByteArray();
    }
  }

  @Test
  void roundTrip_randomStates_areEqual() throws StateException {
    var random = new Random(7);
    for (int i = 0; i < 500; i++) {
      SessionState state = States.random(random);
      byte[] bytes = state.toBytes();
      SessionState read = SessionState.fromBytes(bytes);
      assertEquals(state, read);
      assertArrayEquals(bytes, read.toBytes());
      assertEquals(bytes.length, state.sizeBytes());
    }
  }

  @Test
  void read_cutOffAnywhere_isRefused() {
    byte[] bytes = States.ofEverything().toBytes();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThrows(StateException.class, () -> SessionState.fromBytes(cut));
      if (length >= 4) {
        byte[] sealed = States.sealed(cut.clone());
        assertThrows(StateException.class, () -> SessionState.fromBytes(sealed));
      }
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThrows(StateException.class, () -> SessionState.fromBytes(longer));
  }

  @Test
  void read_anyBitFlipped_isRefused() {
    byte[] bytes = States.ofEverything().toBytes();
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3] ^= (byte) (1 << (bit & 7));
      assertThrows(StateException.class, () -> SessionState.fromBytes(bytes), "bit " + bit);
      bytes[bit >> 3] ^= (byte) (1 << (bit & 7));
    }
  }

  /**
   * 100,000 damaged states, half of them with a checksum that hides the damage: each is refused, or
   * is a state with exactly these bytes.
   */
  @Test
  void read_randomMutations_areRefusedOrMeanWhatTheySay() {
    var random = new Random(20_261_124);
    int accepted = 0;
    byte[] original = {};
    for (int i = 0; i < 100_000; i++) {
      if (i % 100 == 0) {
        original = (i % 200 == 0 ? States.ofEverything() : States.random(random)).toBytes();
      }
      byte[] bytes = mutated(original, random);
      if (i % 2 == 0 && bytes.length >= 4) {
        States.sealed(bytes);
      }
      try {
        assertArrayEquals(bytes, SessionState.fromBytes(bytes).toBytes());
        accepted++;
      } catch (StateException e) {
        assertTrue(String.valueOf(e.getMessage()).length() > 10, "it says what is wrong");
      }
    }
    assertTrue(accepted > 1_000 && accepted < 50_000, accepted + " accepted");
  }

  private static byte[] mutated(byte[] original, Random random) {
    byte[] bytes = original.clone();
    for (int changes = random.nextInt(3); changes >= 0; changes--) {
      // Mostly in the header and among the small records: a page has no wrong bytes.
      int reach = random.nextBoolean() ? Math.min(bytes.length, PAGE_AT + 4) : bytes.length;
      int at = random.nextBoolean() ? random.nextInt(reach) : bytes.length - 1 - random.nextInt(84);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] += (byte) (random.nextBoolean() ? 1 : -1);
        case 3 -> States.putInt(bytes, Math.min(at & ~3, bytes.length - 4), extreme(random));
        default -> {
          if (random.nextInt(4) == 0) {
            bytes = Arrays.copyOf(bytes, Math.max(100, bytes.length + random.nextInt(40) - 20));
          }
        }
      }
    }
    return bytes;
  }

  private static int extreme(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> -1;
      case 1 -> Integer.MAX_VALUE;
      case 2 -> Integer.MIN_VALUE;
      case 3 -> 0;
      case 4 -> 65_536;
      default -> random.nextInt(200);
    };
  }

  @Test
  void read_nothingOfOurs_isSaidSo() {
    refused("doesn't begin with MOORSTAT", "PK and so on".getBytes(StandardCharsets.US_ASCII));
    refused("cut off after 0 bytes, expected 116 or more", new byte[0]);
    refused("cut off after 8 bytes", "MOORSTAT".getBytes(StandardCharsets.US_ASCII));
  }

  /** Each with a good checksum, so that it is what is said and nothing else. */
  @Test
  void read_oneThingWrong_isToldWhich() {
    refused("version 2 of the format, expected 1", 8, 2);
    refused("version 4294967295 of the format", 8, -1);
    refused("it says that it has 5 bytes, but there are " + END, 12, 5);
    refused("it announces 65537 pages of memory, at most 65536", MEMORY_AT, 65_537);
    refused("it announces 1 pages, at most 0", MEMORY_AT, 0);
    refused("page 130 is outside memory of 2 pages of 64 KiB", MEMORY_AT, 2);
    refused("it announces 193 pages, at most 192", PAGES_AT, 193);
    refused("the counts announce a body of", PAGES_AT, 2);
    refused("it announces 4294967295 globals, at most 1000000", GLOBALS_AT, -1);
    refused("it announces 100001 tables, at most 100000", TABLES_AT, 100_001);
    refused("it announces 20001 words", WORDS_AT, 20_001);
    refused("it announces 1000001 timers", TIMERS_AT, 1_000_001);
    refused("it announces 10000001 table entries", ENTRIES_AT, 10_000_001);
    refused("page 4294967295 is outside memory", PAGE_AT, -1);
    refused("global 5 comes after global 9", GLOBAL_AT, 9);
    refused("global 4294967295, expected an index below 1000000", GLOBAL_AT, -1);
    refused("global 0 comes after global 0", GLOBAL_AT + 12, 0);
    refused("it announces 4 entries of table 0, at most 3", TABLE_AT + 4, 4);
    refused("table 4294967295, expected an index below 100000", TABLE_AT, -1);
    refused("timer 3 is due before", TIMER_AT + 4, 1);
    refused("timer -7 is there twice", TIMER_AT + 8, -7);
  }

  private static void refused(String message, int at, int value) {
    byte[] bytes = States.ofEverything().toBytes();
    States.putInt(bytes, at, value);
    refused(message, States.sealed(bytes));
  }

  private static void refused(String message, byte[] bytes) {
    var thrown = assertThrows(StateException.class, () -> SessionState.fromBytes(bytes));
    assertTrue(String.valueOf(thrown.getMessage()).contains(message), thrown::toString);
  }

  /** A hundred bytes that announce gigabytes get no more than a message. */
  @Test
  void read_largeCounts_allocatesNothingForThem() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    byte[] bytes = States.ofEverything().toBytes();
    States.putInt(bytes, MEMORY_AT, SessionState.MAX_MEMORY_PAGES);
    States.putInt(bytes, PAGES_AT, 64 * SessionState.MAX_MEMORY_PAGES);
    States.putInt(bytes, GLOBALS_AT, SessionState.MAX_GLOBALS);
    States.putInt(bytes, TABLES_AT, SessionState.MAX_TABLES);
    States.putInt(bytes, WORDS_AT, SessionState.MAX_SEGMENT_WORDS);
    States.putInt(bytes, TIMERS_AT, SessionState.MAX_TIMERS);
    States.putInt(bytes, ENTRIES_AT, SessionState.MAX_TABLE_ENTRIES);
    States.sealed(bytes);
    refused("the counts announce a body of", bytes);
    long before = threads.getCurrentThreadAllocatedBytes();
    refused("the counts announce a body of", bytes);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 100_000, allocated + " bytes");
  }
}
