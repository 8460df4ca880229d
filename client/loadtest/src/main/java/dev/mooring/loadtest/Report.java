package dev.mooring.loadtest;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.mooring.error.ErrorText;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a test measured: a tree that is JSON as it stands, described in the package's documentation.
 * Everything that is shown of a test is read from here, so a table, a page and the JSON can't
 * differ. Not to be changed once it is made.
 */
public final class Report {
  /** What a step's {@code verdict} is if its rate was held; else it is what says that it wasn't. */
  static final String HELD = "held";

  static final String SCHEMA = "mooring-loadtest/1";

  private final Map<String, @Nullable Object> tree;

  Report(Map<String, @Nullable Object> tree) {
    this.tree = tree;
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @param file what it is called
   * @throws LoadFailure if the text isn't a report; the message names it
   */
  public static Report parse(String file, String text) {
    try {
      Map<String, @Nullable Object> tree = JSON.std.mapFrom(text);
      if (tree == null || !SCHEMA.equals(tree.get("schema"))) {
        throw LoadFailure.usage(
            file
                + " is no report of a load test: expected JSON with \"schema\": \""
                + SCHEMA
                + "\"");
      }
      return new Report(tree);
    } catch (IOException e) {
      throw new LoadFailure(
          LoadFailure.Kind.USAGE,
          file + " can't be read: " + ErrorText.of(e).lines().findFirst().orElse(""),
          e);
    }
  }

  /** The whole report, indented, with an end of line. */
  public String toJson() {
    try {
      return JSON.std
              .with(JSON.Feature.PRETTY_PRINT_OUTPUT, JSON.Feature.WRITE_NULL_PROPERTIES)
              .asString(tree)
          + "\n";
    } catch (IOException e) {
      throw new AssertionError("a tree of maps and numbers is JSON", e);
    }
  }

  /** Whether the client was the bottleneck: then the figures aren't the server's. */
  public boolean isSaturated() {
    return Boolean.TRUE.equals(tree.get("saturated"));
  }

  /** Whether this step of a search was held. */
  boolean isHeld() {
    return HELD.equals(tree.get("verdict"));
  }

  /** Whether it was ended before its time: then it holds less than was asked for. */
  public boolean isInterrupted() {
    return Boolean.TRUE.equals(tree.get("interrupted"));
  }

  /**
   * A number by its path: {@code latency.p99_us}.
   *
   * @return NaN if there is no such number in this report
   */
  public double number(String path) {
    return get(path) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  /** Text by its path; empty if there is none. */
  public String text(String path) {
    Object value = get(path);
    return value == null ? "" : value.toString();
  }

  /** Any value by its path, for people: lists and objects without their brackets. */
  String shown(String path) {
    return switch (get(path)) {
      case null -> "–";
      case List<?> list -> list.isEmpty() ? "–" : String.join(", ", words(path));
      case Map<?, ?> map ->
          map.isEmpty()
              ? "–"
              : map.entrySet().stream()
                  .map(entry -> entry.getKey() + "=" + entry.getValue())
                  .collect(Collectors.joining(", "));
      case Double number -> Units.count(number);
      case Object other -> other.toString();
    };
  }

  /** An object's members, in their order; none if there is no such object. */
  public Map<String, Object> members(String path) {
    return asMap(get(path));
  }

  /** A list of objects; empty if there is none. */
  public List<Map<String, Object>> objects(String path) {
    return get(path) instanceof List<?> list
        ? list.stream().map(Report::asMap).toList()
        : List.of();
  }

  /** A list of words; empty if there is none. */
  public List<String> words(String path) {
    return get(path) instanceof List<?> list
        ? list.stream().map(String::valueOf).toList()
        : List.of();
  }

  /** The same with one member more, or another. */
  Report with(String name, @Nullable Object value) {
    var copy = new LinkedHashMap<String, @Nullable Object>(tree);
    copy.put(name, value);
    return new Report(copy);
  }

  private @Nullable Object get(String path) {
    Object value = tree;
    for (String name : path.split("\\.", -1)) {
      value = asMap(value).get(name);
    }
    return value;
  }

  @SuppressWarnings("unchecked") // JSON has no other keys.
  private static Map<String, Object> asMap(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }
}
