package dev.mooring.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ValueTest {
  @ParameterizedTest
  @CsvSource({
    "I32, 5, 5",
    "I32, +5, 5",
    "I32, 010, 10",
    "I32, -2147483648, -2147483648",
    "I32, 4294967295, -1",
    "I32, 0xffffffff, -1",
    "I32, -0x80000000, -2147483648",
    "I64, -9223372036854775808, -9223372036854775808",
    "I64, 18446744073709551615, -1",
    "I64, 0X10, 16",
    "F32, 1.5, 1.5",
    "F32, NaN, NaN",
    "F32, 3.4028235677973361e38, 3.4028235E38",
    "F32, 1e-99, 0.0",
    "F32, inf, Infinity",
    "F64, -Inf, -Infinity",
    "F64, -1e300, -1.0E300",
    "F64, Infinity, Infinity",
  })
  void parse_valueOfTheType_readsIt(ValueType type, String text, String number) {
    Value value = Value.parse(type, text);
    assertEquals(type, value.type());
    assertEquals(number, value.number().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "I32, -2147483649",
    "I32, 4294967296",
    "I32, 1.5",
    "I32, ''",
    "I32, -",
    "I32, --5",
    "I32, 0x",
    "I32, 0x-5",
    "I64, 18446744073709551616",
    "I64, -9223372036854775809",
    "I32, nan",
    "I64, 1e3",
    "F32, one",
    "F32, 1e39",
    "F32, -3.4028235677973366e38",
    "F32, nan:0x0",
    "F32, nan:0x800000",
    "F32, nan:",
    "F64, 1e309",
    "F64, nan:0x10000000000000",
    "F64, 1.5f",
    "F64, 0x1p3",
    "F64, ''",
  })
  void parse_noValueOfTheType_saysWhatWasExpected(ValueType type, String text) {
    var thrown = assertThrows(NumberFormatException.class, () -> Value.parse(type, text));
    String message = String.valueOf(thrown.getMessage());
    assertTrue(message.startsWith("'" + text + "' is not an " + type + ": expected "), message);
  }

  @ParameterizedTest
  @CsvSource({
    "F32, nan, 7fc00000",
    "F32, -nan, ffc00000",
    "F32, nan:0x200000, 7fa00000",
    "F32, -nan:0X7fffff, ffffffff",
    "F64, nan, 7ff8000000000000",
    "F64, nan:0x1, 7ff0000000000001",
    "F64, -nan:0x4000000000000, fff4000000000000"
  })
  void parse_nan_hasTheBitsThatAreWritten(ValueType type, String text, String bits) {
    String parsed =
        switch (Value.parse(type, text)) {
          case Value.F32(float f32) -> "%08x".formatted(Float.floatToRawIntBits(f32));
          case Value.F64(double f64) -> "%016x".formatted(Double.doubleToRawLongBits(f64));
          case Value.I32 _, Value.I64 _ -> "an integer";
        };
    assertEquals(bits, parsed);
  }

  @Test
  void result_ofOneValue_isReadByItsType() {
    assertEquals(5, result(Value.i32(5)).i32());
    assertEquals(6, result(Value.i64(6)).i64());
    assertEquals(1.5f, result(Value.f32(1.5f)).f32());
    assertEquals(2.5, result(Value.f64(2.5)).f64());
  }

  @Test
  void result_readAsAnotherTypeOrNumber_throws() {
    assertThrows(IllegalStateException.class, () -> result(Value.i32(5)).i64());
    assertThrows(IllegalStateException.class, () -> result(Value.i64(5)).f64());
    assertThrows(IllegalStateException.class, () -> result().i32());
    assertThrows(IllegalStateException.class, () -> result(Value.i32(1), Value.i32(2)).value());
  }

  @Test
  void exportedFunction_shown_readsAsASignature() {
    var swap =
        new ExportedFunction(
            "swap", 3, List.of(ValueType.I32, ValueType.F64), List.of(ValueType.F64));
    assertEquals("swap(i32, f64) -> (f64)", swap.toString());
    assertEquals("reset()", new ExportedFunction("reset", 0, List.of(), List.of()).toString());
  }

  private static CallResult result(Value... values) {
    return new CallResult(List.of(values), CallRequest.NO_INPUT);
  }
}
