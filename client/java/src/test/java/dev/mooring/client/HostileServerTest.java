package dev.mooring.client;

import static dev.mooring.client.Futures.failure;
import static dev.mooring.client.Futures.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.proto.v1.ClientMessage.MessageCase;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.Value;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that says what it mustn't: the session ends, whoever waits hears why, nothing leaks. */
@Timeout(60)
final class HostileServerTest {
  @Test
  void garbage_insteadOfAFrame_endsTheSession() throws Exception {
    // Its first letter reads as a length of 72 bytes, and those are no message.
    var answer =
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 11\r\n\r\nBad Request";
    violate(peer -> peer.sendBytes(answer.getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void lengthOfSixBytes_endsTheSession() throws Exception {
    violate(peer -> peer.sendBytes((byte) -1, (byte) -1, (byte) -1, (byte) -1, (byte) -1));
  }

  @Test
  void frameLargerThanAllowed_endsTheSessionBeforeItsBody() throws Exception {
    // 17 MiB are announced; the client takes 16.
    violate(peer -> peer.sendBytes((byte) 0x80, (byte) 0x80, (byte) 0xC0, (byte) 0x08));
  }

  @Test
  void frameLargerThanTheClientIsTold_endsTheSession() throws Exception {
    try (var server = FakeServer.local();
        var client = server.client().maxFrameBytes(1_000).build()) {
      var opening = client.open(server.address(), OpenOptions.module("m"));
      Peer peer = server.accept().open();
      MooringSession session = get(opening);
      peer.sendBytes((byte) 0xE9, (byte) 0x07); // 1,001 bytes are announced.
      var end = assertInstanceOf(SessionEnd.Failed.class, get(session.ended()));
      assertEquals(ErrorCode.PROTOCOL_VIOLATION, end.error().code());
      peer.awaitInactive();
    }
    var builder = MooringClient.builder();
    assertThrows(IllegalArgumentException.class, () -> builder.maxFrameBytes(0));
  }

  @Test
  void frameThatIsNoMessage_endsTheSession() throws Exception {
    violate(peer -> peer.sendBytes((byte) 2, (byte) 0x0B, (byte) 0x0C));
  }

  @Test
  void emptyMessage_endsTheSession() throws Exception {
    violate(peer -> peer.sendBytes((byte) 0));
  }

  @Test
  void resultOfAnotherCall_endsTheSession() throws Exception {
    violate(peer -> peer.send(Peer.result(2)));
  }

  @Test
  void resultTwice_endsTheSession() throws Exception {
    violate(peer -> peer.send(Peer.result(1), Peer.result(1)), true);
  }

  @Test
  void errorOfAnotherCall_endsTheSession() throws Exception {
    violate(peer -> peer.send(Peer.error(7, dev.mooring.proto.v1.ErrorCode.GUEST_FAILED, "?")));
  }

  @Test
  void resultWithAValueOfNoType_endsTheSession() throws Exception {
    violate(peer -> peer.send(Peer.result(1, Value.getDefaultInstance())));
  }

  @Test
  void openedTwice_endsTheSession() throws Exception {
    violate(peer -> peer.send(Peer.opened()));
  }

  @Test
  void pongThatNobodyAskedFor_endsTheSession() throws Exception {
    violate(peer -> peer.send(Peer.pong(1)));
  }

  @Test
  void goodbyeBeforeAllIsAnswered_endsTheSession() throws Exception {
    violate(peer -> peer.send(Peer.closed(dev.mooring.proto.v1.CloseReason.GONE_AWAY)));
  }

  @Test
  void goodbyeWithoutReason_endsTheSession() throws Exception {
    violate(
        peer ->
            peer.send(
                Peer.result(1),
                Peer.closed(dev.mooring.proto.v1.CloseReason.CLOSE_REASON_UNSPECIFIED)),
        true);
  }

  @Test
  void resultBeforeOpened_failsTheOpening() throws Exception {
    violateOpening(Peer.result(1));
  }

  @Test
  void goodbyeBeforeOpened_failsTheOpening() throws Exception {
    violateOpening(Peer.closed(dev.mooring.proto.v1.CloseReason.GONE_AWAY));
  }

  @Test
  void callsErrorBeforeOpened_failsTheOpening() throws Exception {
    violateOpening(Peer.error(1, dev.mooring.proto.v1.ErrorCode.GUEST_FAILED, "?"));
  }

  @Test
  void exportOfAnUnknownType_failsTheOpening() throws Exception {
    violateOpening(
        Peer.opened(
            Opened.newBuilder().addExports(Export.newBuilder().setName("f").addResultsValue(99))));
  }

  private static void violate(Consumer<Peer> lie) throws Exception {
    violate(lie, false);
  }

  /** The server lies while a call is in flight. */
  private static void violate(Consumer<Peer> lie, boolean callIsAnswered) throws Exception {
    try (var server = FakeServer.local();
        var client = server.client().build()) {
      var opening = client.open(server.address(), OpenOptions.module("m"));
      Peer peer = server.accept().open();
      MooringSession session = get(opening);
      var call = session.call("echo");
      peer.nextCall();
      lie.accept(peer);
      if (callIsAnswered) {
        get(call);
      } else {
        assertFalse(failure(ErrorCode.PROTOCOL_VIOLATION, call).retryable());
      }
      var end = assertInstanceOf(SessionEnd.Failed.class, get(session.ended()));
      assertEquals(ErrorCode.PROTOCOL_VIOLATION, end.error().code());
      peer.awaitInactive();
    }
  }

  private static void violateOpening(ServerMessage lie) throws Exception {
    try (var server = FakeServer.local();
        var client = server.client().build()) {
      var opening = client.open(server.address(), OpenOptions.module("m"));
      Peer peer = server.accept();
      peer.next(MessageCase.OPEN);
      peer.send(lie);
      failure(ErrorCode.PROTOCOL_VIOLATION, opening);
      peer.awaitInactive();
    }
  }
}
