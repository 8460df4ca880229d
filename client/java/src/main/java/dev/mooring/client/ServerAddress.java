package dev.mooring.client;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Where a server is, and what is spoken with it: what people write as {@code HOST:PORT}, with or
 * without a scheme before it. Immutable, for any thread.
 *
 * @param scheme what is spoken
 * @param host a name, or an address without brackets
 * @param port 1 to 65535
 */
public record ServerAddress(Scheme scheme, String host, int port) {
  private static final int HIGHEST_PORT = 65_535;
  private static final String SEPARATOR = "://";

  /** What is spoken with a server. Its name, in small letters, is what is written. */
  public enum Scheme {
    /** Mooring's own protocol over TCP, or over TLS if the client was built to speak that. */
    MOORING(Wire.MOORING, false),
    /** WebSocket, likewise. */
    WS(Wire.WEBSOCKET, false),
    /** WebSocket over TLS. */
    WSS(Wire.WEBSOCKET, true),
    /** gRPC, over TLS if the client was built to speak that. */
    GRPC(Wire.GRPC, false),
    /** gRPC over TLS. */
    GRPCS(Wire.GRPC, true);

    private final Wire wire;
    private final boolean isSecure;

    Scheme(Wire wire, boolean isSecure) {
      this.wire = wire;
      this.isSecure = isSecure;
    }

    /** What carries messages. */
    public Wire wire() {
      return wire;
    }

    /** Whether TLS is spoken in any case. */
    public boolean isSecure() {
      return isSecure;
    }

    private String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Reads what people write: {@code HOST:PORT} or {@code [IPv6]:PORT}, perhaps behind a scheme such
   * as {@code wss://}.
   *
   * @throws IllegalArgumentException when it is no such thing; the message says what is wrong
   */
  public static ServerAddress parse(String text) {
    int separator = text.indexOf(SEPARATOR);
    Scheme scheme = separator < 0 ? Scheme.MOORING : scheme(text, text.substring(0, separator));
    String rest = separator < 0 ? text : text.substring(separator + SEPARATOR.length());
    int colon = rest.lastIndexOf(':');
    if (colon < 0) {
      throw malformed(text, "there is no port");
    }
    return new ServerAddress(
        scheme, host(text, rest.substring(0, colon)), port(text, rest.substring(colon + 1)));
  }

  /** Unresolved, so that whoever connects decides where waiting for a name server may happen. */
  InetSocketAddress toSocketAddress() {
    return InetSocketAddress.createUnresolved(host, port);
  }

  private static Scheme scheme(String text, String written) {
    for (Scheme scheme : Scheme.values()) {
      if (scheme.text().equals(written)) {
        return scheme;
      }
    }
    throw malformed(
        text,
        "'%s' isn't spoken here; what is are %s"
            .formatted(
                written,
                Arrays.stream(Scheme.values())
                    .map(Scheme::text)
                    .collect(Collectors.joining(", "))));
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

  /** As it is written; without a scheme if it is Mooring's own. */
  @Override
  public String toString() {
    String before = scheme == Scheme.MOORING ? "" : scheme.text() + SEPARATOR;
    return before + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
