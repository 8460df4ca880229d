package dev.mooring.cli.text;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * An address as people type it: {@code HOST:PORT}, {@code [IPV6]:PORT}.
 *
 * @param host a name or a numeric address, without brackets
 * @param port 0 to 65,535; 0 where any free port will do
 */
public record HostAndPort(String host, int port) {

  /**
   * @throws IllegalArgumentException if the text is no such address; the message says what is wrong
   */
  static HostAndPort parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("expected HOST:PORT, got '" + text + "'");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          "an IPv6 address goes in brackets, as in [::1]:7070; got '" + text + "'");
    }
    if (host.isEmpty()) {
      throw new IllegalArgumentException("expected HOST:PORT, got '" + text + "' without a host");
    }
    return new HostAndPort(host, port(text.substring(colon + 1)));
  }

  /** An address as people type it, numeric where the machine knows the number. */
  public static String name(SocketAddress address) {
    if (!(address instanceof InetSocketAddress internet)) {
      return address.toString();
    }
    InetAddress numeric = internet.getAddress();
    String host = numeric == null ? internet.getHostString() : NetUtil.toAddressString(numeric);
    return new HostAndPort(host, internet.getPort()).toString();
  }

  private static int port(String text) {
    int port = -1;
    try {
      port = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      // Said below, with the numbers that are out of range.
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("expected a port from 0 to 65535, got '" + text + "'");
    }
    return port;
  }

  /**
   * Looks the name up, which may take a while.
   *
   * @throws CommandFailure if nobody knows it
   */
  public InetSocketAddress toSocketAddress() {
    var address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw CommandFailure.failed("no address is known of the host " + host);
    }
    return address;
  }

  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }

  /** What picocli reads it with. */
  public static final class Converter implements ITypeConverter<HostAndPort> {
    @Override
    public HostAndPort convert(String text) {
      try {
        return parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
