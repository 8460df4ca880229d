package dev.mooring.server.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.JoranException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.KeyValuePair;

/** What becomes of words that aren't ours when they are written to the log. */
final class LogPatternTest {
  private static final String SERVER = LogFormats.SERVER;

  /** ESC, LF, NEL, CSI, line and paragraph separator, right-to-left override and isolate, BOM. */
  private static final String UNWANTED = "\u001b\n\u0085\u009b\u2028\u2029\u202e\u2067\ufeff";

  private static String written(String file, String text) throws JoranException {
    return written(file, text, null);
  }

  private static String written(String file, String text, @Nullable Throwable cause)
      throws JoranException {
    var context = new LoggerContext();
    try {
      Encoder<ILoggingEvent> encoder = LogFormats.encoder(context, file, "TEXT");
      var logger = context.getLogger("test");
      var event = new LoggingEvent("test", logger, Level.WARN, text, cause, new Object[0]);
      event.addKeyValuePair(new KeyValuePair("key", text));
      byte[] line = encoder.encode(event);
      return new String(line, StandardCharsets.UTF_8);
    } finally {
      context.stop();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {SERVER, "main/resources/logback.xml"})
  void line_textHoldsWhatControlsATerminal_isOneLineWithout(String file) throws JoranException {
    String line = written(file, "a" + UNWANTED + "z");
    String blanks = " ".repeat(UNWANTED.length());
    assertTrue(line.endsWith("\n"), line);
    assertTrue(line.contains("a" + blanks + "z"), line);
    assertTrue(line.contains("key=\"a" + blanks + "z\""), line);
    String text = line.substring(0, line.length() - 1);
    assertEquals(-1, text.chars().filter(c -> UNWANTED.indexOf(c) >= 0).findFirst().orElse(-1));
  }

  @ParameterizedTest
  @ValueSource(strings = {SERVER, "main/resources/logback.xml"})
  void stack_textHoldsWhatControlsATerminal_isWithout(String file) throws JoranException {
    String lines = written(file, "a", new IllegalStateException("b" + UNWANTED + "c"));
    assertTrue(lines.contains("IllegalStateException: b"), lines);
    assertTrue(lines.contains("\n\tat "), lines);
    assertEquals(
        -1,
        lines.chars().filter(c -> c != '\n' && UNWANTED.indexOf(c) >= 0).findFirst().orElse(-1));
  }

  @Test
  void line_lettersOfAnyScript_stay() throws JoranException {
    String line = written(SERVER, "größe 大小 \ud83d\ude00");
    assertTrue(line.contains("größe 大小 \ud83d\ude00"), line);
  }
}
