package dev.mooring.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class JsonTest {
  @Test
  void print_object_keepsItsOrder() {
    var object = new LinkedHashMap<String, @Nullable Object>();
    object.put("b", 1);
    object.put("a", List.of(true, 2.5));
    object.put("none", null);
    object.put("empty", Map.of());
    object.put("nothing", List.of());
    assertEquals(
        """
        {
          "b": 1,
          "a": [
            true,
            2.5
          ],
          "none": null,
          "empty": {},
          "nothing": []
        }""",
        Json.print(object));
  }

  @Test
  void print_text_escapesWhatJsonForbids() {
    assertEquals("\"\\\"\\\\\\n\\t\\u0001\\u001bé🙂\"", Json.print("\"\\\n\t\u0001\u001bé🙂"));
  }

  @Test
  void print_halfASurrogatePair_isEscaped() {
    assertEquals("\"\\ud83da\"", Json.print("\ud83da"));
    assertEquals("\"\\ude42\"", Json.print("\ude42"));
  }
}
