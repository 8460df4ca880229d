package dev.mooring.client;

import static dev.mooring.client.Futures.failure;
import static dev.mooring.client.Futures.get;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.v1.ClientMessage.MessageCase;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.Open;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** From an address to an open session, or to the reason why there is none. */
@Timeout(60)
final class OpeningTest {
  private static final OpenOptions OPTIONS = OpenOptions.module("counter");

  @Test
  void open_everyOption_isSent() throws Exception {
    try (var server = FakeServer.local();
        var client = server.client().build()) {
      var opening =
          client.open(
              server.address(),
              OPTIONS
                  .withConfig("k", "v")
                  .withConfig("l", "w")
                  .withAuthToken("secret")
                  .withLimits(
                      SessionLimits.DEFAULTS
                          .withMemoryBytes(1 << 20)
                          .withCallTimeout(Duration.ofSeconds(2))
                          .withOutputBytes(0xFFFF_FFFFL)
                          .withEventsPerCall(3)
                          .withQueuedCalls(4)
                          .withQueuedBytes(5)));
      Peer peer = server.accept();
      Open open = peer.next(MessageCase.OPEN).getOpen();
      assertEquals(1, open.getProtocolVersion());
      assertEquals("counter", open.getModule());
      assertEquals(Map.of("k", "v", "l", "w"), open.getConfigMap());
      assertEquals("secret", open.getAuthToken());
      assertEquals(1 << 20, open.getLimits().getMemoryBytes());
      assertEquals(2_000, open.getLimits().getCallTimeoutMs());
      assertEquals(-1, open.getLimits().getOutputBytes());
      assertEquals(3, open.getLimits().getEventsPerCall());
      assertEquals(4, open.getLimits().getQueuedCalls());
      assertEquals(5, open.getLimits().getQueuedBytes());
      assertFalse(opening.isDone());
      peer.send(Peer.opened());
      get(opening);
      peer.cut();
    }
  }

  @Test
  void open_granted_tellsWhatTheServerSaid() throws Exception {
    try (var server = FakeServer.local();
        var client = server.client().build()) {
      var opening = client.open(server.address(), OPTIONS);
      Peer peer = server.accept().open();
      MooringSession session = get(opening);
      assertTrue(session.isOpen());
      assertEquals("s-1", session.id());
      assertEquals("sha256:" + "0".repeat(64), session.moduleDigest());
      assertEquals("fake/1", session.server());
      assertEquals(
          List.of(
              new ExportedFunction("add", 0, List.of(ValueType.I64), List.of(ValueType.I64)),
              new ExportedFunction("echo", 1, List.of(), List.of())),
          session.exports());
      assertEquals(1, session.export("echo").orElseThrow().index());
      assertTrue(session.export("nothing").isEmpty());
      assertEquals(Duration.ofSeconds(1), session.limits().callTimeout());
      assertEquals(0xFFFF_FFFFL, session.limits().outputBytes());
      peer.cut();
    }
  }

  @Test
  void open_refused_failsWithTheServersWords() throws Exception {
    try (var server = FakeServer.local();
        var client = server.client().build()) {
      var opening = client.open(server.address(), OPTIONS);
      Peer peer = server.accept();
      peer.next(MessageCase.OPEN);
      peer.send(
          Peer.error(
              Error.newBuilder()
                  .setCode(dev.mooring.proto.v1.ErrorCode.SERVER_OVERLOADED)
                  .setMessage("no room for a session")
                  .setRetryable(true)));
      MooringException failure = failure(ErrorCode.SERVER_OVERLOADED, opening);
      assertTrue(failure.retryable());
      assertTrue(failure.fromServer());
      assertEquals(0, failure.callId());
      assertEquals("SERVER_OVERLOADED: no room for a session", failure.getMessage());
      peer.awaitInactive();
    }
  }

  @Test
  void open_overTcpByName_works() throws Exception {
    try (var server = FakeServer.tcp(Peer::reply);
        var client = MooringClient.create()) {
      int port = ((java.net.InetSocketAddress) server.address()).getPort();
      try (MooringSession session = get(client.open("localhost:" + port, OPTIONS))) {
        byte[] echoed = get(session.call("echo", new byte[] {1, 2})).output();
        assertArrayEquals(new byte[] {1, 2}, echoed);
      }
    }
  }

