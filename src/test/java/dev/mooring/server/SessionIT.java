package dev.mooring.server;

import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.Problem;
import dev.mooring.session.SessionLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One session from open to close, and every way in which a message can be wrong. */
final class SessionIT {
  @TempDir static Path modules;

  private static final InetSocketAddress LOOPBACK =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static MooringServer server;

  @BeforeAll
  static void start() throws IOException {
    server = MooringServer.start(ServerConfig.of(LOOPBACK, Guests.in(modules)));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static RawClient connect() {
    return new RawClient(server.address());
  }

  @Test
  void open_knownModule_tellsWhatWasOpened() {
    try (var client = connect()) {
      Opened opened = client.open("counter");
      assertTrue(opened.getModuleDigest().startsWith("sha256:"));
      assertFalse(opened.getSessionId().isEmpty());
      assertTrue(opened.getExportsList().stream().anyMatch(e -> e.getName().equals("add")));
      assertTrue(
          opened.getExportsList().stream().noneMatch(e -> e.getName().startsWith("mooring_")));
      assertEquals(50, opened.getLimits().getCallTimeoutMs());
    }
  }

  @Test
  void call_twoSessionsOfOneModule_keepTheirOwnState() {
    try (var one = connect();
        var other = connect()) {
      one.open("counter");
      other.open("counter");
      assertEquals(5, one.callI64("add", i64(5)));
      assertEquals(7, other.callI64("add", i64(7)));
      assertEquals(6, one.callI64("add", i64(1)));
      assertEquals(7, other.callI64("get"));
    }
  }

  @Test
  void call_withInput_givesOutput() {
    try (var client = connect()) {
      client.open("echo");
      assertEquals("ahoy", client.call("echo", "ahoy").getOutput().toStringUtf8());
      String large = "0123456789".repeat(50_000);
      assertEquals(large, client.call("echo", large).getOutput().toStringUtf8());
    }
  }

  @Test
  void call_guestFails_answersItsMessageAndGoesOn() {
    try (var client = connect()) {
      client.open("kv");
      client.call("put", "a=1");
      long id = client.sendCall("get", new byte[] {'b'});
      Error error = client.receiveError(ErrorCode.GUEST_FAILED);
      assertEquals(id, error.getId());
      assertEquals("1", client.call("get", "a").getOutput().toStringUtf8());
    }
  }

  @Test
  void call_unknownFunction_answersInOrderAndGoesOn() {
    try (var client = connect()) {
      client.open("counter");
      client.sendCall("add", new byte[0], i64(1));
      client.sendCall("sub", new byte[0], i64(1));
      client.sendCall("add", new byte[0], i64(1));
      assertEquals(1, client.receive().getResult().getId());
      Error error = client.receiveError(ErrorCode.FUNCTION_NOT_FOUND);
      assertEquals(2, error.getId());
      assertTrue(error.getMessage().contains("add"), error::getMessage);
      assertEquals(2, client.receive().getResult().getValues(0).getI64());
    }
  }

  @Test
  void call_wrongArguments_saysTheSignature() {
    try (var client = connect()) {
      client.open("counter");
      client.sendCall("add", new byte[0]);
      assertTrue(
          client.receiveError(ErrorCode.INVALID_ARGUMENTS).getMessage().contains("add(i64)"));
      client.sendCall("add", new byte[0], RawClient.i32(1));
      client.receiveError(ErrorCode.INVALID_ARGUMENTS);
      assertEquals(0, client.callI64("get"));
    }
  }

  @Test
  void open_unknownModule_namesThoseThatThereAre() {
    try (var client = connect()) {
      client.send(RawClient.openMessage("nope", Map.of()));
      Error error = client.receiveError(ErrorCode.MODULE_NOT_FOUND);
      assertTrue(error.getMessage().contains("counter"), error::getMessage);
      client.assertEnded();
    }
  }

  @Test
  void open_pathAsModule_isNoName() {
    try (var client = connect()) {
      client.send(RawClient.openMessage("../counter", Map.of()));
      client.receiveError(ErrorCode.MODULE_NOT_FOUND);
      client.assertEnded();
    }
  }

  @Test
  void open_byDigest_opensExactlyThat() {
    String digest;
    try (var client = connect()) {
      digest = client.open("counter").getModuleDigest();
    }
    try (var client = connect()) {
      assertEquals(digest, client.open("counter@" + digest).getModuleDigest());
    }
    try (var client = connect()) {
      assertEquals(digest, client.open(digest).getModuleDigest());
    }
    try (var client = connect()) {
      client.send(RawClient.openMessage("echo@" + digest, Map.of()));
      client.receiveError(ErrorCode.MODULE_NOT_FOUND);
    }
  }

  @Test
  void open_unknownConfigKey_namesTheKnown() {
    try (var client = connect()) {
      client.send(RawClient.openMessage("ticker", Map.of("interval", "5")));
      Error error = client.receiveError(ErrorCode.UNKNOWN_CONFIG_KEY);
      assertTrue(error.getMessage().contains("interval_ms"), error::getMessage);
      client.assertEnded();
    }
  }

  @Test
  void timer_set_sendsEvents() {
    try (var client = connect()) {
      client.open("ticker", Map.of("interval_ms", "5"));
      for (int i = 1; i <= 3; i++) {
        ServerMessage message = client.receive();
        assertEquals(ServerMessage.MessageCase.EVENT, message.getMessageCase());
      }
    }
  }

  @Test
  void call_beforeOpen_endsTheConnection() {
    try (var client = connect()) {
      client.sendCall("add", new byte[0], i64(1));
      client.receiveError(ErrorCode.NOT_OPEN);
      client.assertEnded();
    }
  }

  @Test
  void open_twice_endsTheConnectionAfterWhatWasAsked() {
    try (var client = connect()) {
      client.open("counter");
      client.sendCall("add", new byte[0], i64(3));
      client.send(RawClient.openMessage("counter", Map.of()));
      assertEquals(3, client.receive().getResult().getValues(0).getI64());
      client.receiveError(ErrorCode.ALREADY_OPEN);
      client.assertEnded();
    }
  }

  @Test
  void frame_tooLarge_endsTheConnection() {
    try (var client = connect()) {
      client.open("echo");
      client.sendBytes(new byte[] {(byte) 0x81, (byte) 0x80, (byte) 0x80, 0x02});
      client.receiveError(ErrorCode.FRAME_TOO_LARGE);
      client.assertEnded();
    }
  }

  @Test
  void frame_longerThanAnOpenMayBe_endsTheConnectionBeforeItIsHeld() {
    int most = SessionLimits.DEFAULTS.openBytes();
    try (var client = connect()) {
      client.send(RawClient.openMessage("counter", Map.of("text", "x".repeat(most - 100))));
      client.receiveError(ErrorCode.INVALID_CONFIG);
    }
    try (var client = connect()) {
      client.sendBytes(new byte[] {(byte) 0x81, (byte) 0x80, 0x08});
      assertEquals(
          "a frame of 131073 bytes came; a frame here is at most 131072 until the session is open",
          client.receiveError(ErrorCode.FRAME_TOO_LARGE).getMessage());
      client.assertEnded();
    }
  }

  @Test
  void errors_thatQuoteMuch_areShort() {
    int most = Problem.MAX_MESSAGE_BYTES + 1_024;
    try (var client = connect()) {
      client.send(RawClient.openMessage("n!".repeat(50_000), Map.of()));
      assertTrue(client.receiveError(ErrorCode.MODULE_NOT_FOUND).getSerializedSize() < most);
    }
    try (var client = connect()) {
      client.open("counter");
      client.sendCall("x".repeat(1_000_000), new byte[0]);
      assertTrue(client.receiveError(ErrorCode.FUNCTION_NOT_FOUND).getSerializedSize() < most);
    }
  }

  @Test
  void call_longerThanAnOpenMayBe_mayComeRightBehindIt() {
    try (var client = connect()) {
      client.send(RawClient.openMessage("echo", Map.of()));
      client.sendCall("echo", new byte[1_000_000]);
      assertTrue(client.receive().hasOpened());
      assertEquals(1_000_000, client.receive().getResult().getOutput().size());
    }
  }

  @Test
  void frame_garbage_endsTheConnectionWithTheReason() {
    try (var client = connect()) {
      client.sendBytes(
          new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 1, 2, 3});
      client.receiveError(ErrorCode.MALFORMED_FRAME);
      client.assertEnded();
    }
    try (var client = connect()) {
      client.sendBytes(new byte[] {3, 7, 7, 7});
      client.receiveError(ErrorCode.MALFORMED_MESSAGE);
      client.assertEnded();
    }
  }

