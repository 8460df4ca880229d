package dev.mooring.transport.wire;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mooring.session.ErrorCode;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How connections end, on every wire: by the client and by the server, in good order and not; and
 * that nothing is left of any.
 */
public abstract class WireEndings extends WireFixture {
  @Test
  void close_servesWhatWasAskedAndSaysClosed() {
    try (var client = open()) {
      add(client, 1, 1);
      client.requestClose();
      client.flush();
      assertEnds(client, sum(1, 1), CLOSED);
    }
  }

  @Test
  void halfClose_servesWhatWasSentAndSaysClosed() {
    assumeTrue(canHalfClose());
    try (var client = open()) {
      for (int id = 1; id <= 100; id++) {
        add(client, id, 1);
      }
      client.flush();
      client.halfClose();
      for (int id = 1; id <= 100; id++) {
        assertEquals(sum(id, id), client.read());
      }
      assertEnds(client, CLOSED);
    }
  }

  @Test
  void halfClose_whileOpening_servesWhatWasSent() throws Exception {
    assumeTrue(canHalfClose());
    server.holdModules();
    try (var client = connect()) {
      client.open("conformance");
      add(client, 1, 1);
      client.flush();
      client.halfClose();
      assertEventually(() -> server.held().undecoded() > 0, "the call is held");
      server.findModules();
      assertEnds(client, new Heard.Opened(), sum(1, 1), CLOSED);
    }
  }

  @Test
  void halfClose_beforeAnythingWasSaid_isAnEndInGoodOrder() {
    assumeTrue(canHalfClose());
    try (var client = connectSilently()) {
      client.halfClose();
      assertEnds(client, CLOSED);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void halfClose_withinAMessage_isMalformed(boolean isOpen) {
    assumeTrue(canHalfClose());
    try (var client = isOpen ? open() : connect()) {
      client.open("conformance");
      client.flush(client.gathered() - 1);
      client.halfClose();
      assertEnds(client, failed(ErrorCode.MALFORMED_FRAME));
    }
  }

  @Test
  void drain_tellsServesAndEnds() throws Exception {
    try (var client = open()) {
      add(client, 1, 1);
      client.flush();
      assertEquals(sum(1, 1), client.read());
      assertTrue(server.drain("the test is over"));
      assertEnds(client, new Heard.GoAway(1), new Heard.Closed("GONE_AWAY"));
    }
  }

  @Test
  void drain_whileOpening_tellsSo() throws Exception {
    server.holdModules();
    try (var client = connect()) {
      client.open("conformance");
      add(client, 1, 1);
      client.flush();
      assertEventually(() -> server.held().undecoded() > 0, "it is opening");
      assertTrue(server.drain("the test is over"));
      assertEnds(client, failed(ErrorCode.SHUTTING_DOWN));
      server.findModules();
    }
  }

  @Test
  void firstMessage_neverSent_isTimedOut() throws IOException {
    serve(ConnectionLimits.DEFAULTS, SessionLimits.DEFAULTS.withFirstMessageMillis(SHORT_MILLIS));
    try (var client = connectSilently()) {
      assertEnds(client, failed(ErrorCode.FIRST_MESSAGE_TIMEOUT));
    }
  }

  @Test
  void message_neverWhole_isTimedOut() throws IOException {
    serve(ConnectionLimits.DEFAULTS.withTimes(20_000, SHORT_MILLIS, 0), SessionLimits.DEFAULTS);
    try (var client = open()) {
      add(client, 1, 1);
      client.flush(client.gathered() - 1);
      assertEnds(client, failed(ErrorCode.FRAME_TIMEOUT));
    }
  }

  /** Where a client is when it goes. */
  enum Moment {
    BEFORE_ANYTHING,
    WITHIN_THE_FIRST_MESSAGE,
    OPENING,
    IDLE,
    WITHIN_A_MESSAGE,
    WITHIN_A_CALL,
    WITH_ANSWERS_UNREAD
  }

  private WireClient reach(Moment moment) throws InterruptedException {
    if (moment == Moment.OPENING) {
      server.holdModules();
    }
    WireClient client = moment.compareTo(Moment.IDLE) < 0 ? connect() : open(SMALL_RECEIVE_BYTES);
    switch (moment) {
      case BEFORE_ANYTHING, IDLE -> {}
      case WITHIN_THE_FIRST_MESSAGE -> {
        client.open("conformance");
        client.flush(1);
      }
      case OPENING -> {
        client.open("conformance");
        add(client, 1, 1);
        client.flush();
        assertEventually(() -> server.held().undecoded() > 0, "it is opening");
      }
      case WITHIN_A_MESSAGE -> {
        client.call(1, "echo", new byte[PAYLOAD_BYTES]);
        client.flush(PAYLOAD_BYTES / 2);
        assertEventually(() -> server.held().undecoded() > 0, "the half is held");
      }
      case WITHIN_A_CALL -> {
        client.call(1, "work", NOTHING, 100);
        client.flush();
      }
      case WITH_ANSWERS_UNREAD -> {
        for (int id = 1; id <= 50; id++) {
          client.call(id, "fill", NOTHING, PAYLOAD_BYTES);
        }
        client.flush();
        assertEventually(() -> server.counts().committed() > 0, "it was answered");
      }
    }
    assertEventually(() -> server.connections() == 1, "it is in");
    return client;
  }

  @ParameterizedTest
  @EnumSource
  void client_thatIsReset_leavesNothing(Moment moment) throws Exception {
    WireClient client = reach(moment);
    client.reset();
    assertEventually(server::hasNothingLeft, "nothing is left of it");
    server.findModules();
  }

  @ParameterizedTest
  @EnumSource
  void client_thatCloses_leavesNothing(Moment moment) throws Exception {
    WireClient client = reach(moment);
    client.close();
    server.findModules(); // What it sent is served, as if it had ended its side.
    assertEventually(server::hasNothingLeft, "nothing is left of it");
  }

  @Test
  void resetSession_isCountedAsDisconnected() throws Exception {
    open().reset();
    assertEventually(
        () -> server.counts().endings().values().stream().mapToLong(n -> n).sum() == 1,
        "it has ended");
    assertEquals(1, server.counts().endings("DISCONNECTED"), server.counts()::toString);
  }
}
