package dev.mooring.ship;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON whose shape a test knows: what isn't as expected fails it. */
final class Json {
  private Json() {}

  static Map<?, ?> read(String text) throws IOException {
    return object(JSON.std.anyFrom(text));
  }

  static Map<?, ?> object(@Nullable Object value) {
    if (value instanceof Map<?, ?> object) {
      return object;
    }
    throw new AssertionError("no object: " + value);
  }

  static List<?> list(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new AssertionError("no list: " + value);
  }
}
