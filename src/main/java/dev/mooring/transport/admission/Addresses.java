package dev.mooring.transport.admission;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What counts as one address where clients are counted by address. */
public final class Addresses {
  /** Whoever is given IPv6 is given at least a network of this many bytes, and all in it. */
  private static final int NETWORK_BYTES = 8;

  private Addresses() {}

  /** Null for a connection that has none, as those of Netty's local transport. */
  static @Nullable InetAddress of(@Nullable SocketAddress remote) {
    InetAddress address = remote instanceof InetSocketAddress inet ? inet.getAddress() : null;
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    byte[] bytes = address.getAddress();
    Arrays.fill(bytes, NETWORK_BYTES, bytes.length, (byte) 0);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of 16 bytes is one", e);
    }
  }
}
