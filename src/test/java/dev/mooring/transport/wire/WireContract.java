package dev.mooring.transport.wire;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mooring.session.ErrorCode;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.HeldBytes;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What every wire owes a session and its client, on whatever carries it: order, limits, back
 * pressure, {@linkplain WireEndings ends of all kinds}, and that nothing is left of any of it. A
 * wire's test extends this and says how its clients speak.
 */
public abstract class WireContract extends WireEndings {
  /** When a server has long said what it says to those whom it turns away. */
  private static final long LATE_MILLIS = 100;

  @Test
  void calls_manyInOnePiece_areAnsweredInOrder() {
    try (var client = open()) {
      int calls = 600;
      for (int id = 1; id <= calls; id++) {
        if (id % 3 == 0) {
          client.call(id, "no such function", NOTHING);
        } else {
          add(client, id, 1);
        }
      }
      client.flush();
      for (int id = 1; id <= calls; id++) {
        Heard expected =
            id % 3 == 0 ? new Heard.Failed(id, ErrorCode.FUNCTION_NOT_FOUND) : sum(id, id - id / 3);
        assertEquals(expected, client.read());
      }
    }
  }

  @Test
  void events_ofACall_comeBeforeItsResult() {
    try (var client = open()) {
      client.call(1, "events", NOTHING, 2);
      client.call(2, "events", NOTHING, 1);
      client.flush();
      assertEquals(new Heard.Event("1"), client.read());
      assertEquals(new Heard.Event("2"), client.read());
      assertEquals(new Heard.Result(1, List.of(), "sent"), client.read());
      assertEquals(new Heard.Event("1"), client.read());
      assertEquals(new Heard.Result(2, List.of(), "sent"), client.read());
    }
  }

  @Test
  void ping_isAnsweredWithItsToken() {
    try (var client = open()) {
      client.ping(7);
      client.ping(Long.MAX_VALUE);
      client.flush();
      assertEquals(new Heard.Pong(7), client.read());
      assertEquals(new Heard.Pong(Long.MAX_VALUE), client.read());
    }
  }

  @Test
  void cancel_ofACallThatWaits_isAnsweredInItsPlace() {
    try (var client = open()) {
      client.call(1, "work", NOTHING, 50);
      add(client, 2, 1);
      add(client, 3, 1);
      client.cancel(2);
      client.flush();
      assertEquals(new Heard.Result(1, List.of(), ""), client.read());
      assertEquals(new Heard.Failed(2, ErrorCode.CANCELLED), client.read());
      assertEquals(sum(3, 1), client.read());
    }
  }

  @Test
  void message_cutAtEveryByte_isOneMessage() throws Exception {
    try (var client = open()) {
      boolean wasLast = false;
      for (int id = 1; !wasLast; id++) {
        add(client, id, 1);
        wasLast = client.gathered() == id + 1;
        int cut = id;
        client.flush(cut);
        assertEventually(
            () -> server.held().undecoded() == cut, cut + " bytes of a message are held");
        client.flush();
        assertEquals(sum(id, id), client.read());
      }
    }
  }

  @Test
  void firstMessage_byteByByte_opens() {
    try (var client = connect()) {
      client.open("conformance");
      while (client.gathered() > 0) {
        client.flush(1);
      }
      assertEquals(new Heard.Opened(), client.read());
    }
  }

  @Test
  void calls_rightBehindOpen_waitAndAreServed() throws Exception {
    server.holdModules();
    try (var client = connect()) {
      client.open("conformance");
      add(client, 1, 5);
      client.call(2, "echo", new byte[1_000_000]);
      client.flush();
      assertEventually(() -> server.held().undecoded() > 0, "what is behind Open is held");
      assertEquals(0, server.sessions());
      server.findModules();
      assertEquals(new Heard.Opened(), client.read());
      assertEquals(sum(1, 5), client.read());
      assertEquals(new Heard.Result(2, List.of(), "\0".repeat(1_000_000)), client.read());
    }
  }

  @Test
  void connectionsAndSessions_areCounted() throws Exception {
    try (var silent = connectSilently();
        var one = open();
        var other = open()) {
      assertEventually(() -> server.connections() == 3, "three are in");
      assertEquals(2, server.sessions());
      one.requestClose();
      one.flush();
      assertEnds(one, CLOSED);
      one.reset();
      assertEventually(() -> server.connections() == 2, "one is gone");
      assertEquals(1, server.sessions());
      add(other, 1, 1);
      other.flush();
      assertEquals(sum(1, 1), other.read());
      silent.reset();
    }
  }

  @Test
  void garbage_first_isToldAndEnds() {
    try (var client = connect()) {
      client.garbage();
      client.flush();
      assertEnds(client, failed(ErrorCode.MALFORMED_FRAME));
    }
  }

  @Test
  void garbage_later_isToldAfterWhatWasAsked() {
    try (var client = open()) {
      add(client, 1, 1);
      client.garbage();
      client.flush();
      assertEnds(client, sum(1, 1), failed(ErrorCode.MALFORMED_FRAME));
    }
  }

