package dev.mooring.cli.admin;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what an admin side says, of whichever version it is: what it doesn't say is nothing. */
final class Looks {
  private Looks() {}

  static @Nullable Object at(Map<?, ?> of, String... path) {
    Object at = of;
    for (String name : path) {
      at = at instanceof Map<?, ?> map ? map.get(name) : null;
    }
    return at;
  }

  static double number(Map<?, ?> of, String... path) {
    return at(of, path) instanceof Number number ? number.doubleValue() : 0;
  }

  static long whole(Map<?, ?> of, String... path) {
    return at(of, path) instanceof Number number ? number.longValue() : 0;
  }

  /** A text; an en dash if there is none, or it is empty. */
  static String text(Map<?, ?> of, String... path) {
    Object value = at(of, path);
    return value == null || value.toString().isEmpty() ? "–" : value.toString();
  }

  static boolean is(Map<?, ?> of, String... path) {
    return Boolean.TRUE.equals(at(of, path));
  }

  static Map<?, ?> map(Map<?, ?> of, String name) {
    return at(of, name) instanceof Map<?, ?> map ? map : Map.of();
  }

  /** The objects of a list. */
  static List<? extends Map<?, ?>> list(Map<?, ?> of, String name) {
    return at(of, name) instanceof List<?> list
        ? list.stream().filter(Map.class::isInstance).map(item -> (Map<?, ?>) item).toList()
        : List.of();
  }
}
