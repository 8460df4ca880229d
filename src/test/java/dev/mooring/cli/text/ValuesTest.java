package dev.mooring.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.client.ExportedFunction;
import dev.mooring.client.Value;
import dev.mooring.client.ValueType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ValuesTest {
  private static final ExportedFunction MIX =
      new ExportedFunction("mix", 0, List.of(ValueType.I32, ValueType.F64), List.of(ValueType.I64));

  @ParameterizedTest
  @CsvSource({
    "I32, 5, 5",
    "I32, -1, -1",
    "I32, 0xffffffff, -1",
    "I32, 4294967295, -1",
    "I64, -9223372036854775808, -9223372036854775808",
    "I64, 0xFFFFFFFFFFFFFFFF, -1",
    "F32, 0.1, 0.1",
    "F32, nan, nan",
    "F32, -inf, -inf",
    "F32, -nan, -nan",
    "F32, nan:0x400000, nan",
    "F32, nan:0x200000, nan:0x200000",
    "F32, -nan:0x1, -nan:0x1",
    "F64, nan:0x7ffffffffffff, nan:0x7ffffffffffff",
    "F64, inf, inf",
    "F64, Infinity, inf",
    "F64, 1e300, 1.0E300",
    "F64, -0.0, -0.0"
  })
  void parse_number_printsWhatReadsBackTheSame(ValueType type, String word, String printed) {
    Value value = Value.parse(type, word);
    assertEquals(type, value.type());
    assertEquals(printed, Values.print(value));
    assertEquals(bits(value), bits(Value.parse(type, Values.print(value))));
  }

  private static long bits(Value value) {
    return switch (value) {
      case Value.I32(int i32) -> i32;
      case Value.I64(long i64) -> i64;
      case Value.F32(float f32) -> Float.floatToRawIntBits(f32);
      case Value.F64(double f64) -> Double.doubleToRawLongBits(f64);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "I32, 4294967296",
    "I32, -2147483649",
    "I32, 1.5",
    "I32, ''",
    "I64, 0x",
    "I64, five",
    "F64, five",
    "I32, nan"
  })
  void parse_somethingElse_isRefused(ValueType type, String word) {
    assertThrows(NumberFormatException.class, () -> Value.parse(type, word));
  }

  @Test
  void parse_wordsOfASignature_giveItsTypes() {
    assertEquals(List.of(Value.i32(7), Value.f64(0.5)), Values.parse(MIX, List.of("7", "0.5")));
  }

  @Test
  void parse_tooFewWords_saysHowManyAndTheSignature() {
    var e = assertThrows(IllegalArgumentException.class, () -> Values.parse(MIX, List.of("7")));
    assertEquals("mix takes 2 arguments, got 1: mix(i32, f64) -> (i64)", e.getMessage());
  }

  @Test
  void parse_wrongWord_saysWhichArgument() {
    var e =
        assertThrows(IllegalArgumentException.class, () -> Values.parse(MIX, List.of("7", "much")));
    assertEquals(
        "argument 2 of mix(i32, f64) -> (i64): ",
        String.valueOf(e.getMessage())
            .substring(0, "argument 2 of mix(i32, f64) -> (i64): ".length()));
  }
}
