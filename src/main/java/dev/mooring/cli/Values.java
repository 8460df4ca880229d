package dev.mooring.cli;

import dev.mooring.client.ExportedFunction;
import dev.mooring.client.Value;
import dev.mooring.client.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Arguments and results as people write them. What {@link #print} gives, {@link #parse} reads back
 * to the same value.
 */
final class Values {
  private Values() {}

  /**
   * Reads the arguments of a call, as many and of such types as the function's signature wants.
   *
   * @throws IllegalArgumentException if they don't fit; the message says what is expected
   */
  static List<Value> parse(ExportedFunction function, List<String> words) {
    List<ValueType> types = function.parameters();
    if (words.size() != types.size()) {
      throw new IllegalArgumentException(
          "%s takes %s, got %d: %s"
              .formatted(function.name(), count(types.size(), "argument"), words.size(), function));
    }
    var values = new ArrayList<Value>(words.size());
    for (int i = 0; i < words.size(); i++) {
      try {
        values.add(parse(types.get(i), words.get(i)));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "argument %d of %s: %s".formatted(i + 1, function, e.getMessage()), e);
      }
    }
    return values;
  }

  /**
   * As {@link Value#parse}; a float may also be {@code nan} or {@code inf}, as wasm writes them.
   */
  static Value parse(ValueType type, String word) {
    boolean isFloat = type == ValueType.F32 || type == ValueType.F64;
    return Value.parse(type, isFloat ? toJavaFloat(word) : word);
  }

  static String print(Value value) {
    double number = value.number().doubleValue();
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    return value.number().toString();
  }

  /** '1 argument', '2 arguments', '0 arguments'. */
  static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private static String toJavaFloat(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "nan", "+nan", "-nan" -> "NaN";
      case "inf", "+inf", "infinity", "+infinity" -> "Infinity";
      case "-inf", "-infinity" -> "-Infinity";
      default -> word;
    };
  }
}