  @Test
  void call_first_isToldAndEnds() {
    try (var client = connect()) {
      add(client, 1, 1);
      client.flush();
      assertEnds(client, failed(ErrorCode.NOT_OPEN));
    }
  }

  @Test
  void firstMessage_longerThanAnOpen_isToldBeforeItIsHeld() {
    try (var client = connect()) {
      client.beginMessage(SessionLimits.DEFAULTS.openBytes() + 1);
      client.flush();
      assertEnds(client, failed(ErrorCode.FRAME_TOO_LARGE));
    }
  }

  @Test
  void message_longerThanAnyMayBe_isToldAfterWhatWasAsked() {
    try (var client = open()) {
      add(client, 1, 1);
      client.beginMessage(TransportConfig.DEFAULTS.frameBytes() + 1);
      client.flush();
      assertEnds(client, sum(1, 1), failed(ErrorCode.FRAME_TOO_LARGE));
    }
  }

  @Test
  void connection_beyondTheLimit_isToldInItsOwnWords() throws Exception {
    assumeTrue(tellsRefusals());
    serve(ConnectionLimits.DEFAULTS.withSessions(1, 1), SessionLimits.DEFAULTS);
    try (var client = open();
        var other = connect()) {
      other.open("conformance");
      other.flush();
      assertEnds(other, failed(ErrorCode.SERVER_OVERLOADED));
      assertEquals(1, server.connections());
      add(client, 1, 1);
      client.flush();
      assertEquals(sum(1, 1), client.read());
    }
  }

  @Test
  void connection_beyondTheLimit_thatSpeaksLate_isToldToo() throws Exception {
    assumeTrue(tellsRefusals());
    serve(ConnectionLimits.DEFAULTS.withSessions(1, 1), SessionLimits.DEFAULTS);
    try (var _ = open();
        var other = connect()) {
      Thread.sleep(LATE_MILLIS);
      other.open("conformance");
      other.flush();
      assertEnds(other, failed(ErrorCode.SERVER_OVERLOADED));
    }
  }

  private static byte[] payload(long id) {
    String number = String.valueOf(id);
    return number.repeat(PAYLOAD_BYTES / number.length()).getBytes(StandardCharsets.US_ASCII);
  }

  private static CompletableFuture<Void> sendMany(WireClient client) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            for (int id = 1; id <= MANY_CALLS; id++) {
              client.call(id, "echo", payload(id));
              client.flush();
            }
          } catch (UncheckedIOException e) {
            // The server has ended it.
          }
        });
  }

  /** Waits until no call is done any more, and says what the server held meanwhile. */
  private List<HeldBytes> awaitStandstill() throws InterruptedException {
    var held = new ArrayList<HeldBytes>();
    long[] done = {-1};
    assertEventually(
        () -> {
          held.add(server.held());
          long before = done[0];
          done[0] = server.counts().committed();
          sleepALittle();
          return done[0] == before && held.getLast().outbound() > 0;
        },
        "calls stop");
    return held;
  }

  private static void sleepALittle() {
    try {
      TimeUnit.MILLISECONDS.sleep(100);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void client_thatDoesNotRead_stopsItsSessionAndNoOther() throws Exception {
    assumeTrue(holdsBack());
    try (var unread = open(SMALL_RECEIVE_BYTES);
        var other = open()) {
      CompletableFuture<Void> sending = sendMany(unread);
      List<HeldBytes> held = awaitStandstill();
      assertTrue(server.counts().committed() < MANY_CALLS, "its session has stopped");
      for (int id = 1; id <= 100; id++) {
        add(other, id, 1);
        other.flush();
        assertEquals(sum(id, id), other.read());
      }
      assertEventually( // On a busy machine, it is the client that stood still.
          () -> {
            held.add(server.held());
            // Those that wait may all be with the operating system: nothing is read any more.
            return held.getLast().outbound() > 0;
          },
          "results wait");
      assertTrue(server.counts().committed() < MANY_CALLS, "calls wait");
      assertFalse(held.stream().anyMatch(h -> h.total() > HELD_BOUND_BYTES), held::toString);
      for (int id = 1; id <= MANY_CALLS; id++) {
        String echo = new String(payload(id), StandardCharsets.US_ASCII);
        assertEquals(new Heard.Result(id, List.of(), echo), unread.read());
      }
      sending.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void client_thatNeverReads_isStalled() throws Exception {
    assumeTrue(holdsBack());
    serve(ConnectionLimits.DEFAULTS.withTimes(SHORT_MILLIS, 20_000, 0), SessionLimits.DEFAULTS);
    try (var client = open(SMALL_RECEIVE_BYTES)) {
      CompletableFuture<Void> sending = sendMany(client);
      assertEventually(
          () -> server.counts().endings("WRITE_STALLED") == 1, "it is taken for stalled");
      assertEventually(
          () -> endsWithItsSession() ? server.hasNothingLeft() : server.held().total() == 0,
          "nothing is left of it");
      sending.get(20, TimeUnit.SECONDS);
    }
  }
}
