package dev.mooring.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON for people; what is none stays as it is. */
final class JsonLayoutTest {
  @Test
  void nested_hasALineForEachMember() {
    assertEquals(
        """
        {
          "a": [
            1,
            -2.5e3,
            null,
            true
          ],
          "b": {},
          "c": {
            "é\\"\\u0041": "x: y, [z]"
          },
          "d": []
        }"""
            .replace("\n", System.lineSeparator()),
        JsonLayout.of(
            " {\"a\":[1,-2.5e3,null,true],\"b\":{},\"c\":{\"é\\\"\\u0041\":\"x: y, [z]\"},\"d\":[ ]} "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "\"text\"",
        "null",
        "{",
        "[1",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "[01]",
        "[1.]",
        "['x']",
        "[\"\\x\"]",
        "[\"\t\"]",
        "[1]]",
        "[1] x",
        "{}{}",
        "[tru]",
        "{,}",
        "[,]",
        "{\"a\":1,}",
        "[}",
        "{]"
      })
  void whatIsNoObjectOrArray_isNotLaidOut(String text) {
    assertNull(JsonLayout.of(text));
  }

  @ParameterizedTest
  @CsvSource({"100, true", "101, false"})
  void depth_isBounded(int depth, boolean isLaidOut) {
    String laidOut = JsonLayout.of("[".repeat(depth) + "]".repeat(depth));
    assertEquals(isLaidOut, laidOut != null);
  }

  @Test
  void long_isLaidOutInTime() {
    String text = "[\"" + "x\\\\".repeat(200_000) + "\"]";
    assertEquals(text.length() + 2 + 2 * System.lineSeparator().length(), laidOut(text).length());
    assertNull(JsonLayout.of(text.substring(0, text.length() - 2)));
  }

  private static String laidOut(String text) {
    return String.valueOf(JsonLayout.of(text));
  }
}
