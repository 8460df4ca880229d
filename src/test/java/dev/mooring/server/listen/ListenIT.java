package dev.mooring.server.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a server listens, and what it says if it can't. */
final class ListenIT {
  private static final int CONNECT_MILLIS = 2_000;

  @TempDir Path modules;

  private MooringServer start(String host, int port) throws IOException {
    return MooringServer.start(
        ServerConfig.of(new InetSocketAddress(InetAddress.getByName(host), port), modules)
            .withUnauthenticatedAllowed());
  }

  private static int port(MooringServer server) {
    return ((InetSocketAddress) server.address()).getPort();
  }

  private static boolean answers(String host, int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(host), port), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Asks the machine, not the server under test. */
  private static boolean hasVersion6() {
    try (var listener = new ServerSocket()) {
      byte[] loopback = new byte[16];
      loopback[15] = 1;
      listener.bind(new InetSocketAddress(InetAddress.getByAddress(loopback), 0));
      return answers("::1", listener.getLocalPort());
    } catch (IOException e) {
      return false;
    }
  }

  /** An operator who names addresses of one kind has a firewall for these. */
  @Test
  void listen_allOfVersion4_isNotVersion6() throws IOException {
    assumeTrue(hasVersion6(), "this machine has IPv6");
    try (var server = start("0.0.0.0", 0)) {
      var address = (InetSocketAddress) server.address();
      assertInstanceOf(Inet4Address.class, address.getAddress());
      assertTrue(answers("127.0.0.1", port(server)));
      assertFalse(answers("::1", port(server)));
    }
  }

  @Test
  void listen_allOfVersion6_isBoth() throws IOException {
    assumeTrue(hasVersion6(), "this machine has IPv6");
    try (var server = start("::", 0)) {
      assertTrue(answers("::1", port(server)));
      assertTrue(answers("127.0.0.1", port(server)));
    }
  }

  @Test
  void listen_cannot_saysWhyInWords() throws IOException {
    try (var server = start("127.0.0.1", 0)) {
      int port = port(server);
      var inUse = assertThrows(IOException.class, () -> start("127.0.0.1", port).close());
      assertEquals(
          "can't listen on 127.0.0.1:"
              + port
              + ": the address is in use: another process listens"
              + " there",
          inUse.getMessage());
    }
    var elsewhere = assertThrows(IOException.class, () -> start("192.0.2.1", 0).close());
    assertEquals(
        "can't listen on 192.0.2.1:0: this machine has no such address", elsewhere.getMessage());
  }
}