  @Test
  void open_nobodyListens_failsAsRetryable() throws Exception {
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    try (var client = MooringClient.create()) {
      MooringException failure =
          failure(ErrorCode.CONNECT_FAILED, client.open("127.0.0.1:" + port, OPTIONS));
      assertTrue(failure.retryable());
      assertFalse(failure.fromServer());
      assertTrue(
          String.valueOf(failure.getMessage()).contains("127.0.0.1:" + port), failure::getMessage);
    }
  }

  @Test
  void open_noSuchHost_failsAndNamesIt() {
    try (var client = MooringClient.create()) {
      MooringException failure =
          failure(ErrorCode.CONNECT_FAILED, client.open("no-such-host.invalid:7070", OPTIONS));
      assertTrue(
          String.valueOf(failure.getMessage()).contains("'no-such-host.invalid'"),
          failure::getMessage);
    }
  }

  @Test
  void open_serverSaysNothing_timesOutAndCloses() throws Exception {
    try (var server = FakeServer.local();
        var client = server.client().build()) {
      var timeouts = OpenOptions.Timeouts.DEFAULTS.withOpen(Duration.ofMillis(50));
      var opening = client.open(server.address(), OPTIONS.withTimeouts(timeouts));
      Peer peer = server.accept();
      assertTrue(failure(ErrorCode.OPEN_TIMEOUT, opening).retryable());
      peer.awaitInactive();
    }
  }

  @Test
  void open_cancelled_closesTheConnection() throws Exception {
    try (var server = FakeServer.local();
        var client = server.client().build()) {
      var opening = client.open(server.address(), OPTIONS);
      Peer peer = server.accept();
      peer.next(MessageCase.OPEN);
      assertTrue(opening.cancel(true));
      peer.awaitInactive();
    }
  }

  @Test
  void open_completedBySomebodyElse_closesTheConnectionOnceItIsOpen() throws Exception {
    try (var server = FakeServer.local();
        var client = server.client().build()) {
      var opening = client.open(server.address(), OPTIONS);
      opening.completeExceptionally(new IllegalStateException("the caller lost patience"));
      server.accept().open().awaitInactive();
    }
  }

  @Test
  void open_connectionEndsWhileOpening_fails() throws Exception {
    try (var server = FakeServer.local(Peer::cut);
        var client = server.client().build()) {
      failure(ErrorCode.CONNECTION_LOST, client.open(server.address(), OPTIONS));
    }
  }

  @Test
  void open_clientClosed_fails() {
    try (var server = FakeServer.local()) {
      MooringClient client = server.client().build();
      client.close();
      failure(ErrorCode.SESSION_CLOSED, client.open(server.address(), OPTIONS));
    }
  }

  @Test
  void open_ownClientClosed_fails() {
    var client = MooringClient.create();
    client.close();
    failure(ErrorCode.SESSION_CLOSED, client.open("127.0.0.1:1", OPTIONS));
  }

  @Test
  void options_outOfRange_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> OpenOptions.module(""));
    assertThrows(IllegalArgumentException.class, () -> new OpenOptions.InFlight(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new OpenOptions.InFlight(65_537, 1));
    assertThrows(IllegalArgumentException.class, () -> new OpenOptions.InFlight(1, 0));
    var timeouts = OpenOptions.Timeouts.DEFAULTS;
    assertThrows(IllegalArgumentException.class, () -> timeouts.withOpen(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> timeouts.withClose(Duration.ofDays(31)));
    assertThrows(
        IllegalArgumentException.class, () -> SessionLimits.DEFAULTS.withOutputBytes(1L << 32));
    assertThrows(IllegalArgumentException.class, () -> SessionLimits.DEFAULTS.withQueuedCalls(-1));
    assertThrows(IllegalArgumentException.class, () -> MooringClient.builder().eventLoops(0));
  }

  @Test
  void options_shown_keepSecrets() {
    String shown = OPTIONS.withAuthToken("secret").withConfig("key", "value").toString();
    assertEquals("OpenOptions[module=counter, config=[key]]", shown);
  }
}
