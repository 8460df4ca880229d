package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long words are in the log: compared with what is written in LogBytesIT. */
final class LogLineTest {
  private static final int PLENTY = 1_000;

  @ParameterizedTest
  @CsvSource({"x, 1", "ü, 2", "大, 3", "😀, 4", "\\, 2", "/, 2", "'\"', 2", "\ufffd, 3"})
  void character_ofText_staysAndCountsAsWritten(String text, int bytes) {
    assertEquals(new LogLine(text, bytes), LogLine.of(text, PLENTY));
    assertEquals(bytes, LogLine.bytes(text));
  }

  @Test
  void character_thatControls_isABlank() {
    String controls = "\0\n\r\t\u001b\u007f\u0085\u009b\u00ad\u200e\u2028\u2029\u202e\ufeff";
    assertEquals(
        new LogLine("a" + " ".repeat(controls.length()) + "b", controls.length() + 2),
        LogLine.of("a" + controls + "b", PLENTY));
    String tag = Character.toString(0xE0001);
    assertEquals(new LogLine(" ", 1), LogLine.of(tag, PLENTY));
  }

  @Test
  void halfOfAPair_countsAsTheEncodersReplacement() {
    assertEquals(1, "\ud83d".getBytes(StandardCharsets.UTF_8).length);
    assertEquals(1, LogLine.of("\ud83d", PLENTY).bytes());
    assertEquals(2, LogLine.of("\ude00x", PLENTY).bytes());
  }

  @Test
  void words_longerThanTheRoom_areCutBetweenCharacters() {
    assertEquals(new LogLine("ab", 2), LogLine.of("ab😀c", 5));
    assertEquals(new LogLine("ab😀", 6), LogLine.of("ab😀c", 6));
    assertEquals(new LogLine("", 0), LogLine.of("abc", -1));
  }
}
