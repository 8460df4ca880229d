package dev.mooring.spec;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A step of a script.
 *
 * @param at script and line, which also names the module, if there is one
 * @param type what is to be done or asserted
 * @param name what the module is called from then on
 * @param action of an assertion about a call
 * @param expected its results
 * @param text which trap, or what is wrong with a module
 * @param isText whether the module is no binary
 */
record SpecCommand(
    String at,
    String type,
    @Nullable String name,
    @Nullable Action action,
    List<SpecValue> expected,
    String text,
    boolean isText) {

  /**
   * What is done with an export.
   *
   * @param type {@code invoke} or {@code get}
   * @param module its name; null for the last one
   */
  record Action(String type, @Nullable String module, String field, List<SpecValue> arguments) {
    static Action of(Map<?, ?> json) {
      return new Action(
          string(json, "type"),
          json.containsKey("module") ? string(json, "module") : null,
          string(json, "field"),
          values(json.get("args")));
    }

    boolean isInvoke() {
      return type.equals("invoke");
    }
  }

  static SpecCommand of(String script, Map<?, ?> json) {
    return new SpecCommand(
        script + "-" + string(json, "line"),
        string(json, "type"),
        json.containsKey("name") ? string(json, "name") : null,
        json.get("action") instanceof Map<?, ?> action ? Action.of(action) : null,
        values(json.get("expected")),
        string(json, "text"),
        string(json, "module_type").equals("text"));
  }

  private static String string(Map<?, ?> json, String key) {
    return json.get(key) instanceof String text ? text : "";
  }

  /** Traps have expected values, too, but only their types. */
  private static List<SpecValue> values(@Nullable Object list) {
    return list instanceof List<?> values
        ? values.stream()
            .map(value -> (Map<?, ?>) value)
            .map(value -> new SpecValue(string(value, "type"), string(value, "value")))
            .toList()
        : List.of();
  }

  /** Whether a call takes or gives references, which no message can carry. */
  boolean hasReferences() {
    return expected.stream().anyMatch(SpecValue::isReference)
        || (action != null && action.arguments().stream().anyMatch(SpecValue::isReference));
  }

  boolean isOfTrap() {
    return type.equals("assert_trap") || type.equals("assert_exhaustion");
  }

  /** Whether these are the results, by their bits. */
  boolean expects(List<Long> results) {
    if (results.size() != expected.size()) {
      return false;
    }
    for (int i = 0; i < results.size(); i++) {
      if (!expected.get(i).matches(results.get(i))) {
        return false;
      }
    }
    return true;
  }
}
