package dev.mooring.server.overload;

import static dev.mooring.server.testing.RawClient.i32;
import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TransportConfig;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** At a limit of the whole server the newest is refused, and what runs goes on. */
final class OverloadIT {
  private static final int SESSIONS = 5;

  @TempDir Path modules;

  private ServerConfig config(ConnectionLimits limits) {
    return ServerConfig.of(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules))
        .withTransport(TransportConfig.DEFAULTS.withLimits(limits));
  }

  private static void assertRefused(MooringServer server) {
    try (var client = new RawClient(server.address())) {
      assertTrue(client.receiveError(ErrorCode.SERVER_OVERLOADED).getRetryable());
      client.assertEnded();
    }
  }

  private void assertNoMoreThan(ConnectionLimits limits) throws Exception {
    try (var server = MooringServer.start(config(limits))) {
      var clients = new ArrayList<RawClient>();
      for (int i = 0; i < SESSIONS; i++) {
        clients.add(new RawClient(server.address()));
        clients.getLast().open("counter");
      }
      for (int i = 0; i < 3; i++) {
        assertRefused(server);
      }
      assertEquals(
          3,
          server.rejectCounts().of(RejectReason.SESSIONS)
              + server.rejectCounts().of(RejectReason.SESSIONS_PER_ADDRESS));
      assertEquals(Map.of(), server.counts().endings(), "who was turned away had no session");
      for (RawClient client : clients) {
        assertEquals(1, client.callI64("add", i64(1)));
      }
      clients.removeFirst().close();
      Eventually.assertEventually(() -> server.sessionCount() == SESSIONS - 1, "it is gone");
      try (var client = new RawClient(server.address())) {
        client.open("counter");
      }
      clients.forEach(RawClient::close);
    }
  }

  @Test
  void sessions_asManyAsMayBe_refuseTheNext() throws Exception {
    assertNoMoreThan(ConnectionLimits.DEFAULTS.withSessions(SESSIONS, 1_000));
  }

  @Test
  void sessions_asManyAsMayBeFromAnAddress_refuseTheNext() throws Exception {
    assertNoMoreThan(ConnectionLimits.DEFAULTS.withSessions(1_000, SESSIONS));
  }

  @Test
  void guestMemory_usedUp_refusesNewSessionsAndServesTheOthers() throws Exception {
    try (var server =
        MooringServer.start(
            config(ConnectionLimits.DEFAULTS)
                .withTransport(TransportConfig.DEFAULTS.withEventLoops(1))
                .withGuestMemoryBytes(800_000))) {
      var clients = new ArrayList<RawClient>();
      ServerMessage answer;
      do {
        var client = new RawClient(server.address());
        clients.add(client);
        client.send(RawClient.openMessage("greedy", Map.of()));
        answer = client.receive();
        if (answer.hasOpened()) {
          // All of its memory; and when there is no room for that any more, a page of it.
          client.sendCall("random", new byte[0], i32(1), i32(65_000));
          client.receive();
          client.sendCall("touch", new byte[0], i32(1));
          client.receive();
        }
      } while (answer.hasOpened() && clients.size() < 10_000);
      assertEquals(ErrorCode.SERVER_OVERLOADED, answer.getError().getCode());
      assertTrue(answer.getError().getRetryable());
      assertEquals(0, clients.getFirst().callI64("fired"));
      clients.forEach(RawClient::close);
      Eventually.assertEventually(() -> server.liveSpaces() == 0, "all are gone");
      try (var client = new RawClient(server.address())) {
        client.open("greedy");
      }
    }
  }

  /** Who doesn't read is ended when it is too much for all; who reads is served all the while. */
  @Test
  void outboundBytes_moreThanMayWait_endsThoseWhoDoNotReadAndServesTheOthers() throws Exception {
    var limits = ConnectionLimits.DEFAULTS.withOutboundBytes(1 << 20);
    try (var server = MooringServer.start(config(limits));
        var other = new RawClient(server.address())) {
      other.open("counter");
      var deaf = new ArrayList<RawClient>();
      // What waits for one client is bounded, so it takes several that don't read.
      for (int i = 0; i < 3; i++) {
        var client = new RawClient(server.address(), 8 << 10);
        client.open("echo");
        deaf.add(client);
      }
      deaf.forEach(client -> CompletableFuture.runAsync(() -> sendLarge(client)));
      Eventually.assertEventually(
          () -> {
            other.callI64("add", i64(1));
            return server.counts().endings("WRITE_STALLED") == 3;
          },
          "the deaf are given up");
      Eventually.assertEventually(() -> server.held().outbound() == 0, "nothing waits any more");
      Thread.sleep(300); // Loops tell the total what they know every quarter second.
      try (var client = new RawClient(server.address())) {
        client.open("counter");
      }
      deaf.forEach(RawClient::close);
    }
  }

  /** Frames that never become whole: as many as one address may have would fill the memory. */
  @Test
  void configurations_ofSessions_countAsTheirMemory() throws Exception {
    int memoryBytes = 4 << 20;
    var large = Map.of("key", "x".repeat(60_000));
    ServerConfig config =
        config(ConnectionLimits.DEFAULTS)
            .withGuestMemoryBytes(memoryBytes)
            .withTransport(TransportConfig.DEFAULTS.withEventLoops(1));
    try (var server = MooringServer.start(config);
        var other = new RawClient(server.address())) {
      other.open("counter");
      assertEquals(1, other.callI64("add", i64(1)));
      var sessions = new ArrayList<RawClient>();
      boolean refused = false;
      while (!refused) {
        sessions.add(new RawClient(server.address()));
        sessions.getLast().send(RawClient.openMessage("counter", large));
        ServerMessage answer = sessions.getLast().receive();
        refused = answer.getError().getCode() == ErrorCode.SERVER_OVERLOADED;
        assertTrue(sessions.size() * 120_000L < memoryBytes, "as many as there is memory for");
      }
      assertTrue(sessions.size() > 10, sessions.size() + " sessions");
      assertEquals(2, other.callI64("add", i64(1)));
      sessions.forEach(RawClient::close);
      Eventually.assertEventually(() -> server.liveSpaces() == 1, "they are gone");
      try (var client = new RawClient(server.address())) {
        client.open("counter", large);
      }
    }
  }

  @Test
  void inboundBytes_aboveTheTotal_noMoreIsReadOfThoseWhoHoldMuch() throws Exception {
    int limitBytes = 1 << 20;
    int frameBytes = 4 << 20;
    int clients = 16;
    int readAtATimeBytes = 16 * 64 * 1024;
    var unfinished = new byte[frameBytes - 1];
    System.arraycopy(new byte[] {(byte) 0xFC, (byte) 0xFF, (byte) 0xFF, 1}, 0, unfinished, 0, 4);
    var limits = ConnectionLimits.DEFAULTS.withInboundBytes(limitBytes);
    try (var server = MooringServer.start(config(limits))) {
      var hogs = new ArrayList<RawClient>();
      for (int i = 0; i < clients; i++) {
        hogs.add(new RawClient(server.address()));
        hogs.getLast().open("counter");
      }
      var senders = new ArrayList<Thread>();
      for (RawClient hog : hogs) {
        senders.add(Thread.ofVirtual().start(() -> sendAsMuchAsItTakes(hog, unfinished)));
      }
      long most = 0;
      while (server.sessionCount() == clients) {
        most = Math.max(most, server.held().undecoded());
      }
      assertTrue(most > 0, "something was held");
      assertTrue(most <= limitBytes + (long) clients * readAtATimeBytes, most + " bytes were held");
      hogs.forEach(RawClient::close);
      for (Thread sender : senders) {
        sender.join();
      }
    }
  }

  private static void sendAsMuchAsItTakes(RawClient client, byte[] bytes) {
    try {
      client.sendBytes(bytes);
    } catch (UncheckedIOException e) {
      // It was ended.
    }
  }

  @Test
  void inboundBytes_moreThanMayBeHeld_endsThoseWhoSendMostAndServesTheOthers() throws Exception {
    int limitBytes = 1 << 20;
    int sentBytes = 120_000;
    var unfinished = new byte[sentBytes];
    System.arraycopy(new byte[] {(byte) 0x80, (byte) 0x80, 0x08}, 0, unfinished, 0, 3);
    var limits = ConnectionLimits.DEFAULTS.withInboundBytes(limitBytes);
    try (var server = MooringServer.start(config(limits));
        var other = new RawClient(server.address())) {
      other.open("counter");
      var strangers = new ArrayList<RawClient>();
      for (int i = 0; i < 20; i++) {
        strangers.add(new RawClient(server.address()));
      }
      Eventually.assertEventually(() -> server.connectionCount() == 21, "all are in");
      strangers.forEach(stranger -> stranger.sendBytes(unfinished));
      Eventually.assertEventually(
          () -> {
            other.callI64("add", i64(1));
            return server.rejectCounts().of(RejectReason.INBOUND_BYTES)
                >= 20 - limitBytes / sentBytes;
          },
          "enough of them are ended");
      assertTrue(server.held().undecoded() <= limitBytes, server.held()::toString);
      assertEquals(0, server.rejectCounts().of("FIRST_MESSAGE_TIMEOUT"));
      assertEquals(Map.of(), server.counts().endings(), "none of them had a session");
      strangers.forEach(RawClient::close);
      Eventually.assertEventually(() -> server.held().total() == 0, "nothing is held any more");
      Thread.sleep(300);
      try (var client = new RawClient(server.address())) {
        client.open("counter");
      }
    }
  }

  private static void sendLarge(RawClient client) {
    try {
      for (int i = 0; i < 20; i++) {
        client.sendCall("echo", new byte[2_000_000]);
      }
    } catch (UncheckedIOException e) {
      // The server has given this client up.
    }
  }
}
