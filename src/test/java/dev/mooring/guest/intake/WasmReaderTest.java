package dev.mooring.guest.intake;

import static dev.mooring.guest.intake.WasmBuilder.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

class WasmReaderTest {
  private static WasmReader reader(int... bytes) {
    return new WasmReader(bytes(bytes), IntakeLimits.DEFAULTS);
  }

  private static void assertRefuses(Reason reason, ToLongFunction<WasmReader> read, int... bytes) {
    var rejection = assertThrows(ModuleRejection.class, () -> read.applyAsLong(reader(bytes)));
    assertEquals(reason, rejection.reason());
  }

  @Test
  void u32_edges_exact() {
    assertEquals(0, reader(0).u32());
    assertEquals(0, reader(0x80, 0x80, 0x80, 0x80, 0x00).u32());
    assertEquals(127, reader(0x7F).u32());
    assertEquals(128, reader(0x80, 0x01).u32());
    assertEquals(0xFFFF_FFFFL, reader(0xFF, 0xFF, 0xFF, 0xFF, 0x0F).u32());
  }

  @Test
  void u32_tooLongOrTooLarge_refused() {
    assertRefuses(Reason.MALFORMED, WasmReader::u32, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F);
    assertRefuses(Reason.MALFORMED, WasmReader::u32, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00);
    assertRefuses(Reason.MALFORMED, WasmReader::u32, 0x80, 0x80, 0x80, 0x80, 0x10);
    assertRefuses(Reason.TRUNCATED, WasmReader::u32, 0x80);
    assertRefuses(Reason.TRUNCATED, WasmReader::u32);
  }

  @Test
  void s32_edges_exact() {
    assertEquals(-1, reader(0x7F).s32());
    assertEquals(63, reader(0x3F).s32());
    assertEquals(-64, reader(0x40).s32());
    assertEquals(-1, reader(0xFF, 0xFF, 0xFF, 0xFF, 0x7F).s32());
    assertEquals(Integer.MAX_VALUE, reader(0xFF, 0xFF, 0xFF, 0xFF, 0x07).s32());
    assertEquals(Integer.MIN_VALUE, reader(0x80, 0x80, 0x80, 0x80, 0x78).s32());
  }

  @Test
  void s32_tooLongOrTooLarge_refused() {
    assertRefuses(Reason.MALFORMED, WasmReader::s32, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F);
    assertRefuses(Reason.MALFORMED, WasmReader::s32, 0x80, 0x80, 0x80, 0x80, 0x70);
    assertRefuses(Reason.MALFORMED, WasmReader::s32, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F);
    assertRefuses(Reason.TRUNCATED, WasmReader::s32, 0xFF, 0xFF);
  }

  @Test
  void s33_edges_exact() {
    assertEquals(-0x40, reader(0x40).s33());
    assertEquals(0xFFFF_FFFFL, reader(0xFF, 0xFF, 0xFF, 0xFF, 0x0F).s33());
    assertEquals(-0x1_0000_0000L, reader(0x80, 0x80, 0x80, 0x80, 0x70).s33());
    assertRefuses(Reason.MALFORMED, WasmReader::s33, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F);
    assertRefuses(Reason.MALFORMED, WasmReader::s33, 0x80, 0x80, 0x80, 0x80, 0x60);
  }

  @Test
  void s64_edges_exact() {
    assertEquals(-1, reader(0x7F).s64());
    assertEquals(
        Long.MAX_VALUE, reader(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00).s64());
    assertEquals(
        Long.MIN_VALUE, reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F).s64());
    int[] tooLarge = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
    assertRefuses(Reason.MALFORMED, WasmReader::s64, tooLarge);
    int[] tooSmall = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7E};
    assertRefuses(Reason.MALFORMED, WasmReader::s64, tooSmall);
    int[] tooLong = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F};
    assertRefuses(Reason.MALFORMED, WasmReader::s64, tooLong);
  }

  @Test
  void enter_moreThanThereIs_refused() {
    assertRefuses(Reason.TRUNCATED, reader -> reader.enter(2, "section"), 0);
    assertRefuses(Reason.TRUNCATED, reader -> reader.enter(0xFFFF_FFFFL, "section"), 0);
  }

  @Test
  void read_pastWhatWasEntered_refused() {
    var reader = reader(1, 2, 3);
    int outer = reader.enter(1, "section");
    assertEquals(1, reader.u8());
    var rejection = assertThrows(ModuleRejection.class, reader::u8);
    assertEquals(Reason.MALFORMED, rejection.reason());
    reader.leave(outer, "section");
    assertEquals(2, reader.u8());
  }

  @Test
  void leave_beforeTheEnd_refused() {
    var reader = reader(1, 2, 3);
    int outer = reader.enter(2, "section");
    assertEquals(1, reader.u8());
    var rejection = assertThrows(ModuleRejection.class, () -> reader.leave(outer, "section"));
    assertEquals("section has 1 bytes too many (at byte 1)", rejection.getMessage());
  }

  @Test
  void name_lengthPastTheEnd_refusedWithoutReading() {
    int[] threeOfTwo = {3, 'a', 'b'};
    assertRefuses(Reason.TRUNCATED, reader -> reader.name("an export").length(), threeOfTwo);
    int[] huge = {0xFF, 0xFF, 0xFF, 0xFF, 0x0F};
    assertRefuses(Reason.NAME_TOO_LONG, reader -> reader.name("an export").length(), huge);
  }
}
