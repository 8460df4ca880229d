package dev.mooring.server.overload;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import dev.mooring.transport.config.TransportConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A module is first asked for when other guests have used up the memory. */
final class ModuleMemoryIT {
  private static final int MOST_SESSIONS = 100;

  /** Has a guest write so much that its session holds it, until there is no memory to do so. */
  private static boolean writes(RawClient client) {
    client.sendCall("random", new byte[0], RawClient.i32(1), RawClient.i32(65_000));
    return client.receive().hasResult();
  }

  private static boolean opens(SocketAddress address, String module) {
    try (var client = new RawClient(address)) {
      client.send(RawClient.openMessage(module, Map.of()));
      ServerMessage answer = client.receive();
      return answer.hasOpened();
    }
  }

  @Test
  void module_askedForWhenMemoryIsUsedUp_isOpenedOnceThereIsSome(@TempDir Path modules)
      throws Exception {
    var config =
        ServerConfig.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules))
            .withGuestMemoryBytes(1 << 20)
            .withTransport(TransportConfig.DEFAULTS.withEventLoops(1));
    try (var server = MooringServer.start(config)) {
      var hogs = new ArrayList<RawClient>();
      try {
        boolean hasRoom = true;
        while (hasRoom && hogs.size() < MOST_SESSIONS) {
          var hog = new RawClient(server.address());
          hogs.add(hog);
          hog.open("greedy");
          hasRoom = writes(hog);
        }
        assertTrue(!hasRoom, "the memory is used up");
        try (var client = new RawClient(server.address())) {
          client.send(RawClient.openMessage("pure_init", Map.of()));
          Error error = client.receiveError(ErrorCode.SERVER_OVERLOADED);
          assertTrue(error.getRetryable());
        }
      } finally {
        hogs.forEach(RawClient::close);
      }
      Eventually.assertEventually(
          () -> opens(server.address(), "pure_init"), "it is let in after all");
    }
  }
}
