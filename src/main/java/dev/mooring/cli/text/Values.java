package dev.mooring.cli.text;

import dev.mooring.client.ExportedFunction;
import dev.mooring.client.Value;
import dev.mooring.client.ValueType;
import java.util.ArrayList;
import java.util.List;

/**
 * Arguments and results as people write them. What {@link #print} gives, {@link Value#parse} reads
 * back to the same value, bit for bit.
 */
public final class Values {
  private static final int F32_PAYLOAD = (1 << 23) - 1;
  private static final long F64_PAYLOAD = (1L << 52) - 1;

  private Values() {}

  /**
   * Reads the arguments of a call, as many and of such types as the function's signature wants.
   *
   * @throws IllegalArgumentException if they don't fit; the message says what is expected
   */
  public static List<Value> parse(ExportedFunction function, List<String> words) {
    List<ValueType> types = function.parameters();
    if (words.size() != types.size()) {
      throw new IllegalArgumentException(
          "%s takes %s, got %d: %s"
              .formatted(function.name(), count(types.size(), "argument"), words.size(), function));
    }
    var values = new ArrayList<Value>(words.size());
    for (int i = 0; i < words.size(); i++) {
      try {
        values.add(Value.parse(types.get(i), words.get(i)));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "argument %d of %s: %s".formatted(i + 1, function, e.getMessage()), e);
      }
    }
    return values;
  }

  public static String print(Value value) {
    return switch (value) {
      case Value.F32(float f32) when Float.isNaN(f32) -> {
        int bits = Float.floatToRawIntBits(f32);
        yield nan(bits < 0, bits & F32_PAYLOAD, (F32_PAYLOAD + 1) / 2);
      }
      case Value.F64(double f64) when Double.isNaN(f64) -> {
        long bits = Double.doubleToRawLongBits(f64);
        yield nan(bits < 0, bits & F64_PAYLOAD, (F64_PAYLOAD + 1) / 2);
      }
      default -> value.number().toString().replace("Infinity", "inf");
    };
  }

  /** As WebAssembly's text format writes it: with its payload, unless that is the usual one. */
  private static String nan(boolean isNegative, long payload, long usual) {
    String nan = payload == usual ? "nan" : "nan:0x" + Long.toHexString(payload);
    return isNegative ? "-" + nan : nan;
  }

  /** '1 argument', '2 arguments', '0 arguments'. */
  public static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
