package dev.mooring.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BytesTest {
  @Test
  void toText_utf8_isItself() {
    assertEquals("Größe\t1\n", Bytes.toText("Größe\t1\n".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void toText_whatWouldCommandATerminal_isHexadecimal() {
    assertEquals("1b 5b 32 4a", Bytes.toText(new byte[] {0x1b, '[', '2', 'J'}));
  }

  @Test
  void toText_notUtf8_isHexadecimal() {
    assertEquals("ff 41", Bytes.toText(new byte[] {(byte) 0xff, 'A'}));
  }

  @Test
  void toText_manyBytes_saysHowManyAreHidden() {
    assertTrue(Bytes.toText(new byte[2000]).endsWith("00 … and 976 bytes more"));
  }

  @Test
  void toLine_severalLines_isOne() {
    assertEquals("a b  c", Bytes.toLine("a\nb\r\nc"));
  }

  @ParameterizedTest
  @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1 KiB", "1234567, 1.2 MiB", "4294967296, 4 GiB"})
  void toSize_bytes_choosesTheUnit(long bytes, String expected) {
    assertEquals(expected, Bytes.toSize(bytes));
  }
}
