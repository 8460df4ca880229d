package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class QuoteTest {
  private static final int MOST = Problem.MAX_MESSAGE_BYTES;

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "\u00fc", "\u2026", "\ud83d\ude00", "a\ud83d\ude00"})
  void message_ofAnyLength_isCutBetweenCharacters(String unit) {
    for (int count :
        new int[] {1, MOST / 4, MOST / 3, MOST / 2, MOST - 1, MOST, MOST + 1, 99_999}) {
      String text = unit.repeat(count);
      String message = new Problem(ErrorCode.GUEST_FAILED, text).message();
      int length = bytes(message);
      assertTrue(length <= MOST, () -> count + " times " + unit + ": " + length);
      if (bytes(text) <= MOST) {
        assertEquals(text, message);
      } else {
        assertTrue(length > MOST - 16, () -> count + " times " + unit + ": " + length);
        assertTrue(message.endsWith("…"));
        String kept = message.substring(0, message.length() - 1);
        assertTrue(text.startsWith(kept));
        boolean splits =
            Character.isHighSurrogate(kept.charAt(kept.length() - 1))
                && Character.isLowSurrogate(text.charAt(kept.length()));
        assertTrue(!splits, "between the halves of a pair");
      }
    }
  }

  @Test
  void of_long_showsTheBeginning() {
    String text = "x".repeat(Quote.SHOWN_CHARS);
    assertSame(text, Quote.of(text));
    assertEquals(text + "…", Quote.of(text + "y"));
    assertEquals("x".repeat(99) + "…", Quote.of("x".repeat(99) + "\ud83d\ude00"));
  }
}
