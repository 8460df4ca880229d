package dev.mooring.guest;

import dev.mooring.guest.intake.ValueType;
import java.util.ArrayList;
import java.util.List;

/**
 * Every function of the guest {@code floats} with numbers and NaN of all kinds, so often that the
 * JIT compiles it, against what the specification wants. A process of its own can be told how far
 * the JIT may go.
 */
final class FloatBits {
  private static final long[] F32 = {
    0x0000_0000L, 0x8000_0000L, 0x3F80_0000L, 0xBF80_0000L, 0x4020_0000L, 0xC060_0000L,
    0x4F7F_C000L, 0xCF7F_C000L, 0x7F7F_FFFFL, 0x0000_0001L, 0x7F80_0000L, 0xFF80_0000L
  };
  private static final long[] F32_NAN = {
    0x7FC0_0000L,
    0xFFC0_0000L,
    0x7FC0_0001L,
    0xFFED_CBA9L,
    0x7F80_0001L,
    0xFF80_0001L,
    0x7FA0_0000L,
    0xFFA0_0000L,
    0x7FBF_FFFFL,
    0xFFBF_FFFFL
  };
  private static final long F32_QUIET = 0x0040_0000L;
  private static final long F32_SIGN = 0x8000_0000L;
  private static final long F64_QUIET = 1L << 51;
  private static final long F64_SIGN = 1L << 63;

  private FloatBits() {}

  /** Prints what is wrong, or nothing. */
  public static void main(String[] arguments) {
    wrong(Integer.parseInt(arguments[0])).forEach(System.out::println);
  }

  /** What is wrong; after each function has been called so often with each pair of values. */
  static List<String> wrong(int times) {
    var wrong = new ArrayList<String>();
    try (var guests = new GuestFixture()) {
      Space space = guests.open("floats");
      for (ExportedFunction function : space.processor.module().exports()) {
        // First without NaN: what the JIT then leaves out must come back.
        for (boolean nan : new boolean[] {false, true}) {
          for (int i = 1; i < times; i++) {
            callWithAll(guests, space, function, nan, new ArrayList<>());
          }
          callWithAll(guests, space, function, nan, wrong);
        }
      }
    }
    return wrong;
  }

  private static void callWithAll(
      GuestFixture guests,
      Space space,
      ExportedFunction function,
      boolean nan,
      List<String> wrong) {
    boolean f32 = function.parameters().getFirst() == ValueType.F32;
    boolean binary = function.parameters().size() == 2;
    long[] values = values(f32, nan);
    for (long first : values) {
      for (long second : binary ? values : new long[] {first}) {
        long[] arguments = binary ? new long[] {first, second} : new long[] {first};
        long result = guests.result(space, function.name(), arguments);
        result = function.results().getFirst() == ValueType.F32 ? result & 0xFFFF_FFFFL : result;
        if (!isRight(function, first, second, result)) {
          wrong.add("%s of %x, %x is %x".formatted(function.name(), first, second, result));
        }
      }
    }
  }

  private static long[] values(boolean f32, boolean nan) {
    var values = new ArrayList<Long>();
    for (long value : F32) {
      values.add(f32 ? value : Double.doubleToRawLongBits(Float.intBitsToFloat((int) value)));
    }
    if (nan) {
      for (long value : F32_NAN) {
        long sign = (value & F32_SIGN) << 32;
        long fraction = ((value & 0x7F_FFFF) << 29) | (value & 1);
        values.add(f32 ? value : sign | (0x7FFL << 52) | fraction);
      }
    }
    return values.stream().mapToLong(v -> v).toArray();
  }

  private static boolean isRight(ExportedFunction function, long first, long second, long result) {
    boolean f32 = function.parameters().getFirst() == ValueType.F32;
    String name = function.name().substring(4).replace(f32 ? "f32" : "f64", "x");
    long sign = f32 ? F32_SIGN : F64_SIGN;
    boolean wasNan = isNan(f32, first) || isNan(f32, second);
    return switch (name) {
      case "abs" -> result == (first & ~sign);
      case "neg" -> result == (first ^ sign);
      case "copysign" -> result == ((first & ~sign) | (second & sign));
      case "same" -> result == first;
      default -> {
        if (name.startsWith("same or negated") && wasNan) {
          yield result == first;
        }
        boolean narrow = function.results().getFirst() == ValueType.F32;
        boolean isNan = isNan(narrow, result);
        yield (!wasNan || isNan) && (!isNan || (result & (narrow ? F32_QUIET : F64_QUIET)) != 0);
      }
    };
  }

  private static boolean isNan(boolean f32, long bits) {
    return f32
        ? Float.isNaN(Float.intBitsToFloat((int) bits))
        : Double.isNaN(Double.longBitsToDouble(bits));
  }
}
