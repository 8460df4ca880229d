package dev.mooring.server.overload;

import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.access.AccessConfig;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.GoAwayReason;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Pki;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.SessionLifetime;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.config.TransportConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every limit at the limits: what the client sees of it, what the operator sees, and that others go
 * on.
 */
@Timeout(120)
final class AdmissionLimitsIT {
  @TempDir Path modules;
  @TempDir Path files;

  @BeforeEach
  void fill() {
    Guests.in(modules);
  }

  private ServerConfig config(AdmissionLimits limits, ConnectionLimits connections) {
    TransportConfig transport = TransportConfig.DEFAULTS.withLimits(connections);
    return ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules)
        .withTransport(transport.withListener(transport.listener().withLimits(limits)));
  }

  private ServerConfig living(SessionLifetime lifetime) {
    return config(AdmissionLimits.DEFAULTS, ConnectionLimits.DEFAULTS)
        .withSession(SessionLimits.DEFAULTS.withLifetime(lifetime));
  }

  private MooringServer start(AdmissionLimits limits) throws IOException {
    return MooringServer.start(config(limits, ConnectionLimits.DEFAULTS));
  }

  private static void assertCounted(MooringServer server, String reason, long count)
      throws InterruptedException {
    Eventually.assertEventually(
        () -> server.rejectCounts().of(reason) == count,
        count + " of " + reason + ", but there is " + server.rejectCounts());
  }

  private static void assertServed(RawClient client) {
    assertEquals(1, client.callI64("add", i64(1)));
  }

  @Test
  void accepts_moreThanMayComeFromAnAddress_areRefused() throws Exception {
    try (var server = start(AdmissionLimits.DEFAULTS.withRates(1, 3, 0))) {
      var good = new RawClient(server.address());
      good.open("counter");
      int refused = 0;
      for (int i = 0; i < 1_000 && refused < 2; i++) {
        try (var client = new RawClient(server.address())) {
          client.send(RawClient.openMessage("counter", Map.of()));
          ServerMessage answer = client.receive();
          if (!answer.hasOpened()) {
            assertEquals(ErrorCode.RATE_EXCEEDED, answer.getError().getCode());
            assertTrue(answer.getError().getRetryable());
            client.assertEnded();
            refused++;
          }
        }
      }
      assertCounted(server, RejectReason.ACCEPT_RATE.name(), 2);
      assertServed(good);
      Eventually.assertEventually(
          () -> {
            try (var client = new RawClient(server.address())) {
              client.send(RawClient.openMessage("counter", Map.of()));
              return client.receive().hasOpened();
            } catch (UncheckedIOException e) {
              return false;
            }
          },
          "another may come");
      good.close();
    }
  }

  @Test
  void accepts_underTls_areRefusedByAnAlertWithoutAHandshake() throws Exception {
    var pki = new Pki(files);
    pki.issueServer("server");
    ServerConfig config =
        config(AdmissionLimits.DEFAULTS.withRates(1, 1, 0), ConnectionLimits.DEFAULTS);
    var transport = config.transport();
    var tls = TlsConfig.of(pki.certificate("server"), pki.key("server"));
    try (var server =
        MooringServer.start(
            config.withTransport(transport.withListener(transport.listener().withTls(tls))))) {
      int port = ((InetSocketAddress) server.address()).getPort();
      var factory = pki.context(null).getSocketFactory();
      try (var first = (SSLSocket) factory.createSocket("localhost", port)) {
        first.startHandshake();
        var second = (SSLSocket) factory.createSocket("localhost", port);
        var e = assertThrows(SSLException.class, second::startHandshake);
        assertTrue(e.toString().contains("access_denied"), e::toString);
        second.close();
      }
      assertCounted(server, RejectReason.ACCEPT_RATE.name(), 1);
    }
  }

  @Test
  void failedOpens_moreThanMay_refuseTheRightTokenToo() throws Exception {
    String token = "0123456789abcdef";
    Path tokens = Files.writeString(files.resolve("tokens"), "alice = " + token + "\n");
    ServerConfig config =
        config(AdmissionLimits.DEFAULTS.withRates(0, 1, 3), ConnectionLimits.DEFAULTS);
    try (var server =
        MooringServer.start(config.withAccess(AccessConfig.DEFAULTS.withTokens(tokens)))) {
      for (int i = 0; i < 3; i++) {
        try (var client = new RawClient(server.address())) {
          client.send(RawClient.openMessage("counter", Map.of()));
          client.receiveError(ErrorCode.UNAUTHENTICATED);
        }
      }
      try (var client = new RawClient(server.address())) {
        var open = RawClient.openMessage("counter", Map.of()).toBuilder();
        open.getOpenBuilder().setAuthToken(token);
        client.send(open.build());
        client.receiveError(ErrorCode.RATE_EXCEEDED);
        client.assertEnded();
      }
      assertCounted(server, "UNAUTHENTICATED", 3);
      assertCounted(server, RejectReason.FAILED_OPENS.name(), 1);
    }
  }

  @Test
  void pings_moreThanMay_endTheSession() throws Exception {
    try (var server = start(AdmissionLimits.DEFAULTS.withFloods(50, 50));
        var good = new RawClient(server.address());
        var flood = new RawClient(server.address())) {
      good.open("counter");
      flood.open("counter");
      CompletableFuture.runAsync(() -> ping(flood, 10_000));
      ServerMessage last = flood.receive();
      while (last.hasPong()) {
        last = flood.receive();
      }
      assertEquals(ErrorCode.RATE_EXCEEDED, last.getError().getCode());
      assertCounted(server, RejectReason.PING_FLOOD.name(), 1);
      good.sendPing(1);
      assertTrue(good.receive().hasPong());
      assertServed(good);
    }
  }

  private static void ping(RawClient client, int times) {
    try {
      for (int i = 0; i < times; i++) {
        client.sendPing(i);
      }
    } catch (UncheckedIOException e) {
      // It was put out.
    }
  }

  @Test
  void cancels_moreThanMay_endTheSessionAfterItsCalls() throws Exception {
    try (var server = start(AdmissionLimits.DEFAULTS.withFloods(50, 50));
        var flood = new RawClient(server.address())) {
      flood.open("counter");
      flood.sendCall("add", new byte[0], i64(1));
      for (int i = 0; i < 60; i++) {
        flood.sendCancel(1_000);
      }
      assertEquals(1, flood.receive().getResult().getValues(0).getI64());
      flood.receiveError(ErrorCode.RATE_EXCEEDED);
      assertCounted(server, RejectReason.CANCEL_FLOOD.name(), 1);
    }
  }

  @Test
  void lifetime_over_isAnnouncedAndWhatWasAskedIsServed() throws Exception {
    try (var server = MooringServer.start(living(new SessionLifetime(500, 10, 10_000)));
        var client = new RawClient(server.address())) {
      client.open("counter");
      assertServed(client);
      ServerMessage goAway = client.receive();
      assertEquals(GoAwayReason.SESSION_LIFETIME, goAway.getGoAway().getReason());
      assertEquals(1, goAway.getGoAway().getLastId());
      assertEquals(CloseReason.GONE_AWAY, client.receive().getClosed().getReason());
      client.assertEnded();
      assertCounted(server, RejectReason.LIFETIME.name(), 1);
    }
  }

  @Test
  void lifetime_overAndNotDoneInTime_expires() throws Exception {
    ServerConfig config = living(new SessionLifetime(2_000, 10, 1));
    ServerConfig slow = config.withSession(config.session().withCallTimeouts(100, 1_000));
    try (var server = MooringServer.start(slow);
        var first = new RawClient(server.address())) {
      first.open("spin_loop"); // Compiles it.
      var client = new RawClient(server.address());
      client.open("spin_loop");
      for (int i = 0; i < 100; i++) {
        client.sendCall("spin", new byte[0]);
      }
      ServerMessage message = client.receive();
      int refused = 0;
      while (message.hasGoAway() || message.getError().getId() != 0) {
        refused += message.getError().getCode() == ErrorCode.CALL_REFUSED ? 1 : 0;
        message = client.receive();
      }
      assertEquals(ErrorCode.SESSION_EXPIRED, message.getError().getCode());
      assertTrue(refused > 0, "some were refused");
      assertTrue(message.getError().getRetryable());
      assertEquals(1, server.counts().endings("SESSION_EXPIRED"));
      client.close();
    }
  }

  @Test
  void times_ofEveryKind_endAndAreCounted() throws Exception {
    ServerConfig config =
        config(AdmissionLimits.DEFAULTS, ConnectionLimits.DEFAULTS.withTimes(500, 500, 900));
    try (var server = MooringServer.start(config);
        var silent = new RawClient(server.address());
        var slow = new RawClient(server.address());
        var idle = new RawClient(server.address())) {
      slow.open("counter");
      idle.open("counter");
      slow.sendBytes(new byte[] {100, 18});
      slow.receiveError(ErrorCode.FRAME_TIMEOUT);
      idle.receiveError(ErrorCode.IDLE_TIMEOUT);
      silent.receiveError(ErrorCode.IDLE_TIMEOUT);
      assertCounted(server, "FRAME_TIMEOUT", 1);
      assertCounted(server, "IDLE_TIMEOUT", 2);
    }
  }

  @Test
  void strangers_ofEveryKind_areCountedUnderWhatTheyDid() throws Exception {
    try (var server = start(AdmissionLimits.DEFAULTS);
        var good = new RawClient(server.address());
        var garbage = new RawClient(server.address());
        var huge = new RawClient(server.address());
        var scanner = new RawClient(server.address());
        var unsure = new RawClient(server.address())) {
      good.open("counter");
      garbage.sendBytes(new byte[] {3, 9, 9, 9});
      garbage.receiveError(ErrorCode.MALFORMED_MESSAGE);
      huge.sendBytes(new byte[] {-1, -1, -1, -1, 7});
      huge.receiveError(ErrorCode.FRAME_TOO_LARGE);
      scanner.sendBytes(
          "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(9).getBytes(StandardCharsets.UTF_8));
      String answer = scanner.receiveText();
      assertTrue(answer.startsWith("HTTP/1.1 404 "), answer);
      unsure.send(RawClient.openMessage("nosuch", Map.of()));
      unsure.receiveError(ErrorCode.MODULE_NOT_FOUND);
      assertCounted(server, "MALFORMED_MESSAGE", 1);
      assertCounted(server, RejectReason.UNEXPECTED_HTTP.name(), 1);
      assertCounted(server, "FRAME_TOO_LARGE", 1);
      assertCounted(server, "MODULE_NOT_FOUND", 1);
      assertServed(good);
    }
  }

  @Test
  void strangers_goneBeforeOpen_areCounted() throws Exception {
    try (var server = start(AdmissionLimits.DEFAULTS);
        var good = new RawClient(server.address());
        var polite = new RawClient(server.address());
        var half = new RawClient(server.address())) {
      good.open("counter");
      new RawClient(server.address()).close();
      new RawClient(server.address()).reset();
      polite.sendClose();
      assertEquals(CloseReason.CLIENT_CLOSED, polite.receive().getClosed().getReason());
      half.shutdownOutput();
      assertEquals(CloseReason.CLIENT_CLOSED, half.receive().getClosed().getReason());
      assertCounted(server, RejectReason.NEVER_OPENED.name(), 4);
      assertServed(good);
      good.reset();
      Eventually.assertEventually(
          () -> server.sessionCount() + server.connectionCount() == 0, "all have gone");
      assertCounted(server, RejectReason.NEVER_OPENED.name(), 4);
      assertEquals(1, server.rejectCounts().byReason().size(), server.rejectCounts()::toString);
    }
  }

  @Test
  void firstMessage_neverSent_endsAndIsCounted() throws Exception {
    try (var server = start(AdmissionLimits.DEFAULTS);
        var silent = new RawClient(server.address())) {
      @Nullable ServerMessage last = silent.receiveOrEnd();
      assertEquals(
          ErrorCode.FIRST_MESSAGE_TIMEOUT, last == null ? null : last.getError().getCode());
      assertCounted(server, "FIRST_MESSAGE_TIMEOUT", 1);
    }
  }
}
