package dev.mooring.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.state.SessionState.Timer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SessionStateTest {
  private static SessionState.Builder builder() {
    return new SessionState.Builder(States.MODULE, States.IMAGE, 1);
  }

  @Test
  void build_pagesInAnyOrder_areInOrder() {
    byte[] source = new byte[3000];
    new Random(1).nextBytes(source);
    SessionState state =
        builder().page(9, source, 100).page(2, source, 0).page(5, source, 7).build();
    assertEquals(3, state.pageCount());
    byte[] page = new byte[1030];
    for (int[] expected : new int[][] {{0, 2, 0}, {1, 5, 7}, {2, 9, 100}}) {
      assertEquals(expected[1], state.pageNumber(expected[0]));
      state.copyPage(expected[0], page, 6);
      assertArrayEquals(
          java.util.Arrays.copyOfRange(source, expected[2], expected[2] + 1024),
          java.util.Arrays.copyOfRange(page, 6, 1030));
    }
  }

  @Test
  void build_whatNoStateHas_isRefused() {
    byte[] page = new byte[1024];
    refused(
        "is there twice",
        () -> builder().page(3, page, 0).page(1, page, 0).page(3, page, 0).build());
    refused("outside memory", () -> builder().page(64, page, 0));
    refused("outside memory", () -> builder().page(-1, page, 0));
    refused("global 4 comes after global 4", () -> builder().global(4, 1).global(4, 1));
    refused("below 1000000", () -> builder().global(1_000_000, 1));
    refused("table 1 comes after table 2", () -> builder().table(2, page(0)).table(1, page(0)));
    refused("table entries", () -> builder().table(0, page(9_000_000)).table(1, page(1_000_001)));
    refused("65537 pages", () -> new SessionState.Builder(States.MODULE, States.IMAGE, 65_537));
    refused("the digest 'sha256:'", () -> new SessionState.Builder("sha256:", States.IMAGE, 1));
    refused("20001 words", () -> builder().droppedSegments(new long[20_001]));
    refused("timer 1 is there twice", () -> builder().timers(List.of(timer(1, 2), timer(1, 3))));
    refused("timer 1 has -1 ms left", () -> timer(1, -1));
    refused("timer 1 has 4294967296 ms left", () -> timer(1, 1L << 32));
  }

  private static int[] page(int entries) {
    return new int[entries];
  }

  private static Timer timer(int id, long millisLeft) {
    return new Timer(id, millisLeft);
  }

  private static void refused(String message, Runnable build) {
    var thrown = assertThrows(IllegalArgumentException.class, build::run);
    assertTrue(String.valueOf(thrown.getMessage()).contains(message), thrown::toString);
  }

  @Test
  void withTimers_anyOrder_areInTheOrderInWhichTheyAreDue() {
    SessionState state = builder().global(3, 4).build();
    SessionState changed = state.withTimers(List.of(timer(1, 50), timer(7, 0), timer(2, 0)));
    assertEquals(List.of(timer(7, 0), timer(2, 0), timer(1, 50)), changed.timers());
    assertEquals(4, changed.globalBits(0));
    assertEquals(List.of(), state.timers());
    assertEquals(state, changed.withTimers(List.of()));
    assertNotEquals(state, changed);
  }

  /** Whatever is handed in or out may be written to afterwards. */
  @Test
  void arrays_writtenToAfterwards_changeNothing() throws StateException {
    byte[] page = new byte[1024];
    int[] entries = {1, 2};
    long[] words = {4};
    SessionState state =
        builder().page(0, page, 0).table(0, entries).droppedSegments(words).build();
    byte[] written = state.toBytes();
    page[5] = 1;
    entries[0] = 9;
    words[0] = 9;
    state.tableEntries(0)[1] = 9;
    state.droppedSegments()[0] = 9;
    state.toBytes()[200] ^= 1;
    assertArrayEquals(written, state.toBytes());
    SessionState read = SessionState.fromBytes(written);
    byte[] copy = written.clone();
    java.util.Arrays.fill(written, (byte) 0);
    assertArrayEquals(copy, read.toBytes());
  }

  @Test
  void equals_anythingDifferent_isFalse() {
    byte[] page = new byte[1024];
    SessionState plain = builder().build();
    assertEquals(plain, builder().build());
    assertEquals(plain.hashCode(), builder().build().hashCode());
    List<SessionState> others =
        List.of(
            new SessionState.Builder(States.IMAGE, States.IMAGE, 1).build(),
            new SessionState.Builder(States.MODULE, States.MODULE, 1).build(),
            new SessionState.Builder(States.MODULE, States.IMAGE, 2).build(),
            builder().page(1, page, 0).build(),
            builder().global(1, 0).build(),
            builder().table(1, new int[1]).build(),
            builder().droppedSegments(new long[1]).build(),
            builder().timers(List.of(timer(1, 1))).build());
    for (SessionState other : others) {
      assertNotEquals(plain, other);
    }
  }

  /** A state is somebody's data: what it is called in a log tells none of it. */
  @Test
  void toString_ofSecrets_tellsOnlyHowMany() {
    String text = States.ofEverything().toString();
    assertEquals(
        "state of " + States.MODULE + ": 1 of 192 KiB, 2 globals, 2 tables, 3 timers", text);
    assertFalse(text.contains("9223372036854775808"));
  }
}
