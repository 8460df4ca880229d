package dev.mooring.transport.config;

import java.net.SocketAddress;
import java.util.List;

/**
 * One of several addresses to listen on.
 *
 * @param wires what is spoken there; empty for what is spoken wherever nothing else is said
 * @param tls whether that is within TLS
 */
public record ListenAddress(SocketAddress address, List<WireName> wires, Tls tls) {
  /** Whether TLS is spoken at an address. */
  public enum Tls {
    /** If the server has a certificate. */
    IF_CERTIFICATE,
    ALWAYS,
    NEVER
  }

  public ListenAddress {
    wires = List.copyOf(wires);
  }
}
