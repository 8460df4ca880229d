package dev.mooring.cli.module;

import dev.mooring.cli.text.Bytes;
import dev.mooring.guest.intake.FunctionNames;
import java.util.StringJoiner;

/**
 * A module's functions, and what they are given and give, for people.
 *
 * <p>Thread-safe.
 */
final class FunctionText {
  /** Of a longer name, the beginning: those of templates are as long as one likes. */
  private static final int MOST_NAME_CHARS = 160;

  private final FunctionNames names;

  FunctionText(FunctionNames names) {
    this.names = names;
  }

  /** What a function is called. */
  String name(int function) {
    String name = Bytes.toLine(names.name(function));
    return name.length() > MOST_NAME_CHARS ? name.substring(0, MOST_NAME_CHARS) + "…" : name;
  }

  /** A function with its arguments: {@code memcpy(1024, 7)}. */
  String call(Backtrace.Frame frame) {
    return name(frame.function()) + "(" + values(frame.types(), frame.arguments()) + ")";
  }

  /**
   * Values, separated by commas.
   *
   * @param types a letter for each, as a tracer is told them; where there is none, the bits are
   *     shown
   */
  static String values(String types, long[] values) {
    var text = new StringJoiner(", ");
    for (int i = 0; i < values.length; i++) {
      text.add(value(i < types.length() ? types.charAt(i) : '?', values[i]));
    }
    return text.toString();
  }

  private static String value(char type, long bits) {
    return switch (type) {
      case 'I' -> Integer.toString((int) bits);
      case 'J' -> Long.toString(bits);
      case 'F' -> Float.toString(Float.intBitsToFloat((int) bits));
      case 'D' -> Double.toString(Double.longBitsToDouble(bits));
      default -> "0x" + Long.toHexString(bits);
    };
  }
}
