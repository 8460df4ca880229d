package dev.mooring.admin;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Objects of JSON, with their fields in order. */
final class Json {
  /** What isn't there is said to be null: a reader needn't know what there could be. */
  private static final JSON WRITER = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

  private Json() {}

  /** As text, of maps, lists and plain values. */
  static String text(Object value) {
    try {
      return WRITER.asString(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Into memory.
    }
  }

  /**
   * An object.
   *
   * @param namesAndValues in turn
   */
  static Map<String, @Nullable Object> object(@Nullable Object... namesAndValues) {
    var object = new LinkedHashMap<String, @Nullable Object>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
    }
    return object;
  }
}
