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
    "F32, one",
    "F64, ''",
  })
  void parse_noValueOfTheType_saysWhatWasExpected(ValueType type, String text) {
    var thrown = assertThrows(NumberFormatException.class, () -> Value.parse(type, text));
    String message = String.valueOf(thrown.getMessage());
    assertTrue(message.startsWith("'" + text + "' is not an " + type + ": expected "), message);
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
