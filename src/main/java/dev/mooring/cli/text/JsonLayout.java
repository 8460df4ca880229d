package dev.mooring.cli.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Lays out JSON for people: a line for each member, indented by two blanks per level. */
public final class JsonLayout {
  /** Nested deeper than this it is left as it is. */
  private static final int MAX_DEPTH = 100;

  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(?:([\\[\\]{},:])"
              + "|(\"(?:[^\"\\\\\\x00-\\x1F]|\\\\(?:[\"\\\\/bfnrt]|u[0-9a-fA-F]{4}))*+\")"
              + "|(-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?(?:[eE][+-]?[0-9]++)?+|true|false|null))\\s*");

  private final Matcher tokens;
  private final StringBuilder text = new StringBuilder();

  private JsonLayout(String json) {
    tokens = TOKEN.matcher(json);
  }

  /** Of an object or an array; null if the text is neither. */
  public static @Nullable String of(String json) {
    var layout = new JsonLayout(json);
    boolean isNested = layout.next() && (layout.isAt("{") || layout.isAt("["));
    return isNested && layout.value(0) && layout.isDone(json) ? layout.text.toString() : null;
  }

  private boolean isDone(String json) {
    return tokens.end() == json.length();
  }

  private boolean next() {
    return tokens.lookingAt();
  }

  /** Goes on to the token behind the one that it is at. */
  private boolean advance() {
    tokens.region(tokens.end(), tokens.regionEnd());
    return next();
  }

  private boolean isAt(String symbol) {
    return symbol.equals(tokens.group(1));
  }

  /** From its first token, which it is at, to its last. */
  private boolean value(int depth) {
    if (isAt("{")) {
      return members(depth, "}", true);
    }
    if (isAt("[")) {
      return members(depth, "]", false);
    }
    if (tokens.group(1) != null) {
      return false;
    }
    text.append(tokens.group().strip());
    return true;
  }

  private boolean members(int depth, String end, boolean isNamed) {
    text.append(tokens.group(1));
    if (depth == MAX_DEPTH || !advance()) {
      return false;
    }
    if (isAt(end)) {
      text.append(end);
      return true;
    }
    while (true) {
      indent(depth + 1);
      if ((isNamed && !name()) || !value(depth + 1) || !advance()) {
        return false;
      }
      if (isAt(end)) {
        indent(depth);
        text.append(end);
        return true;
      }
      if (!isAt(",") || !advance()) {
        return false;
      }
      text.append(',');
    }
  }

  private boolean name() {
    String name = tokens.group(2);
    if (name == null || !advance() || !isAt(":")) {
      return false;
    }
    text.append(name).append(": ");
    return advance();
  }

  private void indent(int depth) {
    text.append(System.lineSeparator()).append("  ".repeat(depth));
  }
}
