package dev.mooring.cli.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.client.CallRequest;
import dev.mooring.client.ExportedFunction;
import dev.mooring.client.Value;
import dev.mooring.client.ValueType;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CallLineTest {
  private static final ExportedFunction ADD =
      new ExportedFunction("add", 0, List.of(ValueType.I64), List.of(ValueType.I64));
  private static final ExportedFunction PUT = new ExportedFunction("put", 1, List.of(), List.of());
  private static final ExportedFunction REPEAT =
      new ExportedFunction("repeat", 2, List.of(ValueType.I32), List.of());

  @Test
  void parse_typedCall_takesItsArguments() {
    CallRequest request = CallLine.parse("  add   5 ").toRequest(ADD);
    assertEquals("add", request.function());
    assertEquals(List.of(Value.i64(5)), request.arguments());
    assertEquals(0, request.inputLength());
  }

  @Test
  void parse_byteCall_keepsTheRestOfTheLineAsItIs() {
    var line = CallLine.parse("put a b=\"c  d\" \\ ");
    assertEquals("a b=\"c  d\" \\ ", line.rest());
    assertEquals(line.rest().length(), line.toRequest(PUT).inputLength());
  }

  @Test
  void parse_callWithBoth_splitsAfterTheLastArgument() {
    CallRequest request = CallLine.parse("repeat 3 a b").toRequest(REPEAT);
    assertEquals(List.of(Value.i32(3)), request.arguments());
    assertEquals("a b".length(), request.inputLength());
  }

  @Test
  void parse_missingArgument_isRefused() {
    CallLine line = CallLine.parse("add");
    assertThrows(IllegalArgumentException.class, () -> line.toRequest(ADD));
  }

  @Test
  void parse_blankLine_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> CallLine.parse("  \t"));
  }
}
