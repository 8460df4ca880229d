package dev.mooring.admin;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** {@code openapi.json}, as far as answers are checked by it. */
final class ApiDescription {
  private static final String REFERENCE = "#/components/schemas/";

  private final Map<String, Object> document;

  ApiDescription() throws IOException {
    try (InputStream in = AdminApi.class.getResourceAsStream("openapi.json")) {
      document = JSON.std.mapFrom(Objects.requireNonNull(in));
    }
  }

  /** What may be asked, as {@code GET /path}. */
  Set<String> operations() {
    var operations = new TreeSet<String>();
    object(document, "paths")
        .forEach(
            (path, methods) ->
                ((Map<?, ?>) methods)
                    .keySet()
                    .forEach(
                        method ->
                            operations.add(
                                method.toString().toUpperCase(Locale.ROOT) + " " + path)));
    return operations;
  }

  /**
   * Compares an answer with what is said of it.
   *
   * @return what is wrong, with where it is; empty if nothing is
   */
  String check(String method, String path, int status, String json) throws IOException {
    Map<String, Object> operation =
        object(object(object(document, "paths"), path), method.toLowerCase(Locale.ROOT));
    Map<String, Object> responses = object(operation, "responses");
    if (!responses.containsKey(String.valueOf(status))) {
      return status + " isn't there";
    }
    Map<String, Object> content = object(object(responses, String.valueOf(status)), "content");
    Map<String, Object> schema = object(object(content, "application/json"), "schema");
    return check(schema, JSON.std.anyFrom(json), path);
  }

  private String check(Map<String, Object> schema, @Nullable Object value, String at) {
    if (schema.get("$ref") instanceof String reference) {
      String name = reference.substring(REFERENCE.length());
      return check(object(object(object(document, "components"), "schemas"), name), value, at);
    }
    List<?> types =
        schema.get("type") instanceof List<?> several
            ? several
            : schema.get("type") == null ? List.of() : List.of(schema.get("type"));
    if (!types.isEmpty() && types.stream().noneMatch(type -> isOf(type.toString(), value))) {
      return at + " is " + value + ", and not " + types;
    }
    if (schema.get("enum") instanceof List<?> among && !among.contains(value)) {
      return at + " is " + value + ", and not one of " + among;
    }
    if (value instanceof List<?> list) {
      for (Object each : list) {
        String problem = check(object(schema, "items"), each, at + "[]");
        if (!problem.isEmpty()) {
          return problem;
        }
      }
    }
    return value instanceof Map<?, ?> map ? checkFields(schema, map, at) : "";
  }

  private String checkFields(Map<String, Object> schema, Map<?, ?> value, String at) {
    Map<String, Object> properties =
        schema.containsKey("properties") ? object(schema, "properties") : Map.of();
    if (schema.get("required") instanceof List<?> required) {
      for (Object name : required) {
        if (!value.containsKey(name)) {
          return at + " has no " + name;
        }
      }
    }
    for (Map.Entry<?, ?> field : value.entrySet()) {
      String name = field.getKey().toString();
      String problem = "";
      if (properties.containsKey(name)) {
        problem = check(object(properties, name), field.getValue(), at + "." + name);
      } else if (Boolean.FALSE.equals(schema.get("additionalProperties"))) {
        problem = at + " has " + name + ", of which nothing is said";
      }
      if (!problem.isEmpty()) {
        return problem;
      }
    }
    return "";
  }

  private static boolean isOf(String type, @Nullable Object value) {
    return switch (type) {
      case "null" -> value == null;
      case "object" -> value instanceof Map;
      case "array" -> value instanceof List;
      case "string" -> value instanceof String;
      case "boolean" -> value instanceof Boolean;
      case "integer" -> value instanceof Integer || value instanceof Long;
      case "number" -> value instanceof Number;
      default -> throw new IllegalArgumentException(type);
    };
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Map<String, Object> of, String name) {
    Object found = of.get(name);
    if (!(found instanceof Map)) {
      throw new IllegalArgumentException("there is no " + name + " in " + of.keySet());
    }
    return (Map<String, Object>) found;
  }
}
