package dev.mooring.session;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is a {@code traceparent}, and what isn't. */
final class TraceParentTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";

  private static TraceParent parent(String text) {
    return requireNonNull(TraceParent.of(text), text);
  }

  @Test
  void of_whatW3cHas_isRead() {
    TraceParent parent = parent("00-" + TRACE + "-" + SPAN + "-01");
    assertEquals(TRACE, parent.traceId());
    assertEquals(SPAN, parent.spanId());
    assertTrue(parent.isSampled());
  }

  @Test
  void isSampled_isTheLastBit() {
    assertFalse(parent("00-" + TRACE + "-" + SPAN + "-00").isSampled());
    assertFalse(parent("00-" + TRACE + "-" + SPAN + "-fe").isSampled());
    assertTrue(parent("00-" + TRACE + "-" + SPAN + "-ff").isSampled());
  }

  @Test
  void of_aLaterVersion_isReadAsTheFirst() {
    String first = "00-" + TRACE + "-" + SPAN + "-01";
    assertEquals(first, parent("01-" + TRACE + "-" + SPAN + "-01").text());
    assertEquals(first, parent("cc-" + TRACE + "-" + SPAN + "-01-what-may-come").text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x"
      })
  void of_anythingElse_isNone(String text) {
    assertNull(TraceParent.of(text));
  }
}
