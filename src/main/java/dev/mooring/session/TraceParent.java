package dev.mooring.session;

import org.jspecify.annotations.Nullable;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The trace that a call is part of, and the span in it that the call belongs to, as W3C's Trace
 * Context writes them in a {@code traceparent}. Immutable.
 *
 * @param text of {@value #CHARACTERS} characters: {@code 00-TRACE-SPAN-FLAGS}, in lower-case
 *     hexadecimal
 */
public record TraceParent(String text) {
  static final int CHARACTERS = 55;

  /** About what one takes. */
  static final int BYTES = 112;

  /** How much a line of the log is longer that names one, in the format that takes more for it. */
  static final int LOGGED_BYTES = 48;

  private static final int TRACE_INDEX = 3;
  private static final int SPAN_INDEX = 36;
  private static final int FLAGS_INDEX = 53;
  private static final int VERSION_CHARACTERS = 2;
  private static final int SAMPLED = 1;

  /**
   * Reads one. Of a later version, which may say more, it is what version 00 has.
   *
   * @return null if the text is none
   */
  public static @Nullable TraceParent of(String text) {
    boolean isLater = !text.startsWith("00");
    boolean isOne =
        (text.length() == CHARACTERS
                || (isLater && text.length() > CHARACTERS && text.charAt(CHARACTERS) == '-'))
            && isHex(text, 0, TRACE_INDEX - 1)
            && !text.startsWith("ff")
            && isId(text, TRACE_INDEX, SPAN_INDEX - 1)
            && isId(text, SPAN_INDEX, FLAGS_INDEX - 1)
            && isHex(text, FLAGS_INDEX, CHARACTERS);
    if (!isOne) {
      return null;
    }
    return new TraceParent(isLater ? "00" + text.substring(VERSION_CHARACTERS, CHARACTERS) : text);
  }

  /** Up to a hyphen, unless that is the end; and all zeros are no id. */
  private static boolean isId(String text, int from, int to) {
    if (!isHex(text, from, to) || text.charAt(to) != '-' || text.charAt(from - 1) != '-') {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (text.charAt(i) != '0') {
        return true;
      }
    }
    return false;
  }

  private static boolean isHex(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  /** Adds to a line of the log that it is about a call of this trace, if it is of one. */
  static LoggingEventBuilder log(LoggingEventBuilder event, @Nullable TraceParent trace) {
    return trace == null ? event : event.addKeyValue("trace_id", trace.traceId());
  }

  /** 32 hexadecimal digits. */
  public String traceId() {
    return text.substring(TRACE_INDEX, SPAN_INDEX - 1);
  }

  /** 16 hexadecimal digits. */
  public String spanId() {
    return text.substring(SPAN_INDEX, FLAGS_INDEX - 1);
  }

  /** Whether whoever began the trace records it. */
  public boolean isSampled() {
    return (Character.digit(text.charAt(CHARACTERS - 1), 16) & SAMPLED) != 0;
  }
}
