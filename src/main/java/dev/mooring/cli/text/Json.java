package dev.mooring.cli.text;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Prints JSON for other programs: maps in their own order, lists, text, numbers, booleans, null.
 */
public final class Json {
  private Json() {}

  /** The value, indented by two blanks per level, without an end of line. */
  public static String print(@Nullable Object value) {
    var text = new StringBuilder();
    append(text, value, "\n");
    return text.toString();
  }

  private static void append(StringBuilder text, @Nullable Object value, String newLine) {
    switch (value) {
      case null -> text.append("null");
      case Map<?, ?> object -> appendObject(text, object, newLine);
      case List<?> array -> appendArray(text, array, newLine);
      case Number number -> text.append(number);
      case Boolean truth -> text.append(truth);
      default -> appendText(text, value.toString());
    }
  }

  private static void appendObject(StringBuilder text, Map<?, ?> object, String newLine) {
    if (object.isEmpty()) {
      text.append("{}");
      return;
    }
    String inner = newLine + "  ";
    String separator = "{";
    for (Map.Entry<?, ?> field : object.entrySet()) {
      text.append(separator).append(inner);
      appendText(text, String.valueOf(field.getKey()));
      text.append(": ");
      append(text, field.getValue(), inner);
      separator = ",";
    }
    text.append(newLine).append('}');
  }

  private static void appendArray(StringBuilder text, List<?> array, String newLine) {
    if (array.isEmpty()) {
      text.append("[]");
      return;
    }
    String inner = newLine + "  ";
    String separator = "[";
    for (Object element : array) {
      text.append(separator).append(inner);
      append(text, element, inner);
      separator = ",";
    }
    text.append(newLine).append(']');
  }

  private static void appendText(StringBuilder text, String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> {
          // Half a pair of surrogates has no UTF-8, so it stays escaped.
          if (Character.isISOControl(c) || isLoneSurrogate(value, i)) {
            text.append("\\u%04x".formatted((int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }

  private static boolean isLoneSurrogate(String value, int at) {
    char c = value.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 == value.length() || !Character.isLowSurrogate(value.charAt(at + 1));
    }
    return Character.isLowSurrogate(c)
        && (at == 0 || !Character.isHighSurrogate(value.charAt(at - 1)));
  }
}
