package dev.mooring.server;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/**
 * Environment variables that stand for keys of the configuration, and win over its file: {@code
 * session.call_timeout_ms} is {@code MOORING_SESSION_CALL_TIMEOUT_MS}. A value is written as in the
 * file, but for texts, which need no quotes.
 */
final class ConfigVariables {
  private static final String PREFIX = "MOORING_";

  /** How far from a variable that is known one may be and not be taken for it, misspelt. */
  private static final int TYPING_MISTAKE = 2;

  private final Map<String, String> variables = new TreeMap<>();

  /** Those among an environment's. */
  ConfigVariables(Map<String, String> environment) {
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(PREFIX)) {
            variables.put(name, value);
          }
        });
  }

  /** The variable that stands for a key. */
  static String name(List<String> path) {
    return PREFIX + String.join("_", path).toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
  }

  boolean has(List<String> path) {
    return variables.containsKey(name(path));
  }

  /** What a variable says for a key; null if there is none. */
  @Nullable Object find(List<String> path) {
    String text = variables.get(name(path));
    if (text == null) {
      return null;
    }
    TomlParseResult toml = Toml.parse("value = " + text);
    return toml.hasErrors() || toml.size() != 1 ? text : toml.get("value");
  }

  /**
   * Refuses a variable that can only be meant for us, and that no key has.
   *
   * @param known the dotted names of all keys
   */
  void refuseUnknown(Collection<String> known) throws ConfigException {
    var names = new TreeMap<String, Boolean>();
    for (String key : known) {
      names.put(name(List.of(key.split("\\."))), key.contains("."));
    }
    for (String variable : variables.keySet()) {
      if (names.containsKey(variable)) {
        continue;
      }
      String nearest = Nearest.to(variable, names.keySet());
      if (Nearest.distance(variable, nearest) <= TYPING_MISTAKE || isOfATable(variable, known)) {
        throw new ConfigException(
            "the environment variable "
                + variable
                + " stands for no key of the configuration; did you mean "
                + nearest
                + "?");
      }
    }
  }

  /** Other programs name variables after a service, too; but none has our tables' names in them. */
  private static boolean isOfATable(String variable, Collection<String> known) {
    return known.stream()
        .filter(key -> key.contains("."))
        .map(key -> name(List.of(key.substring(0, key.indexOf('.')))) + "_")
        .anyMatch(variable::startsWith);
  }
}