  @Test
  void callId_notRising_endsTheConnection() {
    try (var client = connect()) {
      client.open("counter");
      client.send(RawClient.callMessage(5, "get", new byte[0]));
      client.send(RawClient.callMessage(5, "get", new byte[0]));
      assertEquals(5, client.receive().getResult().getId());
      client.receiveError(ErrorCode.INVALID_CALL_ID);
      client.assertEnded();
    }
  }

  @Test
  void ping_answersTheToken() {
    try (var client = connect()) {
      client.open("counter");
      client.sendPing(-1);
      assertEquals(-1, client.receive().getPong().getToken());
    }
  }

  @Test
  void close_servesWhatWasAskedThenSaysClosed() {
    try (var client = connect()) {
      client.open("counter");
      client.sendCall("add", new byte[0], i64(1));
      client.sendClose();
      assertEquals(1, client.receive().getResult().getId());
      assertEquals(CloseReason.CLIENT_CLOSED, client.receive().getClosed().getReason());
      client.assertEnded();
    }
  }

  @Test
  void halfClose_servesWhatWasAskedThenSaysClosed() {
    try (var client = connect()) {
      client.open("counter");
      client.sendCall("add", new byte[0], i64(1));
      client.shutdownOutput();
      assertEquals(1, client.receive().getResult().getId());
      assertEquals(CloseReason.CLIENT_CLOSED, client.receive().getClosed().getReason());
      client.assertEnded();
    }
  }

  @Test
  void drain_tellsClientsServesThemAndEnds(@TempDir Path directory) throws Exception {
    var stopping = MooringServer.start(ServerConfig.of(LOOPBACK, Guests.in(directory)));
    try (var client = new RawClient(stopping.address())) {
      client.open("counter");
      assertEquals(1, client.callI64("add", i64(1)));
      assertTrue(stopping.drain());
      assertEquals(1, client.receive().getGoAway().getLastId());
      assertEquals(CloseReason.GONE_AWAY, client.receive().getClosed().getReason());
      client.assertEnded();
    }
  }
}
