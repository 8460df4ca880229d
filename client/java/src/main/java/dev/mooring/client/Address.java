package dev.mooring.client;

import java.net.InetSocketAddress;

/** Reads the addresses that people write. */
final class Address {
  private static final int HIGHEST_PORT = 65_535;

  /**
   * @return unresolved, so that whoever connects decides where waiting for a name server may happen
   * @throws IllegalArgumentException when the text is neither {@code HOST:PORT} nor {@code
   *     [IPv6]:PORT}
   */
  static InetSocketAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw malformed(text, "there is no port");
    }
    return InetSocketAddress.createUnresolved(
        host(text, text.substring(0, colon)), port(text, text.substring(colon + 1)));
  }

  private static String host(String text, String host) {
    if (host.startsWith("[") && host.endsWith("]")) {
      String inner = host.substring(1, host.length() - 1);
      if (!inner.contains(":")) {
        throw malformed(text, "what is in brackets is not an IPv6 address");
      }
      return inner;
    }
    if (host.isEmpty()) {
      throw malformed(text, "there is no host");
    }
    if (host.contains(":")) {
      throw malformed(text, "an IPv6 address goes in brackets");
    }
    if (host.contains("[") || host.contains("]")) {
      throw malformed(text, "a bracket is missing");
    }
    if (!host.equals(host.strip()) || host.contains("/")) {
      throw malformed(text, "the host has characters that no host name has");
    }
    return host;
  }

  private static int port(String text, String port) {
    boolean digits = !port.isEmpty() && port.length() <= 5;
    for (int i = 0; digits && i < port.length(); i++) {
      digits = port.charAt(i) >= '0' && port.charAt(i) <= '9';
    }
    int number = digits ? Integer.parseInt(port) : 0;
    if (number < 1 || number > HIGHEST_PORT) {
      throw malformed(text, "the port is not a number from 1 to 65535");
    }
    return number;
  }

  private static IllegalArgumentException malformed(String text, String why) {
    return new IllegalArgumentException(
        "'%s' is not an address: %s; expected HOST:PORT or [IPv6]:PORT".formatted(text, why));
  }

  private Address() {}
}
