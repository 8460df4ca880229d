package dev.mooring.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostAndPortTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:7070, 127.0.0.1, 7070",
    "localhost:0, localhost, 0",
    "[::1]:65535, ::1, 65535",
    "a.b-c.example:1, a.b-c.example, 1"
  })
  void parse_address_printsTheSame(String text, String host, int port) {
    HostAndPort address = HostAndPort.parse(text);
    assertEquals(new HostAndPort(host, port), address);
    assertEquals(text, address.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "7070", "host", ":7070", "[]:1", "host:", "host:x", "host:-1", "host:65536"})
  void parse_noAddress_saysWhatIsExpected(String text) {
    var e = assertThrows(IllegalArgumentException.class, () -> HostAndPort.parse(text));
    assertTrue(String.valueOf(e.getMessage()).startsWith("expected "), e.getMessage());
  }

  @Test
  void parse_bareIpv6_asksForBrackets() {
    var e = assertThrows(IllegalArgumentException.class, () -> HostAndPort.parse("::1:7070"));
    assertTrue(String.valueOf(e.getMessage()).contains("[::1]:7070"), e.getMessage());
  }

  @Test
  void name_resolvedAddress_isNumeric() throws Exception {
    var named = InetAddress.getByAddress("somewhere", new byte[] {127, 0, 0, 1});
    assertEquals("127.0.0.1:80", HostAndPort.name(new InetSocketAddress(named, 80)));
  }
}
