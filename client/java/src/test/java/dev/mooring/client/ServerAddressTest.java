package dev.mooring.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ServerAddressTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:7070, 127.0.0.1, 7070",
    "localhost:1, localhost, 1",
    "[::1]:65535, ::1, 65535",
    "[fe80::1%eth0]:7070, fe80::1%eth0, 7070",
    "a-b.example:07070, a-b.example, 7070",
  })
  void parse_hostAndPort_givesBothUnresolved(String text, String host, int port) {
    var address = ServerAddress.parse(text);
    assertEquals(new ServerAddress(ServerAddress.Scheme.MOORING, host, port), address);
    assertEquals(address, ServerAddress.parse(address.toString()));
    assertTrue(address.toSocketAddress().isUnresolved());
  }

  @ParameterizedTest
  @CsvSource({
    "ws://127.0.0.1:7070, WS, false",
    "wss://[::1]:443, WSS, true",
    "mooring://host:7070, MOORING, false",
  })
  void parse_scheme_saysWhatIsSpoken(String text, ServerAddress.Scheme scheme, boolean isSecure) {
    var address = ServerAddress.parse(text);
    assertEquals(scheme, address.scheme());
    assertEquals(isSecure, address.scheme().isSecure());
    assertEquals(address, ServerAddress.parse(address.toString()));
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, there is no port",
    "'', there is no port",
    ":7070, there is no host",
    "host:, the port is not a number",
    "host:0, the port is not a number",
    "host:65536, the port is not a number",
    "host:999999999999, the port is not a number",
    "host:+7, the port is not a number",
    "host:٣, the port is not a number",
    "::1:7070, an IPv6 address goes in brackets",
    "[host]:7070, what is in brackets is not an IPv6 address",
    "[::1:7070, an IPv6 address goes in brackets",
    "host]:7070, a bracket is missing",
    "' host:7070', no host name has",
    "tcp//host:7070, no host name has",
    "http://host:7070, 'http' isn't spoken here",
    "ws://host, there is no port",
    "ws://host:7070/, the port is not a number",
  })
  void parse_malformed_saysWhatIsWrongAndWhatWasExpected(String text, String why) {
    var thrown = assertThrows(IllegalArgumentException.class, () -> ServerAddress.parse(text));
    String message = String.valueOf(thrown.getMessage());
    assertTrue(message.contains(why), message);
    assertTrue(message.contains("'" + text + "'"), message);
    assertTrue(message.endsWith("expected HOST:PORT or [IPv6]:PORT"), message);
  }

  @Test
  void open_malformedAddress_throwsAtOnce() {
    try (var client = MooringClient.create()) {
      assertThrows(
          IllegalArgumentException.class, () -> client.open("nowhere", OpenOptions.module("m")));
    }
  }
}
